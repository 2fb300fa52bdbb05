"""A message that every delivery failed: its call says so at once, and `replay` brings it back."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from shared.domain.call import Call, Reason, Stage, next_revision
from shared.ports.dead_letters import DeadLetter, DeadLetters
from shared.services.repositories.calls import CallChange, Calls
from shared.services.steps import CallStep, give_up_step, publish_settled
from shared.services.world import World

log = structlog.get_logger(__name__)

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many dead letters began their call's step again, and how many had nothing left to begin."""

    begun: int = 0
    settled: int = 0


def record_dead_letter(step: CallStep, world: World) -> None:
    """The call failed, unless it has moved on since."""
    give_up_step(world, step, Reason.INTERNAL)


def replay(letters: DeadLetters, world: World) -> Replayed:
    """Every dead letter, once: its call's failed step begins again, in a revision of its own."""
    begun = settled = 0
    while some := letters.take(_AT_ONCE):
        for letter in some:
            if _replayed(letter, world):
                begun += 1
            else:
                settled += 1
            letters.done(letter)
    return Replayed(begun, settled)


def _replayed(letter: DeadLetter, world: World) -> bool:
    try:
        step = CallStep.model_validate(letter.data)
    except ValidationError:
        log.error("dead_letter_unreadable", topic=letter.topic)
        return False
    found = Calls(world.documents, step.company).find(step.call)
    if found is None or found.revision != step.revision:
        return False  # it has been begun again before, by a person or by an earlier replay
    if (
        found.stage is Stage.FAILED
        and found.retryable
        and found.failed_at_stage
        in (
            Stage.TRANSCRIBED,
            Stage.ANALYZING,
        )
    ):
        publish_settled(world, _begun_again(found, world))
        return True
    if found.stage.is_final and found.stage is not Stage.ANALYZED:
        return False
    # still on its way, or settled with an event that a subscriber lost
    world.events.publish(letter.topic, letter.data, attributes=letter.attributes)
    return True


def _begun_again(failed: Call, world: World) -> Call:
    def begin(now: Call, change: CallChange) -> Call | None:
        if (now.revision, now.stage) != (failed.revision, Stage.FAILED):
            return None
        return next_revision(now, Stage.TRANSCRIBED, world.clock.now(), due_in=world.limits.step_due)

    return Calls(world.documents, failed.company).change(failed.id, begin)
