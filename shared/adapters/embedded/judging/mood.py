"""The mood of a sentence and of a side: a ridge regression on sentence vectors, and words that carry a mood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from shared.adapters.embedded.judging.cues import is_negated
from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.e5_model import E5Model
from shared.adapters.embedded.judging.matching import Matcher
from shared.adapters.embedded.judging.sentences import Sentence
from shared.domain.analysis import CallSentiment, Mood, Sentiment
from shared.domain.language import language_of
from shared.domain.transcript import Speaker
from shared.domain.wording import WordList, word_list

if TYPE_CHECKING:
    from shared.adapters.embedded.judging.e5_model import Vectors

_RIDGE = 1.0
_WORD_STRENGTH = 0.35
_QUIET = 0.35
"""A sentence weaker than this has no mood."""
_ENOUGH = 0.3
"""A side whose moods sum to less is neutral."""
_ENOUGH_OPERATOR = 0.4
"""Politeness is the operator's trade: more of it is needed to be a mood."""
_OPERATORS_SHARE = 0.3
"""How much the operator's mood counts in the call's, against the customer's."""
_PROOFS = 5
_VALUES = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}


@dataclass(frozen=True)
class Felt:
    sentence: Sentence
    value: float
    """-1 to 1."""


def felt(matcher: Matcher, model: E5Model) -> list[Felt]:
    """The mood of every whole sentence of the call."""
    weights, bias = _fitted(model)
    found: list[Felt] = []
    for sentence, vector in zip(matcher.sentences, matcher.vectors, strict=True):
        if sentence.is_whole:
            # Of a sentence of a word or two the vector knows little.
            trust = min(1.0, (len(sentence.words) + 1) / 4)
            value = trust * (float(vector @ weights) + bias) + _WORD_STRENGTH * _words_of(sentence)
            found.append(Felt(sentence, max(-1.0, min(1.0, value))))
    return _without_sarcasm(found)


def _without_sarcasm(sentences: Sequence[Felt]) -> list[Felt]:
    """From the turn on in which somebody praises and complains in one breath, their praise counts against."""
    since: dict[Speaker, int] = {}
    for felt_ in sentences:
        speaker, turn = felt_.sentence.speaker, felt_.sentence.turn_number
        if speaker not in since and speaker is not Speaker.OPERATOR:
            words = tuple(w for f in sentences if f.sentence.turn_number == turn for w in f.sentence.words)
            if _sarcasm("praise").count(words) and _sarcasm("trouble").count(words):
                since[speaker] = turn
    return [
        Felt(f.sentence, -abs(f.value))
        if f.sentence.turn_number >= since.get(f.sentence.speaker, f.sentence.turn_number + 1)
        else f
        for f in sentences
    ]


@cache
def _sarcasm(name: str) -> WordList:
    return word_list(data("moods")["sarcasm"][name])


def call_sentiment(sentences: Sequence[Felt]) -> CallSentiment:
    """Of each side by its own words; of the call by the customer's mood first."""
    by_side = {
        speaker: [f for f in sentences if f.sentence.speaker is speaker]
        for speaker in (Speaker.OPERATOR, Speaker.CUSTOMER)
    }
    operator, customer = by_side[Speaker.OPERATOR], by_side[Speaker.CUSTOMER]
    others = [f for f in sentences if f.sentence.speaker is not Speaker.OPERATOR]
    balance = _balance(others) + _OPERATORS_SHARE * _balance(operator)
    return CallSentiment(
        call=_sentiment(sentences, balance, _ENOUGH),
        operator=_sentiment(operator, _balance(operator), _ENOUGH_OPERATOR) if operator else None,
        customer=_sentiment(customer, _balance(customer), _ENOUGH) if customer else None,
    )


def _balance(sentences: Sequence[Felt]) -> float:
    return sum(_loud(f.value) for f in sentences)


def _loud(value: float) -> float:
    return 0.0 if abs(value) < _QUIET else value - _QUIET if value > 0 else value + _QUIET


def _sentiment(sentences: Sequence[Felt], balance: float, enough: float) -> Sentiment:
    mood = Mood.NEUTRAL if abs(balance) < enough else Mood.POSITIVE if balance > 0 else Mood.NEGATIVE
    if mood is Mood.NEUTRAL:
        return Sentiment(mood=mood, confidence=round(0.5 + 0.4 * (1 - abs(balance) / enough), 3))
    sign = 1 if mood is Mood.POSITIVE else -1
    proofs = sorted((f for f in sentences if _loud(sign * f.value) > 0), key=lambda f: -sign * f.value)
    turns = dict.fromkeys(f.sentence.turn.index for f in proofs)
    words = tuple(dict.fromkeys(f.sentence.text for f in proofs if f.sentence.is_whole))[:_PROOFS]
    against = sum(abs(_loud(f.value)) for f in sentences if sign * f.value < 0)
    confidence = abs(balance) / (abs(balance) + 2 * against + enough)
    return Sentiment(mood=mood, confidence=round(max(0.3, confidence), 3), turns=tuple(turns)[:_PROOFS], words=words)


def _words_of(sentence: Sentence) -> float:
    """How many words of mood it has, good minus bad, at most two either way; a denial turns good into bad."""
    score = 0
    for language in ("uz", "ru", "en"):
        if sentence.language in (language, None):
            good = _list(language, "positive").count(sentence.words)
            bad = _list(language, "negative").count(sentence.words)
            score += (-good if is_negated(sentence.key) else good) - bad
    return max(-2, min(2, score))


@cache
def _list(language: str, mood: str) -> WordList:
    return word_list(data("moods")["words"][language][mood], are_beginnings=True)


_FITS: dict[int, tuple[Vectors, float]] = {}


def _fitted(model: E5Model) -> tuple[Vectors, float]:
    """Ridge regression in closed form, once a model."""
    import numpy as np

    if id(model) not in _FITS:
        pairs = [(text, _VALUES[mood]) for mood, texts in data("moods")["sentences"].items() for text in texts]
        x = model.vectors([text for text, _ in pairs], [language_of(text) for text, _ in pairs])
        y = np.array([value for _, value in pairs], dtype=np.float32)
        bias = float(y.mean())
        gram = x @ x.T + _RIDGE * np.eye(len(pairs), dtype=np.float32)
        _FITS[id(model)] = (np.asarray(x.T @ np.linalg.solve(gram, y - bias), dtype=np.float32), bias)
    return _FITS[id(model)]
