"""What kind of sentence it is, whatever it is about: a question, a commitment, a day, an amount of money."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache

from shared.adapters.embedded.judging.cues import cue, is_negated
from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.dates import due_date
from shared.domain.wording import folded

_SHARE = 0.7
_ANY_DAY = date(2001, 1, 1)


class Trait(StrEnum):
    QUESTION = "question"
    COMMITMENT = "commitment"
    DAY = "day"
    AMOUNT = "amount"


@lru_cache(maxsize=20_000)
def traits_of(text: str) -> frozenset[Trait]:
    words = tuple(folded(text).split())
    found = set()
    if is_question(text, words):
        found.add(Trait.QUESTION)
    elif is_commitment(text, words):
        found.add(Trait.COMMITMENT)
    if due_date(text, _ANY_DAY):
        found.add(Trait.DAY)
    if cue("traits", "money").count(words) and (cue("traits", "numbers").count(words) or any(map(_has_digit, words))):
        found.add(Trait.AMOUNT)
    return frozenset(found)


def shared_traits(phrases: Sequence[str]) -> frozenset[Trait]:
    """Those that nearly all of the phrases have."""
    found = [traits_of(phrase) for phrase in phrases]
    return frozenset(t for t in Trait if found and sum(t in one for one in found) >= _SHARE * len(found))


def agreement(wanted: frozenset[Trait], text: str) -> float:
    """From -1, has none of the wanted traits, to 1, has all; 0 when none is wanted."""
    if not wanted:
        return 0.0
    return 2 * len(wanted & traits_of(text)) / len(wanted) - 1


def is_question(text: str, words: tuple[str, ...]) -> bool:
    """By its mark, or by a question word or ending where a recogniser wrote no marks at all."""
    if "?" in text:
        return True
    if re.search(r"[.!…]\s*$", text):
        return False
    return bool(cue("traits", "question").count(words)) or any(_UZBEK_QUESTION.fullmatch(word) for word in words)


def is_commitment(text: str, words: tuple[str, ...]) -> bool:
    """Somebody says that they, or somebody on their side, will do something."""
    if cue("promise", "reported").count(words) or is_negated(folded(text)):
        return False
    return is_first_person(text, words) or is_on_behalf(text, words)


def is_first_person(text: str, words: tuple[str, ...]) -> bool:
    return bool(
        cue("promise", "verbs").count(words)
        or cue("promise", "arranged").count(words)
        or _english("english").search(" ".join(words))
    )


def is_on_behalf(text: str, words: tuple[str, ...]) -> bool:
    """The technician comes, the money arrives: said by the company's side it is a promise when it names a day."""
    return bool(
        cue("promise", "others").count(words)
        or (cue("promise", "who_others").count(words) and _english("english_others").search(" ".join(words)))
    )


_UZBEK_QUESTION = re.compile(r"[a-z]{3,}(?:mi|misiz|mikan|mikin|misizlar|michi)")


@cache
def _english(name: str) -> re.Pattern[str]:
    phrases: Sequence[str] = data("cues")["promise"][name]
    return re.compile(rf"\b(?:{'|'.join(re.escape(folded(phrase)) for phrase in phrases)})\b")


def _has_digit(word: str) -> bool:
    return any(c.isdigit() for c in word)
