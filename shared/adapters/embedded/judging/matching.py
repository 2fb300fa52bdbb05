"""How well a sentence says what example phrases say: meaning, words and polarity weighed into one probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

from shared.adapters.embedded.judging.cues import is_addressed_to_the_judge, is_negated
from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.sentences import Sentence
from shared.domain.language import language_of
from shared.domain.wording import folded, tokens

if TYPE_CHECKING:
    from shared.adapters.embedded.judging.e5_model import E5Model, Vectors

WEIGHT_SIMILARITY = 13.0
WEIGHT_OVERLAP = 2.5
WEIGHT_OPPOSITE = -3.0
BIAS = -6.8

_COMMON_WEIGHT = 0.2
"""What a word of every conversation counts against a word of this subject."""
_KEYWORD_SHARE = 0.7
_KEYWORD_PHRASES = 4


@dataclass(frozen=True)
class Match:
    """A sentence against the phrases it is nearest to. `probability` is that it says the same."""

    sentence: Sentence
    probability: float
    similarity: float
    overlap: float
    is_opposite: bool
    """One of the two denies and the other does not."""

    def weighted(self, weight: float) -> Match:
        return replace(self, probability=self.probability * weight)


class Matcher:
    """The sentences of one call, embedded once and compared with any phrases."""

    def __init__(self, model: E5Model, sentences: Sequence[Sentence]) -> None:
        self._model = model
        self.sentences = [s for s in sentences if not is_addressed_to_the_judge(s.words)]
        self.vectors: Vectors = model.vectors([s.text for s in self.sentences], [s.language for s in self.sentences])
        self._is_negated = [is_negated(s.key) for s in self.sentences]

    def similarities(self, phrases: Sequence[str]) -> Vectors:
        """One row a sentence, one column a phrase."""
        return self.vectors @ self._model.vectors(phrases, [language_of(phrase) for phrase in phrases]).T

    def matches(self, phrases: Sequence[str]) -> list[Match]:
        """One for each sentence, in order; empty without phrases."""
        if not phrases or not self.sentences:
            return []
        similarities = self.similarities(phrases)
        phrase_words = [tokens(phrase) for phrase in phrases]
        phrase_negated = [is_negated(folded(phrase)) for phrase in phrases]
        keywords = _keywords(phrase_words)
        found: list[Match] = []
        for row, sentence in enumerate(self.sentences):
            best: Match | None = None
            for column, words in enumerate(phrase_words):
                similarity = float(similarities[row, column])
                overlap = _overlap(words, sentence.words)
                is_opposite = phrase_negated[column] != self._is_negated[row]
                probability = _probability(similarity, overlap, is_opposite)
                if best is None or probability > best.probability:
                    best = Match(sentence, probability, similarity, overlap, is_opposite)
            if best is not None:
                share = _share_of(keywords, sentence.words)
                found.append(best if share is None else best.weighted(0.3 + 0.7 * share))
        return found


def _probability(similarity: float, overlap: float, is_opposite: bool) -> float:
    z = BIAS + WEIGHT_SIMILARITY * similarity + WEIGHT_OVERLAP * overlap + WEIGHT_OPPOSITE * is_opposite
    return 1 / (1 + math.exp(-z))


def _keywords(phrases: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Words that nearly all phrases share in every language: a company's or a product's name. Without it, no match."""
    if len(phrases) < _KEYWORD_PHRASES:
        return ()
    words = dict.fromkeys(word for phrase in phrases for word in phrase if len(word) >= 4)
    return tuple(
        word
        for word in words
        if sum(any(_is_same(word, other) for other in phrase) for phrase in phrases) >= _KEYWORD_SHARE * len(phrases)
    )


def _share_of(keywords: tuple[str, ...], words: tuple[str, ...]) -> float | None:
    if not keywords:
        return None
    return sum(any(_sounds_like(keyword, word) for word in words) for keyword in keywords) / len(keywords)


def _overlap(phrase: tuple[str, ...], words: tuple[str, ...]) -> float:
    """The share of the phrase's words that the sentence has in any form, subject words first."""
    total = sum(_weight(word) for word in phrase)
    if not total:
        return 0.0
    return sum(_weight(word) for word in phrase if any(_is_same(word, other) for other in words)) / total


def _weight(word: str) -> float:
    return _COMMON_WEIGHT if len(word) <= 2 or word in _common_words() else 1.0


@cache
def _common_words() -> frozenset[str]:
    texts = [text for texts in data("backgrounds").values() for text in texts]
    return frozenset(word for text in texts for word in tokens(text)) | frozenset(
        tokens(data("cues")["common"]["words"])
    )


def _is_same(one: str, other: str) -> bool:
    """The same word in another form: Uzbek and Russian change the end."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < 4:
        # kod, kodni
        return len(shorter) == 3 and longer.startswith(shorter) and len(longer) <= 6
    stem = max(4, round(0.7 * len(shorter)))
    return one[:stem] == other[:stem]


def _sounds_like(one: str, other: str) -> bool:
    return _is_same(one, other) or (len(other) >= 4 and SequenceMatcher(None, one, other).ratio() >= 0.75)
