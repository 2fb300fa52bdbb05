"""What every step of a call shares: taking the lease, giving up, and telling the next step to begin."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.domain.call import SKIP_REASONS, Call, Lease, Reason, Stage, moved
from shared.domain.errors import ClaimHeld
from shared.domain.identity import CallId, CompanyId
from shared.ports.task_queue import Task
from shared.services.repositories.calls import CallChange, Calls
from shared.services.world import (
    CALL_ANALYZED,
    CALL_TRANSCRIBED,
    QUEUE_PBX_BACKFILL,
    QUEUE_PBX_RECORDINGS,
    QUEUE_RECOGNITION,
    QUEUE_RECOGNITION_BACKFILL,
    World,
)


class CallStep(BaseModel):
    """A step to be made on one revision of one call; what events and tasks carry."""

    model_config = ConfigDict(frozen=True)

    company: CompanyId
    call: CallId
    revision: int


def claim(world: World, step: CallStep, at_stage: Stage, becomes: Stage) -> Call | None:
    """The call under our lease, at stage `becomes`; None when the step has been made or is out of date.

    A call already at `becomes` whose lease has run out is taken over: whoever held it died. Raises ClaimHeld
    while another holds it, NotFound.
    """
    now = world.clock.now()
    lease = Lease(stage=becomes, token=world.ids.new(), expires_at=now + world.limits.lease)

    def take(call: Call, change: CallChange) -> Call | None:
        if call.revision != step.revision or call.stage not in (at_stage, becomes):
            return None
        if call.lease == lease:  # written already, and the answer was lost
            return None
        if call.lease is not None and call.lease.expires_at > now:
            raise ClaimHeld(f"{becomes} of {call.id} until {call.lease.expires_at.isoformat()}")
        if call.stage is not becomes:
            call = moved(call, becomes, now, due_in=world.limits.step_due)
        return call.model_copy(update={"lease": lease, "due_at": now + world.limits.step_due})

    call = Calls(world.documents, step.company).change(step.call, take)
    return call if call.lease == lease else None


def release(world: World, call: Call) -> None:
    """Gives the lease back, so that the next delivery need not wait for it to run out."""

    def give_back(now: Call, change: CallChange) -> Call | None:
        return now.model_copy(update={"lease": None}) if now.lease == call.lease else None

    Calls(world.documents, call.company).change(call.id, give_back)


def give_up(world: World, call: Call, reason: Reason, **facts: object) -> Call:
    """The call skipped or failed for `reason`, if it still stands where `call` stands. `facts` are kept with it."""
    stage = Stage.SKIPPED if reason in SKIP_REASONS else Stage.FAILED

    def settle(now: Call, change: CallChange) -> Call | None:
        if not is_ours(now, call):
            return None
        return moved(now.model_copy(update=facts), stage, world.clock.now(), reason=reason)

    return Calls(world.documents, call.company).change(call.id, settle)


def give_up_step(world: World, step: CallStep, reason: Reason) -> None:
    """Records that a step will not be tried again by the platform, unless it has been made meanwhile."""
    call = Calls(world.documents, step.company).find(step.call)
    if call is not None and call.revision == step.revision and not call.stage.is_final:
        give_up(world, call, reason)


def is_ours(now: Call, call: Call) -> bool:
    """True while the call stands where we left it: same revision and stage, and the lease, if we took one, ours."""
    return (now.revision, now.stage) == (call.revision, call.stage) and now.lease == call.lease


def send_to_submit(world: World, call: Call, *, attempt: int = 1, at: datetime | None = None, again: str = "") -> None:
    """`again` makes another task of it: a task's name is used once."""
    world.tasks.enqueue(
        Task(
            queue=QUEUE_RECOGNITION_BACKFILL if _is_past(world, call) else QUEUE_RECOGNITION,
            entry_point="transcribe_submit",
            body={**_step(call), "attempt": attempt},
            name=_name("submit", call, f"{attempt}{again}"),
            schedule_at=at,
        )
    )


def send_to_result(world: World, call: Call, *, poll: int, at: datetime, again: str = "") -> None:
    """The `poll`th look at the recogniser's job."""
    attempt = call.job.attempt if call.job else 1
    world.tasks.enqueue(
        Task(
            queue="recognition-results",
            entry_point="transcribe_result",
            body={**_step(call), "poll": poll},
            name=_name("result", call, f"{attempt}-{poll}{again}"),
            schedule_at=at,
        )
    )


def send_to_fetch(world: World, call: Call, *, attempt: int = 1, at: datetime | None = None, again: str = "") -> None:
    """The exchange is asked for the call's recording, for the `attempt`th time."""
    world.tasks.enqueue(
        Task(
            queue=QUEUE_PBX_BACKFILL if _is_past(world, call) else QUEUE_PBX_RECORDINGS,
            entry_point="ingest_pbx_recording",
            body={**_step(call), "attempt": attempt},
            name=_name("fetch", call, f"{attempt}{again}"),
            schedule_at=at,
        )
    )


def _is_past(world: World, call: Call) -> bool:
    return call.ended_at is not None and world.clock.now() - call.ended_at > world.limits.backfill_after


def publish(world: World, call: Call, topic: str) -> None:
    world.events.publish(topic, _step(call), attributes={"topic": topic, "company": call.company}, ordering_key="")


def publish_settled(world: World, call: Call) -> None:
    """Says again what a settled call said when it settled: the first time may have died before it was sent."""
    match call.stage:
        case Stage.TRANSCRIBED:
            publish(world, call, CALL_TRANSCRIBED)
        case Stage.ANALYZED:
            publish(world, call, CALL_ANALYZED)
        case _:
            pass


def _step(call: Call) -> dict[str, object]:
    return CallStep(company=call.company, call=call.id, revision=call.revision).model_dump()


def _name(kind: str, call: Call, suffix: str) -> str:
    # the call's id comes first: it is a hash, and sequential task names are slow on Cloud Tasks
    return f"{call.id}-{call.company}-{call.revision}-{kind}-{suffix}"
