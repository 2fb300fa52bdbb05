"""Laws of identifiers: the same call has one, different calls have different ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain.errors import InvalidInput
from shared.domain.identity import call_id, company_id

SLUGS = st.from_regex(re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"), fullmatch=True).filter(str.isascii)
ROADS = st.sampled_from(["pbx", "audio", "transcript", "client"])
CALLS = st.tuples(SLUGS.map(company_id), ROADS, st.text(max_size=10))


@given(SLUGS)
def test_a_slug_is_a_company(text: str) -> None:
    assert company_id(text) == text


@pytest.mark.parametrize(
    "text", ["", "-a", "a-", "A", "a_b", "a b", "a/b", "a.b", "a\n", "ў", "١", "a" * 64, "../a", "__a__"]
)
def test_what_is_no_slug_is_no_company(text: str) -> None:
    with pytest.raises(InvalidInput, match="company"):
        company_id(text)


@given(CALLS)
def test_a_calls_identifier_is_the_same_every_time_and_safe_in_any_path(call: tuple[str, str, str]) -> None:
    company, road, key = call

    assert call_id(company_id(company), road, key) == call_id(company_id(company), road, key)
    assert re.fullmatch(r"[0-9a-f]{26}", call_id(company_id(company), road, key))


@given(CALLS, CALLS)
def test_calls_of_another_company_road_or_key_are_other_calls(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assume(one != other)

    assert call_id(company_id(one[0]), *one[1:]) != call_id(company_id(other[0]), *other[1:])
