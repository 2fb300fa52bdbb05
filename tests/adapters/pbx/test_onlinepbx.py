"""OnlinePBX through its stub: what it says in 200s, and everything that it is known to do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.pbx.onlinepbx import OnlinePBX
from shared.domain.call import Direction
from shared.domain.errors import (
    DependencyUnavailable,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    RateLimited,
)
from shared.domain.pbx import slices
from shared.local.onlinepbx_stub import Account, OnlinePBXStub, StubCall, serving

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOUND = b"ID3" + bytes(range(256)) * 3_000


class Kept:
    """A session in memory, as two workers would share it."""

    def __init__(self) -> None:
        self.session: str | None = None

    def get(self) -> str | None:
        return self.session

    def put(self, session: str) -> None:
        self.session = session


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def url(account: Account) -> Iterator[str]:
    with serving(OnlinePBXStub(account)) as url:
        yield url


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def pbx(account: Account, url: str, kept: Kept, pauses: list[float]) -> Iterator[OnlinePBX]:
    pbx = OnlinePBX(account.domain, account.api_key, kept, host=url, pause=pauses.append)
    yield pbx
    pbx.close()


def at(hours: float) -> int:
    return int((NOON + timedelta(hours=hours)).timestamp())


def test_a_row_is_a_call_in_our_words(account: Account, pbx: OnlinePBX) -> None:
    account.calls = [
        StubCall(at(-2), talk_s=100, customer="901234567", extension="101"),
        StubCall(at(-1), talk_s=0, accountcode="outbound", customer="998 90 765-43-21", extension="102"),
        StubCall(at(-0.5), accountcode="local", customer="103", extension="101"),
    ]
    inbound, outbound, internal = pbx.calls(NOON - timedelta(days=1), NOON)
    assert (inbound.direction, inbound.customer_phone, inbound.extension) == (Direction.INBOUND, "+998901234567", "101")
    assert (inbound.talk_s, inbound.started_at) == (100, NOON - timedelta(hours=2))
    assert inbound.ended_at - inbound.started_at == timedelta(seconds=108)
    assert (outbound.direction, outbound.customer_phone, outbound.extension) == (
        Direction.OUTBOUND,
        "+998907654321",
        "102",
    )
    assert (internal.direction, internal.customer_phone) == (Direction.INTERNAL, None)


def test_a_month_is_asked_for_in_days_and_loses_nothing_to_the_cut_to_a_week(account: Account, pbx: OnlinePBX) -> None:
    account.calls = [StubCall(at(-24 * day - 1)) for day in range(30)]
    found = pbx.calls(NOON - timedelta(days=31), NOON)
    assert len(found) == 30
    assert found == sorted(found, key=lambda call: call.started_at)
    asked = [form for method, form in account.asked if "search" in method]
    assert all(int(form["start_stamp_to"]) - int(form["start_stamp_from"]) <= 86_400 for form in asked)


def test_a_call_on_the_border_of_two_days_is_one_call(account: Account, pbx: OnlinePBX) -> None:
    account.calls = [StubCall(at(-24))]
    assert len(pbx.calls(NOON - timedelta(days=2), NOON)) == 1


@given(st.integers(0, 400_000), st.integers(1, 90_000))
def test_slices_are_the_whole_time_in_order(length_s: int, longest_s: int) -> None:
    pieces = list(slices(NOON, NOON + timedelta(seconds=length_s), timedelta(seconds=longest_s)))
    assert sum((end - begin for begin, end in pieces), timedelta()) == timedelta(seconds=length_s)
    assert all(end - begin <= timedelta(seconds=longest_s) for begin, end in pieces)
    assert [end for _, end in pieces[:-1]] == [begin for begin, _ in pieces[1:]]


def test_rows_that_cannot_be_read_are_named_without_their_numbers(account: Account, pbx: OnlinePBX) -> None:
    good = StubCall(at(-1))

    class Broken(StubCall):
        def row(self, number: int) -> dict[str, object]:
            return {"uuid": "x", "start_stamp": "yesterday", "caller_id_number": "998901234567"}

    account.calls = [good, Broken(at(-2))]
    with structlog.testing.capture_logs() as logs:
        assert [call.id for call in pbx.calls(NOON - timedelta(days=1), NOON)] == [good.uuid]
    assert [line["field"] for line in logs] == ["start_stamp"]
    assert "998901234567" not in str(logs)


# -- sessions -------------------------------------------------------------------------------------------------


def test_one_session_serves_every_worker_and_none_ends_another_s(account: Account, url: str, kept: Kept) -> None:
    workers = [OnlinePBX(account.domain, account.api_key, kept, host=url, pause=lambda s: None) for _ in range(3)]
    for worker in workers:
        worker.operators()
        worker.close()
    assert account.sessions == 1
    assert not any(form.get("new") for _, form in account.asked)


def test_a_session_that_has_lapsed_is_renewed_once_and_the_question_asked_again(
    account: Account, pbx: OnlinePBX
) -> None:
    account.calls = [StubCall(at(-1))]
    pbx.operators()
    account.drop_session()
    assert len(pbx.calls(NOON - timedelta(hours=3), NOON)) == 1
    assert account.sessions == 2


def test_a_session_that_another_worker_renewed_is_taken_over(account: Account, url: str, kept: Kept) -> None:
    first, second = (OnlinePBX(account.domain, account.api_key, kept, host=url, pause=lambda s: None) for _ in range(2))
    first.operators()
    account.drop_session()
    second.operators()
    renewals = [method for method, _ in account.asked].count("auth.json")
    first.operators()
    assert [method for method, _ in account.asked].count("auth.json") == renewals
    first.close()
    second.close()


def test_a_wrong_key_is_refused_in_a_200_and_is_no_outage(account: Account, url: str, kept: Kept) -> None:
    pbx = OnlinePBX(account.domain, "wrong", kept, host=url, pause=lambda s: None)
    with pytest.raises(NotAuthenticated, match="API key"):
        pbx.operators()
    assert kept.session is None
    pbx.close()


def test_a_disabled_account_and_a_wrong_domain_say_so(account: Account, url: str, kept: Kept, pbx: OnlinePBX) -> None:
    account.is_disabled = True
    with pytest.raises(NotPermitted, match="not paid"):
        pbx.operators()
    other = OnlinePBX("nobody.onpbx.ru", account.api_key, kept, host=url, pause=lambda s: None)
    with pytest.raises(InvalidInput, match="domain"):
        other.operators()
    other.close()


# -- outages --------------------------------------------------------------------------------------------------


def test_an_internal_error_is_asked_again_after_growing_pauses(
    account: Account, pbx: OnlinePBX, pauses: list[float]
) -> None:
    pbx.operators()
    pauses.clear()
    account.internal_times = 4
    pbx.operators()
    assert [pause for pause in pauses if pause >= 1] == [1, 2, 4, 8]
    account.internal_times = 99
    with pytest.raises(DependencyUnavailable, match="INTERNAL"):
        pbx.operators()


@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ({"http_status": 502}, DependencyUnavailable),
        ({"http_status": 500, "is_html": True}, DependencyUnavailable),
        ({"is_html": True}, DependencyUnavailable),
        ({"http_status": 302}, DependencyUnavailable),
        ({"http_status": 429, "retry_after": "7"}, RateLimited),
    ],
)
def test_what_may_pass_is_tried_later(
    account: Account, pbx: OnlinePBX, switch: dict[str, object], error: type[Exception]
) -> None:
    for name, value in switch.items():
        setattr(account, name, value)
    with pytest.raises(error) as raised:
        pbx.calls(NOON - timedelta(hours=1), NOON)
    assert getattr(raised.value, "retry_after_s", 7) == 7


def test_nobody_at_home_is_tried_later(kept: Kept) -> None:
    pbx = OnlinePBX("demo.onpbx.ru", "key", kept, host="http://127.0.0.1:1", pause=lambda s: None)
    with pytest.raises(DependencyUnavailable):
        pbx.operators()
    pbx.close()


# -- recordings -----------------------------------------------------------------------------------------------


def a_recorded_call(account: Account, **more: object) -> str:
    call = StubCall(at(-1), recording=lambda: SOUND)
    for name, value in more.items():
        setattr(call, name, value)
    account.calls.append(call)
    return call.uuid


@pytest.mark.parametrize("variant", ["string", "list", "url"])
def test_a_recording_comes_as_it_was_made_however_its_link_is_wrapped(
    account: Account, pbx: OnlinePBX, variant: str
) -> None:
    account.link_variant = variant
    assert b"".join(pbx.recording(a_recorded_call(account))) == SOUND


def test_a_recording_that_is_not_ready_or_never_was_is_not_found(account: Account, pbx: OnlinePBX) -> None:
    for call in (
        a_recorded_call(account, ready_at=9e9),
        a_recorded_call(account, recording=None),
        "no-such-call",
    ):
        with pytest.raises(NotFound):
            pbx.recording(call)


def test_a_link_that_is_over_is_asked_for_again_once(account: Account, pbx: OnlinePBX) -> None:
    call = a_recorded_call(account)
    account.link_lives_s = -1
    with pytest.raises(DependencyUnavailable, match="over at once"):
        pbx.recording(call)
    links = [form for _, form in account.asked if form.get("download")]
    assert len(links) == 2


def test_where_one_uuid_fails_a_list_of_one_is_asked_for(account: Account, pbx: OnlinePBX) -> None:
    account.internal_on_uuid = True
    assert b"".join(pbx.recording(a_recorded_call(account))) == SOUND


def test_a_recording_that_breaks_off_is_no_recording(account: Account, pbx: OnlinePBX) -> None:
    account.cuts_recordings = True
    with pytest.raises(DependencyUnavailable):
        b"".join(pbx.recording(a_recorded_call(account)))


def test_a_link_to_another_house_is_not_followed(account: Account, url: str, kept: Kept) -> None:
    pbx = OnlinePBX(account.domain, account.api_key, kept, host=url, pause=lambda s: None)
    call = a_recorded_call(account)
    pbx._host = url.replace("127.0.0.1", "localhost")
    with pytest.raises(DependencyUnavailable, match="another house"):
        pbx.recording(call)
    pbx.close()


# -- people ---------------------------------------------------------------------------------------------------


def test_people_are_read_in_every_form_they_come_in(account: Account, pbx: OnlinePBX) -> None:
    account.people = [
        {"num": "112", "name": "Aziza K.", "enabled": True},
        {"num": 113, "name": "", "enabled": "1"},
        {"num": "114", "name": "Bobur", "enabled": "0"},
        {"num": "115", "name": "Vali", "enabled": False},
        {"num": "", "name": "Nobody"},
    ]
    found = [(each.extension, each.name, each.is_active) for each in pbx.operators()]
    assert found == [("112", "Aziza K.", True), ("113", "113", True), ("114", "Bobur", False), ("115", "Vali", False)]
