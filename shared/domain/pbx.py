"""What an exchange tells of its calls and people, in our words; and in which pieces of time it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from shared.domain.call import Direction, Reason


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PBXCall(_Frozen):
    """One call of the exchange's history."""

    id: str
    """The exchange's own, the same for ever."""
    started_at: datetime
    ended_at: datetime
    talk_s: int
    """Seconds in which somebody talked with somebody; 0 when nobody answered."""
    direction: Direction | None = None
    customer_phone: str | None = None
    """E.164; None where the exchange gave no number that can be one."""
    extension: str | None = None
    """Of our side's person who talked, or rang last."""


class PBXOperator(_Frozen):
    extension: str
    name: str
    is_active: bool = True


def skip_reason(call: PBXCall, least_ms: int) -> Reason | None:
    """Why a call of the history has no recording worth fetching; None when it has one."""
    if call.talk_s <= 0:
        return Reason.MISSED
    return Reason.TOO_SHORT if call.talk_s * 1000 < least_ms else None


def slices(since: datetime, until: datetime, longest: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Consecutive pieces that together are the whole time, none longer than `longest`."""
    begin = since
    while begin < until:
        end = min(begin + longest, until)
        yield begin, end
        begin = end
