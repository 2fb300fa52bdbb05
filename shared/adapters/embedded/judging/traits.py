"""What kind of sentence it is, whatever it is about: a question, a commitment, a day, an amount, somebody's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from itertools import groupby

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
    NAME = "name"


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
    if names_a_person(text):
        found.add(Trait.NAME)
    return frozenset(found)


def shared_traits(phrases: Sequence[str]) -> frozenset[Trait]:
    """Those that nearly all of the phrases have."""
    found = [traits_of(phrase) for phrase in phrases]
    return frozenset(t for t in Trait if found and sum(t in one for one in found) >= _SHARE * len(found))


def agreement(wanted: frozenset[Trait], text: str) -> float:
    """From -1, has none of the wanted traits, to 1, has all; 0 when none is wanted."""
    if not wanted:
        return 0.0
    has = traits_of(text)
    if text == text.lower():  # written without capitals, as some recognisers do: it may name anybody
        has |= {Trait.NAME}
    return 2 * len(wanted & has) / len(wanted) - 1


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


def names_a_person(text: str) -> bool:
    """By capitals: one word alone within a sentence, or after a title; two together are rather a company."""
    is_start = True
    for clause, end in _CLAUSE.findall(text):
        words = clause.split()
        runs = [
            (first, [word for _, word in group])
            for is_capital, group in (
                (key, list(each)) for key, each in groupby(enumerate(words), key=lambda pair: pair[1][:1].isupper())
            )
            if is_capital
            for first in [group[0][0]]
        ]
        for first, run in runs:
            named = [word for word in run if folded(word) not in _titles()]
            if len(named) >= 3 or (len(named) == 1 and (len(run) > 1 or first > 0 or not is_start)):
                return True
        is_start = end in ".!?…"
    return False


_CLAUSE = re.compile(r"([^.,!?…;:—–]+)([.,!?…;:—–]?)")


@cache
def _titles() -> frozenset[str]:
    return frozenset(folded(data("cues")["traits"]["titles"]).split())


_UZBEK_QUESTION = re.compile(r"[a-z]{3,}(?:mi|misiz|mikan|mikin|misizlar|michi)")


@cache
def _english(name: str) -> re.Pattern[str]:
    phrases: Sequence[str] = data("cues")["promise"][name]
    return re.compile(rf"\b(?:{'|'.join(re.escape(folded(phrase)) for phrase in phrases)})\b")


def _has_digit(word: str) -> bool:
    return any(c.isdigit() for c in word)
