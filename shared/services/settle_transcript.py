"""What was said becomes the call's turns, with its language, talk figures and charge, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.domain.audio import AudioScan, Span
from shared.domain.call import Call, Cost, Reason, Stage, moved
from shared.domain.language import call_language
from shared.domain.money import recognition_tiyin
from shared.domain.talk import TalkFigures, talk_figures
from shared.domain.transcript import Recognition, Segment, Speaker, Turn
from shared.domain.turns import operator_channel, turns_from
from shared.services.artifacts import TranscriptArtifact, read_scan, write_transcript
from shared.services.repositories.calls import CallChange, Calls, Charge
from shared.services.repositories.companies import Companies
from shared.services.steps import is_ours, publish_settled
from shared.services.world import World


def settle_recognition(call: Call, recognition: Recognition, world: World) -> Call:
    """The call transcribed, or skipped when nobody speaks or nobody here understands the language.

    The recogniser worked either way: its charge is kept with the step.
    """
    company = Companies(world.documents).get(call.company)
    scan = read_scan(world.artifacts, call.company, call.id)
    channels = call.audio.channels if call.audio else 1
    roles = _roles(call, company.operator_channel, channels, recognition.segments)
    turns = turns_from(recognition.segments, roles)
    cost = recognition_tiyin(company.tariff, call.audio.duration_ms if call.audio else 0)
    talk = _talk(scan, roles) if scan else None

    if not recognition.is_supported:
        update = {"talk": talk, "language": recognition.language}
        return _settle(call, update, (), cost, world, skip=Reason.UNSUPPORTED_LANGUAGE)
    if not turns:
        return _settle(call, {"talk": talk}, (), cost, world, skip=Reason.NO_SPEECH)
    artifact = TranscriptArtifact(
        turns=turns, recognizer=call.job.recognizer if call.job else "", model=recognition.model
    )
    write_transcript(world.artifacts, call.company, call.id, call.revision, artifact)
    return _settle(call, {"talk": talk, "language": call_language(turns)}, turns, cost, world)


def settle_transcript(call: Call, turns: tuple[Turn, ...], world: World) -> Call:
    """A transcript that came in instead of audio; nothing was recognised, so nothing is charged."""
    spans: dict[Speaker, tuple[Span, ...]] = {}
    for turn in turns:
        spans[turn.speaker] = (*spans.get(turn.speaker, ()), turn.span)
    talk = talk_figures(spans, max((turn.end_ms for turn in turns), default=0))
    update = {"talk": talk, "language": call_language(turns) or call.language}
    return _settle(call, update, turns, None, world)


def _settle(
    call: Call,
    update: Mapping[str, object],
    turns: tuple[Turn, ...],
    cost_tiyin: int | None,
    world: World,
    skip: Reason | None = None,
) -> Call:
    now = world.clock.now()

    def settle(current: Call, change: CallChange) -> Call | None:
        if not is_ours(current, call):
            return None
        if cost_tiyin is not None:
            charge = Charge(
                call=call.id, revision=call.revision, stage=Stage.TRANSCRIBING, amount_tiyin=cost_tiyin, at=now
            )
            change.charge(charge)
        known = current.model_copy(
            update={**update, "cost": Cost(recognition_tiyin=current.cost.recognition_tiyin + (cost_tiyin or 0))}
        )
        if skip is not None:
            return moved(known, Stage.SKIPPED, now, reason=skip)
        change.put_turns(call.id, call.revision, turns)
        known = known.model_copy(update={"turn_count": len(turns), "turns_revision": call.revision})
        return moved(known, Stage.TRANSCRIBED, now, due_in=world.limits.step_due)

    settled = Calls(world.documents, call.company).change(call.id, settle)
    publish_settled(world, settled)
    return settled


def _roles(
    call: Call, company_channel: int | None, channels: int, segments: Sequence[Segment]
) -> Mapping[int, Speaker]:
    """Which channel is whose: the call says, else its company, else what is said."""
    if channels < 2:
        return {0: Speaker.UNKNOWN}
    operator = call.operator_channel if call.operator_channel is not None else company_channel
    if operator is None:
        operator = operator_channel(segments, call.direction).channel
    return {operator: Speaker.OPERATOR, 1 - operator: Speaker.CUSTOMER}


def _talk(scan: AudioScan, roles: Mapping[int, Speaker]) -> TalkFigures:
    spans = {roles[channel]: speech for channel, speech in enumerate(scan.speech) if channel in roles}
    return talk_figures(spans, scan.facts.duration_ms)
