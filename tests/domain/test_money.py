"""Laws of prices: whole tiyin, rounded up, and never less for more."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.money import Tariff, judgement_tiyin, recognition_tiyin

PRICES = st.integers(0, 10_000_000)
TARIFFS = st.builds(
    Tariff,
    recognition_tiyin_per_minute=PRICES,
    judgement_tiyin_per_call=PRICES,
    judgement_tiyin_per_million_input_tokens=PRICES,
    judgement_tiyin_per_million_output_tokens=PRICES,
)
DURATIONS_MS = st.integers(0, 10_000_000)
TOKENS = st.integers(0, 1_000_000)


@given(TARIFFS, DURATIONS_MS)
def test_every_begun_second_is_paid_and_less_than_a_tiyin_is_added(tariff: Tariff, duration_ms: int) -> None:
    seconds = duration_ms // 1_000 + (duration_ms % 1_000 > 0)
    exact = Fraction(seconds * tariff.recognition_tiyin_per_minute, 60)

    assert exact <= recognition_tiyin(tariff, duration_ms) < exact + 1


@given(TARIFFS, DURATIONS_MS, DURATIONS_MS)
def test_a_longer_call_costs_no_less_and_two_calls_no_less_than_one_as_long(
    tariff: Tariff, one_ms: int, other_ms: int
) -> None:
    one, other = recognition_tiyin(tariff, one_ms), recognition_tiyin(tariff, other_ms)

    assert max(one, other) <= recognition_tiyin(tariff, one_ms + other_ms) <= one + other


@given(TARIFFS, TOKENS, TOKENS)
def test_a_judgement_costs_its_call_and_its_tokens(tariff: Tariff, input_tokens: int, output_tokens: int) -> None:
    exact = tariff.judgement_tiyin_per_call + Fraction(
        input_tokens * tariff.judgement_tiyin_per_million_input_tokens
        + output_tokens * tariff.judgement_tiyin_per_million_output_tokens,
        1_000_000,
    )

    assert exact <= judgement_tiyin(tariff, input_tokens, output_tokens) < exact + 1


@given(DURATIONS_MS, TOKENS)
def test_without_a_tariff_nothing_costs_anything(duration_ms: int, tokens: int) -> None:
    assert recognition_tiyin(Tariff(), duration_ms) == judgement_tiyin(Tariff(), tokens, tokens) == 0
