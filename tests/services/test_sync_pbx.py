"""An exchange is synced: every call once, whatever it does wrong; recordings follow; what is refused is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.pbx.onlinepbx import OnlinePBX
from shared.domain.call import Call, Reason, Source, Stage
from shared.domain.company import Company
from shared.domain.errors import DialixError, InvalidInput, NotAuthenticated, TransientError
from shared.local.onlinepbx_stub import Account, OnlinePBXStub, StubCall, serving
from shared.ports.pbx import PBX, SessionKeeper
from shared.services.backfill import backfill_a_day
from shared.services.connect_pbx import ConnectPBX, connect_pbx, reseal_pbx
from shared.services.coverage import coverage
from shared.services.fetch_recording import FetchRecording, fetch_recording
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.repositories.companies import Companies
from shared.services.repositories.integrations import Integrations, PBXKind, PBXProblem
from shared.services.repositories.operators import Operators
from shared.services.sweep_calls import sweep_calls
from shared.services.sync_pbx import SyncPBX, plan_syncs, sync_pbx
from tests.services.conftest import COMPANY, TimedWorld

SOUND = b"ID3" + bytes(range(256)) * 100
SYNC = SyncPBX(company=COMPANY)


class Exchanged(TimedWorld):
    """The world of one company whose exchange is a stub."""

    def __init__(self, data: Path, account: Account, url: str) -> None:
        super().__init__(data)
        self.account = account
        self._url = url
        Companies(self.documents).create(Company(id=COMPANY, name="Demo", created_at=self.clock.now()))

    def pbx(self, kind: str, domain: str, api_key: str, session: SessionKeeper) -> PBX:
        return OnlinePBX(domain, api_key, session, host=self._url, pause=lambda s: None)

    def connect(self, since_hours: float = 48) -> None:
        connect_pbx(
            ConnectPBX(
                company=COMPANY,
                kind=PBXKind.ONLINEPBX,
                domain=self.account.domain,
                api_key=self.account.api_key,
                since=self.clock.now() - timedelta(hours=since_hours),
            ),
            self,
        )

    def ring(self, hours_ago: float, talk_s: int = 60, **more: Any) -> StubCall:
        start = int((self.clock.now() - timedelta(hours=hours_ago)).timestamp())
        call = StubCall(start, talk_s=talk_s, recording=(lambda: SOUND) if talk_s else None)
        for name, value in more.items():
            setattr(call, name, value)
        self.account.calls.append(call)
        return call

    def all_calls(self) -> list[Call]:
        return Calls(self.documents, COMPANY).page(CallFilter(), newest_first=True, limit=1000)

    def fetches(self) -> list[FetchRecording]:
        """What is waiting to be fetched, taken from the queue."""
        claimed = [
            each
            for queue in ("pbx-recordings", "pbx-recordings-backfill")
            for each in self.queue.claim(queue, 1000, lease_s=60)
        ]
        for each in claimed:
            self.queue.ack(each.number)
        return [FetchRecording.model_validate_json(each.body) for each in claimed]


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def world(tmp_path: Path, account: Account) -> Iterator[Exchanged]:
    with serving(OnlinePBXStub(account)) as url:
        world = Exchanged(tmp_path, account, url)
        yield world
        world.bus.close()
        world.queue.close()


def today(world: TimedWorld) -> date:
    return world.clock.now().astimezone(ZoneInfo("Asia/Tashkent")).date()


def test_every_call_is_kept_once_and_those_worth_hearing_are_fetched(world: Exchanged) -> None:
    world.connect()
    world.ring(3, talk_s=120, customer="901234567", extension="101")
    world.ring(2, talk_s=0)
    world.ring(1, accountcode="outbound")
    for _ in range(3):
        sync_pbx(SYNC, world)
    found = world.all_calls()
    assert [(call.stage, call.reason) for call in found] == [
        (Stage.DISCOVERED, None),
        (Stage.SKIPPED, Reason.MISSED),
        (Stage.DISCOVERED, None),
    ]
    assert {call.source for call in found} == {Source.PBX}
    assert found[2].customer_phone == "+998901234567"
    assert len(world.fetches()) == 2


def test_a_call_too_short_to_judge_is_kept_and_says_so(world: Exchanged) -> None:
    companies = Companies(world.documents)
    companies.put(companies.get(COMPANY).model_copy(update={"min_duration_ms": 10_000}))
    world.connect()
    world.ring(1, talk_s=5)
    sync_pbx(SYNC, world)
    assert [(call.stage, call.reason) for call in world.all_calls()] == [(Stage.SKIPPED, Reason.TOO_SHORT)]


def test_a_long_call_that_appears_under_its_start_hours_later_is_found(world: Exchanged) -> None:
    world.connect()
    sync_pbx(SYNC, world)
    world.ring(3, talk_s=3 * 3600 - 60)
    assert sync_pbx(SYNC, world) == 1


def test_calls_seen_before_are_not_looked_up_again(world: Exchanged, monkeypatch: pytest.MonkeyPatch) -> None:
    world.connect()
    for number in range(20):
        world.ring(number / 10)
    sync_pbx(SYNC, world)

    def no_more(*_: object, **__: object) -> None:
        raise AssertionError("a call was written or read again")

    monkeypatch.setattr(Calls, "create", no_more)
    monkeypatch.setattr(Calls, "get", no_more)
    assert sync_pbx(SYNC, world) == 0


def test_a_sync_that_dies_goes_on_where_it_was(world: Exchanged, monkeypatch: pytest.MonkeyPatch) -> None:
    world.connect()
    for hours in range(1, 48, 3):
        world.ring(hours)
    made = 0
    create = Calls.create

    def dies(self: Calls, call: Call) -> None:
        nonlocal made
        made += 1
        if made == 7:
            raise TransientError("killed")
        create(self, call)

    with monkeypatch.context() as dying:
        dying.setattr(Calls, "create", dies)
        with pytest.raises(TransientError):
            sync_pbx(SYNC, world)
    before = Integrations(world.documents, COMPANY).pbx().synced_until
    assert before is not None
    sync_pbx(SYNC, world)
    assert len(world.all_calls()) == 16
    assert len({step.call for step in world.fetches()}) == 16


def test_a_call_whose_fetch_was_never_told_is_fetched_all_the_same(
    world: Exchanged, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.connect()
    world.ring(1)
    with monkeypatch.context() as dying:
        dying.setattr("shared.services.sync_pbx.send_to_fetch", lambda *_: (_ for _ in ()).throw(TransientError("x")))
        with pytest.raises(TransientError):
            sync_pbx(SYNC, world)
    sync_pbx(SYNC, world)
    assert len(world.fetches()) == 1


FAULTS = ("none", "internal", "session", "502", "html", "429", "late")


@pytest.mark.slow
def test_the_coverage_is_whole_after_every_run_of_faults(tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=8), st.integers(1, 12))
    def law(faults: list[str], calls: int) -> None:
        account = Account()
        with serving(OnlinePBXStub(account)) as url:
            world = Exchanged(tmp_path_factory.mktemp("faults"), account, url)
            world.connect()
            for number in range(calls):
                world.ring(1 + number * 3, talk_s=60 * (number % 3))
            for fault in [*faults, "none"]:
                account.http_status, account.is_html, account.internal_times = 200, False, 0
                match fault:
                    case "internal":
                        account.internal_times = 3
                    case "session":
                        account.drop_session()
                    case "502":
                        account.http_status = 502
                    case "html":
                        account.is_html = True
                    case "429":
                        account.http_status = 429
                    case "late":
                        world.ring(2.5, talk_s=30)
                    case _:
                        pass
                with suppress(TransientError):
                    sync_pbx(SYNC, world)
            told = 0
            for back in range(4):
                report = coverage(COMPANY, today(world) - timedelta(days=back), world)
                assert report.missing == []
                assert report.told == sum(report.skipped.values()) + report.waiting
                told += report.told
            assert told == len(account.calls) == len(world.all_calls())
            world.bus.close()
            world.queue.close()

    law()


def test_a_gap_in_the_coverage_names_the_call(world: Exchanged) -> None:
    world.connect()
    world.ring(0.2, talk_s=0)
    sync_pbx(SYNC, world)
    lost = world.ring(0.1)
    report = coverage(COMPANY, today(world), world)
    yesterday = coverage(COMPANY, today(world) - timedelta(days=1), world)  # where the test runs over midnight
    assert report.missing + yesterday.missing == [lost.uuid]
    assert {**report.skipped, **yesterday.skipped} == {"missed": 1}


# -- recordings -----------------------------------------------------------------------------------------------


def synced(world: Exchanged, hours_ago: float = 1, **more: Any) -> FetchRecording:
    world.connect()
    world.ring(hours_ago, **more)
    sync_pbx(SYNC, world)
    (fetch,) = world.fetches()
    return fetch


def test_a_recording_lies_in_the_bucket_and_is_its_own_call_s(world: Exchanged) -> None:
    fetch = synced(world)
    before = world.all_calls()[0]
    for _ in range(2):
        fetch_recording(fetch, world)
    (call,) = world.all_calls()
    assert (call.id, call.stage, call.pbx_id) == (before.id, Stage.RECORDED, before.pbx_id)
    assert call.recording is not None
    assert b"".join(world.audio.read(call.recording.path)) == SOUND
    assert len(world.queue.claim("recognition-live", 10, lease_s=60)) == 1


def test_one_that_breaks_off_leaves_nothing_and_is_fetched_whole_the_next_time(world: Exchanged) -> None:
    fetch = synced(world)
    world.account.cuts_recordings = True
    with pytest.raises(TransientError):
        fetch_recording(fetch, world)
    assert list(world.audio.list("recordings/")) == []
    world.account.cuts_recordings = False
    fetch_recording(fetch, world)
    assert world.all_calls()[0].stage is Stage.RECORDED


def test_one_that_is_not_ready_is_asked_for_later_and_later(world: Exchanged) -> None:
    fetch = synced(world, 0.05, ready_at=9e12)
    for attempt in (2, 3, 4):
        assert fetch_recording(fetch, world) is not None
        world.time.pass_(timedelta(minutes=30))
        (fetch,) = world.fetches()
        assert fetch.attempt == attempt
    assert world.all_calls()[0].stage is Stage.DISCOVERED


def test_one_that_never_comes_is_given_up_after_two_hours_and_can_be_begun_again(world: Exchanged) -> None:
    fetch = synced(world, 0.05, recording=None)
    fetch_recording(fetch, world)
    world.time.pass_(timedelta(hours=3))
    (fetch,) = world.fetches()
    fetch_recording(fetch, world)
    (call,) = world.all_calls()
    assert (call.stage, call.reason, call.retryable) == (Stage.FAILED, Reason.RECORDING_GONE, True)


def test_a_recording_of_the_past_does_not_stand_in_today_s_way(world: Exchanged) -> None:
    world.connect()
    world.ring(40)
    world.ring(0.5)
    sync_pbx(SYNC, world)
    queues = {
        queue: len(world.queue.claim(queue, 10, lease_s=60)) for queue in ("pbx-recordings", "pbx-recordings-backfill")
    }
    assert queues == {"pbx-recordings": 1, "pbx-recordings-backfill": 1}


def test_a_fetch_that_was_lost_is_planned_again_by_the_sweep(world: Exchanged) -> None:
    synced(world)
    world.time.pass_(world.limits.step_due + timedelta(seconds=1))
    assert sweep_calls(world) == 1
    assert len(world.fetches()) == 1


# -- the account ----------------------------------------------------------------------------------------------


def test_a_key_that_is_refused_is_never_kept(world: Exchanged) -> None:
    world.account.api_key, right = "changed", world.account.api_key
    command = ConnectPBX(COMPANY, PBXKind.ONLINEPBX, world.account.domain, right)
    with pytest.raises(InvalidInput, match="api_key"):
        connect_pbx(command, world)
    assert Integrations(world.documents, COMPANY).find_pbx() is None


def test_what_is_kept_shows_neither_the_key_nor_the_session(world: Exchanged) -> None:
    world.connect()
    kept = Integrations(world.documents, COMPANY).pbx().model_dump_json()
    assert world.account.api_key not in kept
    assert (world.account.session or "").partition(":")[2] not in kept
    assert reseal_pbx(COMPANY, world)
    assert Integrations(world.documents, COMPANY).pbx().sealed_key not in kept
    world.ring(1)
    assert sync_pbx(SYNC, world) == 1


def test_what_the_exchange_refuses_is_said_until_it_is_mended(world: Exchanged) -> None:
    world.connect()
    world.account.drop_session()
    world.account.api_key, right = "changed", world.account.api_key
    with pytest.raises(NotAuthenticated):
        sync_pbx(SYNC, world)
    broken = Integrations(world.documents, COMPANY).pbx()
    assert (broken.problem, broken.problem_since) == (PBXProblem.REFUSED, world.clock.now())
    world.account.api_key = right
    sync_pbx(SYNC, world)
    assert Integrations(world.documents, COMPANY).pbx().problem is None


def test_an_earlier_beginning_is_a_backfill_and_doubles_nothing(world: Exchanged) -> None:
    world.connect(since_hours=5)
    world.ring(1)
    world.ring(100)
    assert sync_pbx(SYNC, world) == 1
    world.connect(since_hours=200)
    assert sync_pbx(SYNC, world) == 0
    while Integrations(world.documents, COMPANY).pbx().backfill is not None:
        backfill_a_day(COMPANY, world)
    assert len(world.all_calls()) == 2


def test_a_paused_exchange_is_not_asked(world: Exchanged) -> None:
    world.connect()
    assert plan_syncs(world) == 1
    assert plan_syncs(world) == 0  # once a minute
    Integrations(world.documents, COMPANY).note_pbx(is_paused=True)
    world.time.pass_(timedelta(minutes=5))
    assert plan_syncs(world) == 0
    asked = len(world.account.asked)
    sync_pbx(SYNC, world)
    assert len(world.account.asked) == asked


def test_nothing_that_is_logged_holds_a_number_or_a_key(world: Exchanged) -> None:
    with structlog.testing.capture_logs() as logs:
        fetch = synced(world, customer="998901112233")
        world.account.cuts_recordings = True
        with pytest.raises(DialixError):
            fetch_recording(fetch, world)
    assert "901112233" not in str(logs)
    assert world.account.api_key not in str(logs)


# -- people ---------------------------------------------------------------------------------------------------


def people(world: Exchanged) -> list[tuple[str, str, bool]]:
    operators = Operators(world.documents, COMPANY).all()
    return sorted((each.id, each.name, each.is_active) for each in operators)


def told(world: Exchanged, *names: tuple[str, str]) -> None:
    world.account.people = [{"num": number, "name": name, "enabled": True} for number, name in names]
    world.time.pass_(timedelta(hours=2))
    sync_pbx(SYNC, world)


def test_people_come_are_renamed_go_and_are_followed_by_others(world: Exchanged) -> None:
    world.connect()
    told(world, ("101", "Aziza"), ("102", "Bobur"))
    assert people(world) == [("op-101", "Aziza", True), ("op-102", "Bobur", True)]
    told(world, ("101", "Aziza Karimova"), ("102", "Bobur"))
    assert people(world)[0] == ("op-101", "Aziza Karimova", True)
    told(world, ("101", "Aziza Karimova"))
    assert people(world)[1] == ("op-102", "Bobur", False)
    told(world, ("101", "Aziza Karimova"), ("102", "Vali"))
    assert people(world) == [
        ("op-101", "Aziza Karimova", True),
        ("op-102", "Bobur", False),
        ("op-102-2", "Vali", True),
    ]
    world.ring(0.1, extension="102")
    sync_pbx(SYNC, world)
    assert world.all_calls()[0].operator == "op-102-2"


def test_instants_are_the_exchange_s_own_whatever_the_zone(world: Exchanged) -> None:
    world.connect()
    call = world.ring(1)
    sync_pbx(SYNC, world)
    assert world.all_calls()[0].started_at == datetime.fromtimestamp(call.start_stamp, UTC)
