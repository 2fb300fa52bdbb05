"""An exchange's past, read day by day: beside today's calls, paused, killed and begun again, and each call once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.errors import DependencyUnavailable, InvalidInput, NotFound
from shared.local.onlinepbx_stub import Account, OnlinePBXStub, serving
from shared.services.backfill import backfill_a_day, begin_backfill, pause_backfill, plan_backfills
from shared.services.coverage import coverage
from shared.services.repositories.integrations import Backfill, Integrations
from shared.services.sync_pbx import sync_pbx
from tests.services.conftest import COMPANY
from tests.services.test_sync_pbx import SYNC, Exchanged


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Exchanged]:
    account = Account()
    with serving(OnlinePBXStub(account)) as url:
        yield Exchanged(tmp_path, account, url)


def the_backfill(world: Exchanged) -> Backfill | None:
    return Integrations(world.documents, COMPANY).pbx().backfill


def begun(world: Exchanged, days: int) -> Backfill:
    begin_backfill(COMPANY, world.clock.now() - timedelta(days=days), world)
    backfill = the_backfill(world)
    assert backfill is not None
    return backfill


def test_every_call_of_the_past_is_kept_once_and_the_beginning_moves_there(world: Exchanged) -> None:
    world.connect(since_hours=5)
    for hours in (1, 30, 31, 100, 199):
        world.ring(hours)
    sync_pbx(SYNC, world)
    assert len(world.all_calls()) == 1
    backfill = begun(world, days=10)
    done = 0
    while the_backfill(world) is not None:
        backfill_a_day(COMPANY, world)
        done += 1
        assert done < 20
    assert len(world.all_calls()) == 5
    assert Integrations(world.documents, COMPANY).pbx().since == backfill.since


def test_it_goes_on_where_it_died_and_tells_how_far_it_is(world: Exchanged) -> None:
    world.connect(since_hours=5)
    world.ring(30)
    begun(world, days=3)
    world.account.http_status = 502
    with pytest.raises(DependencyUnavailable):
        backfill_a_day(COMPANY, world)
    world.account.http_status = 200
    before = the_backfill(world)
    assert before is not None
    assert before.done_until == before.since
    backfill_a_day(COMPANY, world)
    after = the_backfill(world)
    assert after is not None
    assert after.done_until == before.since + timedelta(days=1)


def test_a_lost_task_is_planned_again_and_a_planned_one_is_not(world: Exchanged) -> None:
    world.connect(since_hours=5)
    begun(world, days=3)
    assert plan_backfills(world) == 0
    world.time.pass_(timedelta(minutes=11))
    assert plan_backfills(world) == 1


def test_a_paused_one_asks_for_nothing_until_it_may_go_on(world: Exchanged) -> None:
    world.connect(since_hours=5)
    world.ring(30)
    begun(world, days=3)
    pause_backfill(COMPANY, world, is_paused=True)
    asked = len(world.account.asked)
    backfill_a_day(COMPANY, world)
    world.time.pass_(timedelta(minutes=11))
    assert (len(world.account.asked), plan_backfills(world)) == (asked, 0)
    pause_backfill(COMPANY, world, is_paused=False)
    backfill_a_day(COMPANY, world)
    assert len(world.account.asked) > asked


def test_calls_of_today_come_while_the_past_is_read(world: Exchanged) -> None:
    world.connect(since_hours=5)
    for day in range(2, 9):
        world.ring(24 * day)
    begun(world, days=10)
    backfill_a_day(COMPANY, world)
    world.ring(1)
    assert sync_pbx(SYNC, world) == 1  # one question, whatever is left of the past
    assert the_backfill(world) is not None


def test_an_earlier_day_makes_it_longer_and_the_same_day_changes_nothing(world: Exchanged) -> None:
    world.connect(since_hours=5)
    until = Integrations(world.documents, COMPANY).pbx().since
    first = begun(world, days=3)
    assert begun(world, days=2) == first
    assert begun(world, days=6).until == until
    assert begun(world, days=6).since < first.since


def test_a_day_that_is_here_is_no_past(world: Exchanged) -> None:
    with pytest.raises(NotFound):
        begin_backfill(COMPANY, world.clock.now(), world)
    world.connect(since_hours=50)
    with pytest.raises(InvalidInput) as refused:
        begin_backfill(COMPANY, world.clock.now(), world)
    assert refused.value.field == "since"
    with pytest.raises(InvalidInput):
        pause_backfill(COMPANY, world, is_paused=True)


def test_after_it_the_coverage_of_a_past_day_is_whole(world: Exchanged) -> None:
    world.connect(since_hours=5)
    for number in range(12):
        world.ring(24 + 3 * number, talk_s=0 if number % 3 == 0 else 60)
    begun(world, days=5)
    while the_backfill(world) is not None:
        backfill_a_day(COMPANY, world)
    today = world.clock.now().date()
    reports = [coverage(COMPANY, today - timedelta(days=back), world) for back in range(5)]
    assert [report.missing for report in reports] == [[]] * 5
    assert sum(report.told for report in reports) == 12
    assert sum(report.skipped.get("missed", 0) for report in reports) == 4
