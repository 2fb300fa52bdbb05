"""For a day: every call of the exchange is here, analysed, skipped, failed or waiting; a gap names the call."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from shared.domain.call import Call, Stage
from shared.domain.identity import CompanyId
from shared.services.exchange import exchange
from shared.services.repositories.calls import Calls
from shared.services.repositories.companies import Companies
from shared.services.repositories.integrations import Integrations
from shared.services.sync_pbx import pbx_call_id
from shared.services.world import World


class Coverage(BaseModel):
    """`told` = `analyzed` + all of `skipped`, `failed` + `waiting` + the number of `missing`."""

    model_config = ConfigDict(frozen=True)

    day: date
    told: int
    analyzed: int
    skipped: dict[str, int]
    failed: dict[str, int]
    waiting: int
    missing: list[str]
    """The exchange's own names of calls that are not here."""


def coverage(company: CompanyId, day: date, world: World) -> Coverage:
    """Raises NotFound without an exchange, what `PBX` raises."""
    zone = ZoneInfo(Companies(world.documents).get(company).time_zone)
    integration = Integrations(world.documents, company).pbx()
    since = max(datetime.combine(day, time(), zone), integration.since)
    until = min(datetime.combine(day + timedelta(days=1), time(), zone), world.clock.now())
    with exchange(world, company, integration) as pbx:
        told = pbx.calls(since, until)
    known = Calls(world.documents, company).get_many([pbx_call_id(company, integration, each.id) for each in told])
    found = [call for call in known if call is not None]
    return Coverage(
        day=day,
        told=len(told),
        analyzed=sum(call.stage is Stage.ANALYZED for call in found),
        skipped=_by_reason(found, Stage.SKIPPED),
        failed=_by_reason(found, Stage.FAILED),
        waiting=sum(not call.stage.is_final for call in found),
        missing=[each.id for each, call in zip(told, known, strict=True) if call is None],
    )


def _by_reason(calls: list[Call], stage: Stage) -> dict[str, int]:
    return dict(sorted(Counter(str(call.reason) for call in calls if call.stage is stage).items()))
