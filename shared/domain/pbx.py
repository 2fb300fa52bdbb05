"""What an exchange tells of its calls and people, in our words; and in which pieces of time it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.domain.call import Direction, Reason
from shared.domain.errors import InvalidInput
from shared.domain.recording_names import checked_convention


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PBXCall(_Frozen):
    """One call of the exchange's history."""

    id: str
    """The exchange's own, the same for ever."""
    started_at: datetime
    ended_at: datetime
    talk_s: int | None
    """Seconds in which somebody talked with somebody; 0 when nobody answered, None where the exchange does not say."""
    direction: Direction | None = None
    customer_phone: str | None = None
    """E.164; None where the exchange gave no number that can be one."""
    extension: str | None = None
    """Of our side's person who talked, or rang last."""


class PBXOperator(_Frozen):
    extension: str
    name: str
    is_active: bool = True


class S3Access(_Frozen):
    """How an archive in a bucket of Amazon S3, or of what speaks its API, is read."""

    region: str
    access_key_id: str = Field(repr=False)
    secret_access_key: str = Field(repr=False)
    endpoint: str | None = None
    """Of another than Amazon's."""
    folder: str = "connect/CallRecordings/{year}/{month}/{day}/"
    """Where the recordings of a day lie; without places for the day, one folder is listed whole each time."""
    names: tuple[str, ...] = ()
    """How its files are called (shared/domain/recording_names.py), before the usual conventions."""
    time_zone: str = "UTC"
    """Of its folders and of the times in its own names."""

    @field_validator("names")
    @classmethod
    def _checked_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(checked_convention(name) for name in names)
        except InvalidInput as error:
            raise InvalidInput("names", error.message) from None

    @field_validator("folder")
    @classmethod
    def _checked_folder(cls, folder: str) -> str:
        if re.search(r"[{}]", re.sub(r"\{(?:year|month|day)\}", "", folder)):
            raise InvalidInput("folder", "only {year}, {month} and {day} have a meaning here")
        return folder

    @field_validator("time_zone")
    @classmethod
    def _checked_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise InvalidInput("time_zone", "a name such as Asia/Tashkent") from None
        return zone

    def folders(self, since: datetime, until: datetime) -> list[str]:
        """That may hold calls which began in `[since, until)`, each once."""
        zone = ZoneInfo(self.time_zone)
        first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        places = [self.folder.format(year=f"{d:%Y}", month=f"{d:%m}", day=f"{d:%d}") for d in days]
        return list(dict.fromkeys(places))


def skip_reason(call: PBXCall, least_ms: int) -> Reason | None:
    """Why a call of the history has no recording worth fetching; None when it has one."""
    if call.talk_s is None:
        return None  # there is a recording; how long it is shows when it is heard
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
