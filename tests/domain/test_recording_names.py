"""What a file's name tells of its call."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.call import Direction
from shared.domain.errors import InvalidInput
from shared.domain.recording_names import NamedFacts, checked_convention, facts_of_name

TASHKENT = ZoneInfo("Asia/Tashkent")


@pytest.mark.parametrize(
    ("name", "started_at", "direction", "phone", "extension"),
    [
        (
            "26.11.20-14:03:59_101_998901234567_91600b8f-0000-4d2a-b212-72d2c0ab7778.mp3",
            datetime(2026, 11, 20, 9, 3, 59, tzinfo=UTC),
            None,
            "+998901234567",
            "101",
        ),
        (
            "in-781234567-998901234567-20261120-140359-1768308876.2.wav",
            datetime(2026, 11, 20, 9, 3, 59, tzinfo=UTC),
            Direction.INBOUND,
            "+998901234567",
            None,
        ),
        (
            "monitor/2026/out-901234567-105-20261120-140359-1768308876.2.wav",
            datetime(2026, 11, 20, 9, 3, 59, tzinfo=UTC),
            Direction.OUTBOUND,
            "+998901234567",
            "105",
        ),
        (
            "5c7a2f10-aaaa-bbbb-cccc-000000000001_20261120T09:15_UTC.wav",
            datetime(2026, 11, 20, 9, 15, tzinfo=UTC),
            None,
            None,
            None,
        ),
    ],
)
def test_the_usual_exchanges_names_are_read(
    name: str, started_at: datetime, direction: Direction | None, phone: str | None, extension: str | None
) -> None:
    found = facts_of_name(name, TASHKENT)
    assert (found.started_at, found.direction, found.customer_phone, found.extension) == (
        started_at,
        direction,
        phone,
        extension,
    )


def test_a_company_s_own_convention_comes_first() -> None:
    convention = checked_convention("{direction}_{extension}_{phone}_{any}")
    found = facts_of_name("outbound_12_998901234567_Toshkent filiali.ogg", TASHKENT, [convention])
    assert found == NamedFacts(direction=Direction.OUTBOUND, extension="12", customer_phone="+998901234567")


@pytest.mark.parametrize("name", ["Muzlatgich sotuvi.mp3", "call.wav", "", "20261320-999999.wav", ".hidden"])
def test_a_name_that_follows_no_convention_tells_nothing(name: str) -> None:
    assert facts_of_name(name, TASHKENT) == NamedFacts()


def test_a_day_that_is_none_is_not_a_time() -> None:
    found = facts_of_name("out-901234567-105-20261345-140359-1768308876.2.wav", TASHKENT)
    assert (found.started_at, found.extension) == (None, "105")


@pytest.mark.parametrize("text", ["", "no places", "{phone}{phone}", "{evil}", "{any}{any}{any}", "{any}" * 20])
def test_a_convention_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="recording_names"):
        checked_convention(text)


@given(st.text(max_size=300))
def test_no_name_breaks_the_reading(name: str) -> None:
    facts_of_name(name + "in-1" * 50, TASHKENT, ["{any}-{id}-{any}"])
