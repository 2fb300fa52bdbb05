"""Small words that turn a sentence round, disqualify it, or promise something: lists from `data/cues.toml` as keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from shared.adapters.embedded.judging.data_files import data
from shared.domain.wording import folded


@dataclass(frozen=True)
class WordList:
    """Whole words and beginnings of words, compared as keys."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and (word in self.whole or word.startswith(self.beginnings))

    def count(self, words: tuple[str, ...]) -> int:
        return sum(word in self for word in words)


def word_list(text: str, *, are_beginnings: bool = False) -> WordList:
    """From words separated by space; one that ends in * is a beginning."""
    words = text.split()
    keys = [(folded(word.rstrip("*")), are_beginnings or word.endswith("*")) for word in words]
    return WordList(
        whole=frozenset(key for key, is_beginning in keys if not is_beginning),
        beginnings=tuple(sorted({key for key, is_beginning in keys if is_beginning and key})),
    )


@cache
def cue(section: str, name: str) -> WordList:
    """A list of `data/cues.toml`."""
    return word_list(data("cues")[section][name])


@cache
def _exempt() -> re.Pattern[str]:
    phrases = " ".join(data("cues")["negation"]["exempt"].split()).split("|")
    keys = [
        re.escape(folded(phrase.rstrip("*"))) + (r"\w*" if phrase.rstrip().endswith("*") else "") for phrase in phrases
    ]
    return re.compile(rf"\b(?:{'|'.join(keys)})\b")


@cache
def _uzbek_denial() -> re.Pattern[str]:
    return re.compile(data("cues")["negation"]["uzbek_verb"])


def is_negated(key: str) -> bool:
    """Whether a sentence, given as its key, denies or forbids something."""
    words = _exempt().sub(" ", key).split()
    negation = cue("negation", "words")
    return any(word in negation or _uzbek_denial().fullmatch(word) for word in words)


def is_addressed_to_the_judge(words: tuple[str, ...]) -> bool:
    """Whether it speaks of checklists, scores and instructions instead of to the other side."""
    return cue("meta", "words").count(tuple(set(words))) >= int(data("cues")["meta"]["needed"])
