"""Whether a vendor is asked at all: after failures in a row it is left alone for a while, and then tried by one."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

OPENS_AFTER = 4
"""Failures in a row."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)
FORGET = timedelta(minutes=30)
"""Failures longer ago do not count with those of now."""
PROBE = timedelta(seconds=60)
"""For how long the one who tries is waited for before another tries."""


class Breaker(BaseModel):
    """Of one vendor, for everybody who asks it. No breaker: the last that was heard of it was good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failures: int = 0
    failed_at: datetime
    reason: str
    """Of the last failure, in words that hold nothing of a call."""
    opened_at: datetime | None = None
    rests_until: datetime | None = None


def after_failure(breaker: Breaker | None, now: datetime, reason: str) -> Breaker:
    """Rests twice as long with each further failure, up to the longest."""
    goes_on = breaker is not None and now - breaker.failed_at < FORGET
    failures = 1 + (breaker.failures if breaker is not None and goes_on else 0)
    if failures < OPENS_AFTER:
        return Breaker(failures=failures, failed_at=now, reason=reason)
    rest = min(LONGEST_REST, FIRST_REST * 2 ** min(failures - OPENS_AFTER, 16))
    opened_at = (breaker.opened_at if breaker is not None and goes_on else None) or now
    return Breaker(failures=failures, failed_at=now, reason=reason, opened_at=opened_at, rests_until=now + rest)


def rests(breaker: Breaker | None, now: datetime) -> bool:
    return breaker is not None and breaker.rests_until is not None and now < breaker.rests_until


def probed(breaker: Breaker, now: datetime) -> Breaker:
    """One tries now; the others wait for what comes of it."""
    return breaker.model_copy(update={"rests_until": now + PROBE})
