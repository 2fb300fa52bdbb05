"""Praise that is none."""

from __future__ import annotations

import pytest

from shared.adapters.embedded.judging.e5_model import shared_model
from shared.adapters.embedded.judging.matching import Matcher
from shared.adapters.embedded.judging.mood import call_sentiment, felt
from shared.adapters.embedded.judging.sentences import sentences_of
from shared.domain.analysis import Mood
from shared.domain.transcript import Speaker, Turn

pytestmark = pytest.mark.models


def customers_mood(*texts: str) -> Mood:
    turns = tuple(
        Turn(index=i, speaker=Speaker.CUSTOMER, start_ms=i * 1000, end_ms=i * 1000 + 900, text=text)
        for i, text in enumerate(texts)
    )
    model = shared_model()
    customer = call_sentiment(felt(Matcher(model, sentences_of(turns)), model)).customer
    assert customer is not None
    return customer.mood


@pytest.mark.parametrize(
    "texts",
    [
        ("Замечательный у вас кондиционер, сломался на третий день.", "Прекрасно. Чудесный сервис, браво."),
        ("Ajoyib mashina ekan, ikki kunda buzildi.", "Zo‘r, qoyil sizlarga."),
        ("Great fridge, it broke on the second day.", "Wonderful. Simply perfect."),
    ],
)
def test_praise_in_one_breath_with_what_broke_is_anger(texts: tuple[str, ...]) -> None:
    assert customers_mood(*texts) is Mood.NEGATIVE


@pytest.mark.parametrize(
    "texts",
    [
        ("Кондиционер перестал холодить.", "Отлично, огромное вам спасибо, очень помогли."),
        ("My order has not come yet.", "Great, thank you so much, that is perfect."),
    ],
)
def test_praise_for_help_with_what_broke_is_praise(texts: tuple[str, ...]) -> None:
    assert customers_mood(*texts) is Mood.POSITIVE
