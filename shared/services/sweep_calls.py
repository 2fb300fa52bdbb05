"""Calls past their deadline are started again: commit and publish are not atomic, and messages get lost."""

from __future__ import annotations

import structlog

from shared.domain.call import Call, Reason, Stage
from shared.services.register_recording import UPLOADS, register_recording, registration
from shared.services.repositories.calls import CallChange, Calls
from shared.services.repositories.companies import Companies
from shared.services.steps import give_up, publish, send_to_fetch, send_to_result, send_to_submit
from shared.services.world import CALL_TRANSCRIBED, World

log = structlog.get_logger(__name__)

PER_COMPANY = 200
"""Calls of one company looked at in one sweep; the rest come in the next."""


def sweep_calls(world: World) -> int:
    """How many calls were started again."""
    started = 0
    for company in Companies(world.documents).all():
        for call in Calls(world.documents, company.id).overdue(world.clock.now(), PER_COMPANY):
            _start_again(call, world)
            started += 1
    if started:
        log.warning("calls_overdue", count=started)
    return started


def _start_again(call: Call, world: World) -> None:
    now = world.clock.now()
    # named by the deadline that passed: however many sweeps find it so, one task comes of them
    again = f"-sweep-{int(call.due_at.timestamp()) if call.due_at else 0}"
    match call.stage:
        case Stage.DISCOVERED if call.pbx_id is not None:
            send_to_fetch(world, call, again=again)
        case Stage.DISCOVERED:
            _look_for_recording(call, world)
            return
        case Stage.RECORDED:
            send_to_submit(world, call, again=again)
        case Stage.TRANSCRIBING if call.job is None:
            send_to_submit(world, call, again=again)
        case Stage.TRANSCRIBING:
            send_to_result(world, call, poll=0, at=now, again=again)
        case Stage.TRANSCRIBED | Stage.ANALYZING:
            publish(world, call, CALL_TRANSCRIBED)
        case _:
            pass

    def postpone(current: Call, change: CallChange) -> Call | None:
        if (current.revision, current.stage, current.due_at) != (call.revision, call.stage, call.due_at):
            return None
        return current.model_copy(update={"due_at": now + world.limits.step_due})

    Calls(world.documents, call.company).change(call.id, postpone)


def _look_for_recording(call: Call, world: World) -> None:
    """The sender said that a recording would come: its event may be lost, or it never came and may be sent again."""
    found = next(iter(world.audio.list(f"{UPLOADS}/{call.company}/{call.id}/")), None)
    if found is None:
        give_up(world, call, Reason.RECORDING_GONE)
        return
    register_recording(registration(found), world)
