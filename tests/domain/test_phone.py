"""Phone numbers are E.164, whatever way they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import InvalidInput
from shared.domain.phone import e164


@pytest.mark.parametrize(
    "text",
    [
        "+998901234567",
        "998901234567",
        "901234567",
        "00998901234567",
        "+998 (90) 123-45-67",
        "90 123 45 67",
        "+998.90.123\u00a045\u201367",
    ],
)
def test_every_way_to_write_an_uzbek_number_is_the_same_number(text: str) -> None:
    assert e164(text) == "+998901234567"


def test_a_number_of_another_country_keeps_its_code() -> None:
    assert e164("+7 495 123-45-67") == "+74951234567"


@pytest.mark.parametrize(
    "text", ["", "+", "101", "call me", "+998901234567890123", "+0123456789", "٩٠١٢٣٤٥٦٧", "12345678"]
)
def test_what_is_no_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        e164(text, "customer_phone")
    assert refused.value.field == "customer_phone"
    assert len(text) < 4 or text not in str(refused.value)


@given(st.text(alphabet="+0123456789 ()-.", max_size=20))
def test_a_number_made_whole_is_left_alone(text: str) -> None:
    try:
        number = e164(text)
    except InvalidInput:
        return
    assert e164(number) == number
