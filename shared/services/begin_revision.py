"""A person has a settled call looked at again: its speakers swapped, judged anew, or listened to anew.

What was made before stays: a new revision is added, with turns, analysis and charges of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.call import Call, SpeakersBy, Stage, next_revision
from shared.domain.errors import ClaimHeld, InvalidInput, PreconditionFailed
from shared.domain.identity import CallId, CompanyId
from shared.domain.transcript import Speaker, Turn
from shared.services.artifacts import TranscriptArtifact, read_transcript, write_transcript
from shared.services.repositories.calls import CallChange, Calls
from shared.services.steps import publish_settled, send_to_submit
from shared.services.world import World


class Again(StrEnum):
    SWAP_SPEAKERS = "swap_speakers"
    JUDGE_AGAIN = "judge_again"
    TRANSCRIBE_AGAIN = "transcribe_again"


@dataclass(frozen=True, slots=True)
class BeginRevision:
    """`revision` is the one that was looked at: asked for twice, it is begun once."""

    company: CompanyId
    call: CallId
    revision: int
    what: Again


_SWAPPED = {Speaker.OPERATOR: Speaker.CUSTOMER, Speaker.CUSTOMER: Speaker.OPERATOR, Speaker.UNKNOWN: Speaker.UNKNOWN}


def begin_revision(command: BeginRevision, world: World) -> Call:
    """The call at its new revision, on its way. A judgement is by the company's checklist as it is now.

    Raises NotFound, ClaimHeld while the call is still on its way, PreconditionFailed when another revision has begun,
    InvalidInput when there is nothing to begin from.
    """
    calls = Calls(world.documents, command.company)
    call = calls.get(command.call)
    if call.revision != command.revision:
        raise PreconditionFailed(f"the call is at revision {call.revision}")
    if not call.stage.is_final:
        raise ClaimHeld("the call is still on its way")
    if command.what is Again.TRANSCRIBE_AGAIN:
        return _transcribe_again(call, calls, world)
    if call.turns_revision is None:
        raise InvalidInput("what", "the call has no transcript")
    turns = _swapped_turns(call, calls, world) if command.what is Again.SWAP_SPEAKERS else None

    def begin(now: Call, change: CallChange) -> Call:
        _must_stand(now, call)
        facts: dict[str, object] = {"checklist": None, "checklist_version": None}
        if turns is not None:
            change.put_turns(call.id, now.revision + 1, turns)
            facts |= _swapped_facts(now)
        return next_revision(now, Stage.TRANSCRIBED, world.clock.now(), due_in=world.limits.step_due, **facts)

    begun = calls.change(call.id, begin)
    publish_settled(world, begun)
    return begun


def _transcribe_again(call: Call, calls: Calls, world: World) -> Call:
    recording = call.recording
    if recording is None or world.audio.stat(recording.path) is None:
        raise InvalidInput("what", "the call has no recording")

    def begin(now: Call, change: CallChange) -> Call:
        _must_stand(now, call)
        return next_revision(
            now,
            Stage.RECORDED,
            world.clock.now(),
            due_in=world.limits.step_due,
            job=None,
            checklist=None,
            checklist_version=None,
        )

    begun = calls.change(call.id, begin)
    send_to_submit(world, begun)
    return begun


def _must_stand(now: Call, call: Call) -> None:
    if (now.revision, now.stage) != (call.revision, call.stage):
        raise PreconditionFailed(f"the call is at revision {now.revision}")


def _swapped_turns(call: Call, calls: Calls, world: World) -> Sequence[Turn]:
    """Written for the next revision with their words, where there are words: again does no harm."""
    assert call.turns_revision is not None
    kept = read_transcript(world.artifacts, call.company, call.id, call.turns_revision)
    turns = kept.turns if kept else calls.turns(call)
    if all(turn.speaker is Speaker.UNKNOWN for turn in turns):
        raise InvalidInput("what", "nobody knows who speaks in this call")
    swapped = tuple(turn.model_copy(update={"speaker": _SWAPPED[turn.speaker]}) for turn in turns)
    if kept:
        artifact = TranscriptArtifact(turns=swapped, recognizer=kept.recognizer, model=kept.model)
        write_transcript(world.artifacts, call.company, call.id, call.revision + 1, artifact)
    return swapped


def _swapped_facts(call: Call) -> dict[str, object]:
    channel = call.operator_channel
    return {
        "turns_revision": call.revision + 1,
        "operator_channel": channel if channel is None else 1 - channel,
        "speakers_by": SpeakersBy.PERSON,
        "speakers_confidence": 1.0,
        "talk": call.talk.model_copy(
            update={"speakers": {_SWAPPED[who]: figures for who, figures in call.talk.speakers.items()}}
        )
        if call.talk
        else None,
    }
