"""How well a sentence says what example phrases say: meaning, words, polarity and kind weighed into a probability."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from shared.adapters.embedded.judging.cues import is_negated
from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.sentences import Sentence
from shared.adapters.embedded.judging.traits import agreement, shared_traits
from shared.adapters.embedded.judging.weights import Weights
from shared.domain.instructions import is_addressed_to_the_judge
from shared.domain.language import language_of
from shared.domain.wording import folded, tokens

if TYPE_CHECKING:
    from shared.adapters.embedded.judging.e5_model import E5Model, Vectors

_COMMON_WEIGHT = 0.2
"""What a word of every conversation counts against a word of this subject."""
_KEYWORD_SHARE = 0.7
_KEYWORD_PHRASES = 4
_FAR = 0.1
"""Below this similarity a sentence is not worth comparing word by word."""


@dataclass(frozen=True)
class Match:
    """A sentence against the one of several phrases that it says best, sign by sign."""

    sentence: Sentence
    similarity: float
    overlap: float
    is_opposite: bool
    """One of the two denies and the other does not."""
    traits: float
    keywords: float

    def probability(self, weights: Weights, more: float = 0.0) -> float:
        """That it says the same; `more` is added to the log-odds."""
        of_phrase = weights.of_phrase(self.similarity, self.overlap, self.is_opposite)
        return weights.probability(of_phrase, self.traits, self.keywords, more)


class Matcher:
    """The sentences of one call, embedded once and compared with any phrases."""

    def __init__(self, model: E5Model, sentences: Sequence[Sentence], things: Sequence[str] = ()) -> None:
        """`things` are names of products: which one it is does not change what is said of it either."""
        self._model = model
        self._things = _things(tuple(things))
        self.sentences = _evidence(sentences)
        languages = [s.language for s in self.sentences]
        self.vectors: Vectors = model.vectors([s.text for s in self.sentences], languages)
        self._general: Vectors = model.vectors(
            [self._generalised(s.text, s.language) for s in self.sentences], languages
        )
        self._is_negated = [is_negated(s.key) for s in self.sentences]

    def similarities(self, phrases: Sequence[str]) -> Vectors:
        """One row a sentence, one column a phrase; names as they are or all the same, whichever is nearer."""
        import numpy as np

        languages = [language_of(phrase) for phrase in phrases]
        named = self.vectors @ self._model.vectors(phrases, languages).T
        general = [self._generalised(phrase, language) for phrase, language in zip(phrases, languages, strict=True)]
        nearer: Vectors = np.maximum(named, self._general @ self._model.vectors(general, languages).T)
        return nearer

    def matches(self, phrases: Sequence[str], weights: Weights) -> list[Match]:
        """One for each sentence, in order; empty without phrases."""
        if not phrases or not self.sentences:
            return []
        similarities: list[list[float]] = self.similarities(phrases).tolist()
        columns = [(self._words(phrase, weights), is_negated(folded(phrase))) for phrase in phrases]
        keywords = _keywords([tokens(phrase) for phrase in phrases])
        wanted = shared_traits(phrases)
        found: list[Match] = []
        for row, sentence in enumerate(self.sentences):
            signs = [
                (
                    similarity,
                    _overlap(words, sentence.words) if similarity >= _FAR else 0.0,
                    denies != self._is_negated[row],
                )
                for similarity, (words, denies) in zip(similarities[row], columns, strict=True)
            ]
            similarity, overlap, is_opposite = max(signs, key=lambda s: weights.of_phrase(*s))
            traits = agreement(wanted, sentence.text)
            share = _share_of(keywords, sentence.words)
            found.append(Match(sentence, similarity, overlap, is_opposite, traits, share - 1))
        return found

    def _generalised(self, text: str, language: str | None) -> str:
        """The text with every person and every product called the same."""
        thing = "product" if language == "en" else "mahsulot"
        if _CYRILLIC.search(text):
            thing = "маҳсулот" if language == "uz" else "товар"
        return self._things.sub(thing, _unnamed(text)) if self._things else _unnamed(text)

    def _words(self, phrase: str, weights: Weights) -> tuple[str, ...]:
        """The phrase's words, without people's names and, where they do not count, names of products."""
        text = _without_names(phrase)
        if self._things and not weights.counts_things:
            text = self._things.sub(" ", text)
        return tokens(text) or tokens(phrase)

    def names(self, phrase: str) -> bool:
        """Whether anybody says this thing's name, in any form and nearly any spelling."""
        words = tokens(phrase)
        return any(
            all(any(_sounds_like(word, other) for other in sentence.words) for word in words)
            for sentence in self.sentences
            if sentence.is_whole
        )


_NAMES = re.compile(r"(?<=[\w,«“\"] )[A-ZА-ЯЁЎҚҒҲ][\w‘’ʻ'`-]+(?: [A-ZА-ЯЁЎҚҒҲ][\w‘’ʻ'`-]+)*")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def _evidence(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Without those that talk to the judge, and without every piece of them."""
    refused: dict[int, list[str]] = {}
    for sentence in sentences:
        if is_addressed_to_the_judge(sentence.words):
            refused.setdefault(sentence.turn_number, []).append(sentence.text)
    return [
        s for s in sentences if not any(s.text in text or text in s.text for text in refused.get(s.turn_number, ()))
    ]


@cache
def _things(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Their names in any form that begins like them."""
    stems = sorted({re.escape(name.strip()) for name in names if len(name.strip()) >= 2}, key=lambda s: (-len(s), s))
    return re.compile(rf"\b(?:{'|'.join(stems)})\w*", re.IGNORECASE) if stems else None


def _unnamed(text: str) -> str:
    """Every person's name within a sentence becomes the same one: who it is does not change what is said."""
    return _NAMES.sub(lambda match: _replaced(match.group(), "Али" if _CYRILLIC.search(match.group()) else "Ali"), text)


def _without_names(text: str) -> str:
    return _NAMES.sub(lambda match: _replaced(match.group(), ""), text)


def _replaced(name: str, other: str) -> str:
    """Several capitalised words are rather a company or a model than a person."""
    return name if " " in name else other


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


def _share_of(keywords: tuple[str, ...], words: tuple[str, ...]) -> float:
    """1 when there are no keywords."""
    if not keywords:
        return 1.0
    return sum(any(_sounds_like(keyword, word) for word in words) for keyword in keywords) / len(keywords)


@lru_cache(maxsize=200_000)
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


@lru_cache(maxsize=200_000)
def _is_same(one: str, other: str) -> bool:
    """The same word in another form: Uzbek and Russian change the end."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < 4:
        # kod, kodni
        return len(shorter) == 3 and longer.startswith(shorter) and len(longer) <= 6
    stem = max(4, len(shorter) - (1 if len(shorter) < 7 else 2))
    return one[:stem] == other[:stem]


@lru_cache(maxsize=200_000)
def _sounds_like(one: str, other: str) -> bool:
    """For names, which recognisers misspell."""
    if _is_same(one, other):
        return True
    return min(len(one), len(other)) >= 5 and SequenceMatcher(None, one, other).ratio() >= 0.76
