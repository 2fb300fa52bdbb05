"""Months of an exchange's past are read day by day beside the syncs of today, which they never delay.

Each day is a task that leaves the next one behind; what is done is kept after each, so that it goes on where it died.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.errors import InvalidInput
from shared.domain.identity import CompanyId
from shared.ports.document_store import DeleteField
from shared.ports.task_queue import Task
from shared.services.exchange import exchange
from shared.services.repositories.companies import Companies
from shared.services.repositories.integrations import Backfill, Integrations, PBXIntegration
from shared.services.repositories.operators import Operators
from shared.services.sync_pbx import SyncPBX, keep_calls, plan_syncs, sync_pbx, task_prefix
from shared.services.world import QUEUE_PBX_SYNC, World

SLICE = timedelta(days=1)
PAUSE = timedelta(seconds=2)
"""Between two days, in which others may ask the exchange."""
_PLANNED_AGAIN = timedelta(minutes=10)


def plan_reading(world: World) -> int:
    """How many companies' exchanges will be asked, for what is new and for what is past."""
    return plan_syncs(world) + plan_backfills(world)


def read_history(command: SyncPBX, world: World) -> int:
    """How many calls were new. Raises NotFound, what `PBX` raises."""
    return backfill_a_day(command.company, world) if command.is_backfill else sync_pbx(command, world)


def begin_backfill(company: CompanyId, since: datetime, world: World) -> PBXIntegration:
    """Calls from `since` on, up to those that are here; asked twice it is one, asked with an earlier day it grows.

    Raises NotFound without an exchange, InvalidInput when there is nothing before.
    """
    integrations = Integrations(world.documents, company)
    integration = integrations.pbx()
    known = integration.backfill
    if since >= (known.since if known else integration.since):
        if known is not None:
            return integration
        raise InvalidInput("since", f"calls since {integration.since.isoformat()} are here already")
    backfill = Backfill(since=since, until=known.until if known else integration.since, done_until=since)
    integrations.note_pbx(backfill=backfill.model_dump())
    plan_backfill(world, company, backfill)
    return integrations.pbx()


def pause_backfill(company: CompanyId, world: World, *, is_paused: bool) -> PBXIntegration:
    """Raises NotFound without an exchange, InvalidInput when none is under way."""
    integrations = Integrations(world.documents, company)
    backfill = integrations.pbx().backfill
    if backfill is None:
        raise InvalidInput("is_paused", "no backfill is under way")
    integrations.note_pbx(**{"backfill.is_paused": is_paused})
    if not is_paused:
        plan_backfill(world, company, backfill)
    return integrations.pbx()


def plan_backfills(world: World) -> int:
    """How many were planned again: a backfill goes on by its own tasks, unless one of them was lost."""
    planned = 0
    for company in Companies(world.documents).all():
        integration = Integrations(world.documents, company.id).find_pbx()
        if integration is not None and integration.backfill is not None and not integration.backfill.is_paused:
            planned += plan_backfill(world, company.id, integration.backfill)
    return planned


def plan_backfill(world: World, company: CompanyId, backfill: Backfill) -> bool:
    """The next day's task; False when it is planned. One that was lost is planned again after a while."""
    at = world.clock.now() + PAUSE
    day, slot = int(backfill.done_until.timestamp()), int(at.timestamp() / _PLANNED_AGAIN.total_seconds())
    return world.tasks.enqueue(
        Task(
            queue=QUEUE_PBX_SYNC,
            entry_point="ingest_pbx_sync",
            body={"company": company, "is_backfill": True},
            name=f"{task_prefix(company, day)}-{company}-backfill-{day}-{slot}",
            schedule_at=at,
        )
    )


def backfill_a_day(company: CompanyId, world: World) -> int:
    """How many calls were new. Raises NotFound, what `PBX` raises."""
    integrations = Integrations(world.documents, company)
    integration = integrations.pbx()
    backfill = integration.backfill
    if backfill is None or backfill.is_paused or integration.is_paused:
        return 0
    end = min(backfill.done_until + SLICE, backfill.until)
    owner = Companies(world.documents).get(company)
    with exchange(world, company, integration) as pbx:
        operators = {each.extension: each for each in Operators(world.documents, company).all() if each.is_active}
        found = pbx.calls(backfill.done_until, end)
        kept = keep_calls(found, owner, integration, operators, frozenset(), world)
    new = sum(is_new for _, is_new in kept)
    now = integrations.pbx().backfill
    if now is None or (now.since, now.done_until) != (backfill.since, backfill.done_until):
        return new  # another delivery of this day was faster, or the beginning was moved meanwhile
    if end >= backfill.until:
        integrations.note_pbx(since=backfill.since, backfill=DeleteField())
        return new
    done = now.model_copy(update={"done_until": end, "found": now.found + new})
    integrations.note_pbx(backfill=done.model_dump())
    if not done.is_paused:
        plan_backfill(world, company, done)
    return new
