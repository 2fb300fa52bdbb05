"""Small words that turn a sentence round, disqualify it, or promise something: lists from `data/cues.toml` as keys."""

from __future__ import annotations

import re
from functools import cache

from shared.adapters.embedded.judging.data_files import data
from shared.domain.wording import WordList, folded, word_list


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
