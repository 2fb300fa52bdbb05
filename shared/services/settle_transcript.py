"""What was said becomes the call's turns, with its language, talk figures and charge, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.domain.audio import AudioScan, Span
from shared.domain.call import Call, Reason, SpeakersBy, Stage, moved
from shared.domain.language import call_language
from shared.domain.money import recognition_tiyin
from shared.domain.talk import TalkFigures, talk_figures
from shared.domain.transcript import Recognition, Speaker, Turn
from shared.domain.turns import Roles, by_voice, speaker_roles, turns_from
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
    voices = by_voice(recognition.segments) if channels < 2 else None
    segments = recognition.segments if voices is None else voices
    roles = speaker_roles(
        segments,
        call.direction,
        channels=channels if voices is None else 2,
        of_call=call.operator_channel if voices is None else None,
        of_call_by=SpeakersBy.PERSON if call.speakers_by is SpeakersBy.PERSON else SpeakersBy.SENDER,
        of_company=company.operator_channel if voices is None else None,
    )
    if voices is not None and roles.found_by is SpeakersBy.ORDER:
        roles = Roles({0: Speaker.UNKNOWN})  # two voices, and nothing says which is whose
    turns = turns_from(segments, roles.speakers)
    cost = recognition_tiyin(company.tariff, call.audio.duration_ms if call.audio else 0)
    talk = _talk(scan, turns, roles, has_voices=voices is not None) if scan else None
    who = {
        "speakers_by": roles.found_by,
        "speakers_confidence": roles.confidence,
        "operator_channel": roles.operator_channel if voices is None else None,
    }

    if not recognition.is_supported:
        update = {**who, "talk": talk, "language": recognition.language}
        return _settle(call, update, (), cost, world, skip=Reason.UNSUPPORTED_LANGUAGE)
    if not turns:
        return _settle(call, {"talk": talk}, (), cost, world, skip=Reason.NO_SPEECH)
    artifact = TranscriptArtifact(
        turns=turns, recognizer=call.job.recognizer if call.job else "", model=recognition.model
    )
    write_transcript(world.artifacts, call.company, call.id, call.revision, artifact)
    return _settle(call, {**who, "talk": talk, "language": call_language(turns)}, turns, cost, world)


def settle_transcript(call: Call, turns: tuple[Turn, ...], world: World) -> Call:
    """A transcript that came in instead of audio; nothing was recognised, so nothing is charged."""
    spans: dict[Speaker, tuple[Span, ...]] = {}
    for turn in turns:
        spans[turn.speaker] = (*spans.get(turn.speaker, ()), turn.span)
    talk = talk_figures(spans, max((turn.end_ms for turn in turns), default=0))
    knows = any(turn.speaker is not Speaker.UNKNOWN for turn in turns)
    update = {
        "talk": talk,
        "language": call_language(turns) or call.language,
        "speakers_by": SpeakersBy.SENDER if knows else None,
        "speakers_confidence": 1.0 if knows else None,
    }
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
        spent = current.cost.model_copy(
            update={"recognition_tiyin": current.cost.recognition_tiyin + (cost_tiyin or 0)}
        )
        known = current.model_copy(update={**update, "cost": spent})
        if skip is not None:
            return moved(known, Stage.SKIPPED, now, reason=skip)
        change.put_turns(call.id, call.revision, turns)
        known = known.model_copy(update={"turn_count": len(turns), "turns_revision": call.revision})
        return moved(known, Stage.TRANSCRIBED, now, due_in=world.limits.step_due)

    settled = Calls(world.documents, call.company).change(call.id, settle)
    publish_settled(world, settled)
    return settled


def _talk(scan: AudioScan, turns: Sequence[Turn], roles: Roles, *, has_voices: bool) -> TalkFigures:
    """By the scan, which hears also what nobody could transcribe; on one channel, by the turns of each voice."""
    spans: dict[Speaker, tuple[Span, ...]] = {}
    if has_voices and roles.found_by is not None:
        for turn in turns:
            spans[turn.speaker] = (*spans.get(turn.speaker, ()), turn.span)
    else:
        speakers = roles.speakers
        spans = {speakers[channel]: speech for channel, speech in enumerate(scan.speech) if channel in speakers}
    return talk_figures(spans, scan.facts.duration_ms)
