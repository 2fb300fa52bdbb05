"""What a recording's file name tells of its call, as the usual exchanges write it, or as a company says of its own.

A company's convention is a text with places in braces: `{year}{month}{day}-{hour}{minute}{second}_{extension}_{phone}`.
A place takes what it is for and no more, so no convention can take long to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from shared.domain.call import Direction
from shared.domain.errors import InvalidInput
from shared.domain.phone import e164

_PLACES = {
    "year": r"(?P<year>\d{4}|\d{2})",
    "month": r"(?P<month>\d{2})",
    "day": r"(?P<day>\d{2})",
    "hour": r"(?P<hour>\d{2})",
    "minute": r"(?P<minute>\d{2})",
    "second": r"(?P<second>\d{2})",
    "extension": r"(?P<extension>\d{2,6})",
    "phone": r"(?P<phone>\+?\d{7,15})",
    "direction": r"(?P<direction>in|out|inbound|outbound|internal|local)",
    "id": r"(?P<id>[A-Za-z0-9.-]{6,64})",
    "any": r"[^_/]{0,100}",
}
_PLACE = re.compile(r"\{(\w+)\}")
_MOST_PLACES = 12
_MOST_ANY = 2

CONVENTIONS = (
    # OnlinePBX's downloads: 26.11.20-14:03:59_101_998901234567_91600b8f-0000-4d2a-b212-72d2c0ab7778.mp3
    "{year}.{month}.{day}-{hour}:{minute}:{second}_{extension}_{phone}_{id}",
    # FreePBX: in-<our number>-<customer>-…, out-<customer>-<extension>-…
    "in-{any}-{phone}-{year}{month}{day}-{hour}{minute}{second}-{id}",
    "out-{phone}-{extension}-{year}{month}{day}-{hour}{minute}{second}-{id}",
    "internal-{any}-{extension}-{year}{month}{day}-{hour}{minute}{second}-{id}",
)
_UTC_CONVENTIONS = (
    # Amazon Connect: <contact>_20261120T09:15_UTC.wav
    "{id}_{year}{month}{day}T{hour}:{minute}_UTC",
)
_DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND, "local": Direction.INTERNAL}


class NamedFacts(BaseModel):
    """What a name, an object's metadata or a sidecar tells; all of it may be missing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str | None = None
    started_at: datetime | None = None
    direction: Direction | None = None
    customer_phone: str | None = None
    extension: str | None = None
    operator_channel: int | None = None


def checked_convention(text: str) -> str:
    """Raises InvalidInput for a place that is not known or too many of them."""
    places = _PLACE.findall(text)
    if unknown := [place for place in places if place not in _PLACES]:
        raise InvalidInput("recording_names", f"{{{unknown[0]}}} is none of {', '.join(sorted(_PLACES))}")
    named = [place for place in places if place != "any"]
    if not places or len(places) > _MOST_PLACES or places.count("any") > _MOST_ANY or len(set(named)) < len(named):
        raise InvalidInput("recording_names", f"at most {_MOST_PLACES} places, each once, and {{any}} twice")
    return text


def facts_of_name(name: str, zone: ZoneInfo, conventions: Iterable[str] = ()) -> NamedFacts:
    """By the company's conventions, then the usual ones; nothing where none fits. Times are in `zone`."""
    stem = name.rpartition("/")[2].rpartition(".")[0] or name
    for convention, where in (
        *((each, zone) for each in (*conventions, *CONVENTIONS)),
        *((each, UTC) for each in _UTC_CONVENTIONS),
    ):
        found = _pattern(convention).fullmatch(stem)
        if found is not None:
            return _facts(found.groupdict(), convention, where)
    return NamedFacts()


def _pattern(convention: str) -> re.Pattern[str]:
    parts = _PLACE.split(convention)
    return re.compile("".join(_PLACES[part] if at % 2 else re.escape(part) for at, part in enumerate(parts)))


def _facts(found: dict[str, str | None], convention: str, zone: tzinfo) -> NamedFacts:
    direction = found.get("direction") or convention.partition("-")[0]
    return NamedFacts(
        started_at=_instant(found, zone),
        direction=_DIRECTIONS.get(direction) or (Direction(direction) if direction in set(Direction) else None),
        customer_phone=_phone(found.get("phone")),
        extension=found.get("extension"),
    )


def _instant(found: dict[str, str | None], zone: tzinfo) -> datetime | None:
    year = found.get("year")
    if not year or not found.get("day"):
        return None
    full = int(year) + (2000 if len(year) == 2 else 0)
    month, day, hour, minute, second = (
        int(found.get(part) or 0) for part in ("month", "day", "hour", "minute", "second")
    )
    try:
        return datetime(full, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def _phone(text: str | None) -> str | None:
    try:
        return e164(text) if text else None
    except InvalidInput:
        return None
