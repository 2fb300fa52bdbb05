"""Laws of personal data in speech: what has the shape of a number or an address is found, in digits or in words."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.personal_data import PersonalKind, PersonalSpan, masked, personal_spans, together
from shared.domain.transcript import Speaker, Turn


def a_turn(text: str, index: int = 0) -> Turn:
    return Turn(index=index, speaker=Speaker.CUSTOMER, start_ms=0, end_ms=1000, text=text)


@pytest.mark.parametrize(
    ("text", "kind", "quote"),
    [
        ("Raqamim +998 90 123-45-67, yozing", PersonalKind.PHONE, "+998 90 123-45-67"),
        ("Телефон 901234567 мой", PersonalKind.PHONE, "901234567"),
        ("Karta 8600 1234 5678 9012 edi", PersonalKind.CARD, "8600 1234 5678 9012"),
        ("Pasportim AA 1234567", PersonalKind.IDENTITY, "AA 1234567"),
        ("ПИНФЛ 31234567890123", PersonalKind.IDENTITY, "31234567890123"),
        ("write to ali.v@mail.uz please", PersonalKind.EMAIL, "ali.v@mail.uz"),
        (
            "to‘qson bir yuz yigirma uch qirq besh deb yozing",
            PersonalKind.NUMBER,
            "to‘qson bir yuz yigirma uch qirq besh",
        ),
        ("девяносто один сто двадцать три", PersonalKind.NUMBER, "девяносто один сто двадцать три"),
        ("тўқсон бир юз йигирма", PersonalKind.NUMBER, "тўқсон бир юз йигирма"),
    ],
)
def test_what_names_somebody_is_found(text: str, kind: PersonalKind, quote: str) -> None:
    (span,) = personal_spans([a_turn(text)])
    assert (span.kind, text[span.start : span.end]) == (kind, quote)


@pytest.mark.parametrize(
    "text",
    ["Narxi 5 400 000 so‘m", "ikki yuz ming so‘m", "2026 yil 24 noyabr", "soat 15:30 da", "бир минут кутинг", "12 ta"],
)
def test_prices_days_and_hours_are_nobody_s(text: str) -> None:
    assert personal_spans([a_turn(text)]) == ()


@given(st.lists(st.text(alphabet="0123456789 +-@.abAB", max_size=60), max_size=4))
def test_spans_lie_within_their_turns_in_order_and_none_over_another(texts: list[str]) -> None:
    turns = [a_turn(text, n) for n, text in enumerate(texts)]
    spans = personal_spans(turns)
    assert all(0 <= span.start < span.end <= len(texts[span.turn]) for span in spans)
    for one, next_ in itertools.pairwise(spans):
        assert (one.turn, one.end) <= (next_.turn, next_.start)
    assert together(spans, spans) == spans


@given(st.text(max_size=80), st.integers(0, 80), st.integers(0, 80))
def test_masking_keeps_the_length_and_every_letter_outside(text: str, start: int, end: int) -> None:
    span = PersonalSpan(turn=0, start=start, end=max(start, end), kind=PersonalKind.NAME)
    hidden = masked(text, [span])
    assert len(hidden) == len(text)
    assert hidden[:start] == text[:start]
    assert hidden[span.end :] == text[span.end :]
    assert all(c == "•" or c.isspace() for c in hidden[start : span.end])
