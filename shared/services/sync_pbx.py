"""Every call of a company's exchange becomes a call here, once: those worth hearing with their recording on its way.

A schedule plans a sync for each company; a sync reads the history from where the last one ended, a slice at a time, so
that one that dies goes on where it was; each recording is a task of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel, ConfigDict

from shared.domain.call import Call, Source, Stage, StageChange, moved
from shared.domain.company import Company, Operator
from shared.domain.errors import AlreadyExists
from shared.domain.identity import CallId, CompanyId, OperatorId, call_id
from shared.domain.pbx import PBXCall, PBXOperator, skip_reason, slices
from shared.ports.task_queue import Task
from shared.services.exchange import exchange
from shared.services.repositories.calls import Calls
from shared.services.repositories.companies import Companies
from shared.services.repositories.integrations import Integrations, PBXIntegration
from shared.services.repositories.operators import Operators
from shared.services.steps import send_to_fetch
from shared.services.world import QUEUE_PBX_SYNC, World

log = structlog.get_logger(__name__)

SLICE = timedelta(hours=6)
OVERLAP = timedelta(hours=4)
"""A call is in the history under its start, once it is over: the longest must still be found."""
OPERATORS_EVERY = timedelta(hours=1)
HINT_DELAY = timedelta(seconds=20)
"""Between a webhook's hint that a call is over and the look at the history."""
_SLOT_S = 60
_MOST_RECENT = 10_000


class SyncPBX(BaseModel):
    model_config = ConfigDict(frozen=True)

    company: CompanyId
    is_backfill: bool = False
    """A day of the past, in place of what is new."""


def plan_syncs(world: World) -> int:
    """How many companies' exchanges will be asked."""
    planned = 0
    for company in Companies(world.documents).all():
        integration = Integrations(world.documents, company.id).find_pbx()
        if integration is not None and not integration.is_paused:
            planned += plan_sync(world, company.id, "sync", world.clock.now())
    return planned


def plan_sync(world: World, company: CompanyId, why: str, at: datetime) -> bool:
    """One sync for each reason and minute, however often it is asked for; False when there is one."""
    slot = int(at.timestamp()) // _SLOT_S
    return world.tasks.enqueue(
        Task(
            queue=QUEUE_PBX_SYNC,
            entry_point="ingest_pbx_sync",
            body={"company": company},
            name=f"{task_prefix(company, slot)}-{company}-{why}-{slot}",
            schedule_at=at,
        )
    )


def task_prefix(company: CompanyId, number: int) -> str:
    """Sequential names are slow on Cloud Tasks."""
    return hashlib.sha256(f"{company}/{number}".encode()).hexdigest()[:8]


def sync_pbx(command: SyncPBX, world: World) -> int:
    """How many calls were new. Raises NotFound, what `PBX` raises."""
    company = Companies(world.documents).get(command.company)
    integrations = Integrations(world.documents, company.id)
    integration = integrations.pbx()
    if integration.is_paused:
        return 0
    now = world.clock.now()
    new = 0
    with exchange(world, company.id, integration) as pbx:
        if integration.operators_at is None or now - integration.operators_at >= OPERATORS_EVERY:
            sync_operators(pbx.operators(), company.id, world)
            integrations.note_pbx(operators_at=now)
        operators = {each.extension: each for each in Operators(world.documents, company.id).all() if each.is_active}
        seen = frozenset(integration.recent)
        since = max(integration.since, (integration.synced_until or integration.since) - OVERLAP)
        recent: list[str] = []
        for begin, end in slices(since, now, SLICE):
            found = pbx.calls(begin, end)
            kept = keep_calls(found, company, integration, operators, seen, world)
            new += sum(is_new for _, is_new in kept)
            recent += [call for (call, _), told in zip(kept, found, strict=True) if told.started_at >= now - OVERLAP]
            integrations.note_pbx(synced_until=end, recent=list(recent[-_MOST_RECENT:]))
    if new:
        log.info("pbx_synced", count=new)
    return new


def pbx_call_id(company: CompanyId, integration: PBXIntegration, call: str) -> CallId:
    return call_id(company, "pbx", f"{integration.kind}:{call}")


def keep_calls(
    told: Sequence[PBXCall],
    company: Company,
    integration: PBXIntegration,
    operators: dict[str | None, Operator],
    seen: frozenset[str],
    world: World,
) -> list[tuple[CallId, bool]]:
    """Each call's id, and whether it is new; `seen` need not be looked up."""
    return [_kept(call, company, integration, operators, seen, world) for call in told]


def _kept(
    told: PBXCall,
    company: Company,
    integration: PBXIntegration,
    operators: dict[str | None, Operator],
    seen: frozenset[str],
    world: World,
) -> tuple[CallId, bool]:
    """The call's id and whether it is new; one that nobody heard is kept too, for it counts."""
    now = world.clock.now()
    id_ = pbx_call_id(company.id, integration, told.id)
    if id_ in seen:
        return id_, False
    operator = operators.get(told.extension)
    call = Call(
        id=id_,
        company=company.id,
        source=Source.PBX,
        created_at=now,
        started_at=told.started_at,
        ended_at=told.ended_at,
        pbx_id=told.id,
        direction=told.direction,
        customer_phone=told.customer_phone,
        extension=told.extension,
        operator=operator.id if operator else None,
        history=(StageChange(revision=1, stage=Stage.DISCOVERED, at=now),),
        due_at=now + world.limits.step_due,
    )
    reason = skip_reason(told, company.min_duration_ms)
    if reason is not None:
        call = moved(call, Stage.SKIPPED, now, reason=reason)
    calls = Calls(world.documents, company.id)
    try:
        calls.create(call)
    except AlreadyExists:
        known = calls.get(id_)
        if known.stage is Stage.DISCOVERED:
            send_to_fetch(world, known)  # the one who made it may have died before it said so
        return id_, False
    if reason is None:
        send_to_fetch(world, call)
    return id_, True


def sync_operators(told: Sequence[PBXOperator], company: CompanyId, world: World) -> None:
    """New, renamed and gone people. An extension whose owner was gone belongs to somebody else when it comes back."""
    operators = Operators(world.documents, company)
    known: dict[str | None, list[Operator]] = {}
    for each in operators.all():
        known.setdefault(each.extension, []).append(each)
    for person in told:
        own = known.pop(person.extension, [])
        active = next((each for each in own if each.is_active), None)
        if active is None and not person.is_active:
            continue
        if active is None:
            number = f"-{len(own) + 1}" if own else ""
            made = Operator(
                id=OperatorId(f"op-{person.extension}{number}"), name=person.name, extension=person.extension
            )
            operators.put(made)
        elif (active.name, active.is_active) != (person.name, person.is_active):
            operators.put(active.model_copy(update={"name": person.name, "is_active": person.is_active}))
    for gone in (each for own in known.values() for each in own if each.is_active and each.extension is not None):
        operators.put(gone.model_copy(update={"is_active": False}))
