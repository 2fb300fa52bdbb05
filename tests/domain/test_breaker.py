"""Laws of the breaker: it opens after failures in a row, rests longer and longer, and forgets what is long ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.breaker import (
    FIRST_REST,
    FORGET,
    LONGEST_REST,
    OPENS_AFTER,
    PROBE,
    Breaker,
    after_failure,
    probed,
    rests,
)

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def failed(times: int, apart: timedelta = timedelta(seconds=1)) -> Breaker:
    breaker: Breaker | None = None
    for number in range(times):
        breaker = after_failure(breaker, NOW + number * apart, "HTTP 500")
    assert breaker is not None
    return breaker


@given(st.integers(1, 60))
def test_it_rests_from_the_failure_that_is_one_too_many_and_ever_longer(times: int) -> None:
    breaker = failed(times)
    last = NOW + timedelta(seconds=times - 1)
    assert rests(breaker, last) == (times >= OPENS_AFTER)
    if breaker.rests_until is not None:
        rest = breaker.rests_until - last
        assert FIRST_REST <= rest <= LONGEST_REST
        assert rest == LONGEST_REST or rest == FIRST_REST * 2 ** (times - OPENS_AFTER)
        assert breaker.opened_at == NOW + timedelta(seconds=OPENS_AFTER - 1)
        assert not rests(breaker, breaker.rests_until)


@given(st.integers(2, 20))
def test_failures_far_apart_never_open_it(times: int) -> None:
    assert failed(times, FORGET).rests_until is None


def test_while_one_tries_the_others_wait() -> None:
    breaker = failed(OPENS_AFTER)
    assert breaker.rests_until is not None
    tried = probed(breaker, breaker.rests_until)
    assert rests(tried, breaker.rests_until + PROBE / 2)
    assert not rests(tried, breaker.rests_until + PROBE)


def test_a_vendor_of_which_no_failure_is_known_is_asked() -> None:
    assert not rests(None, NOW)
