"""What each side said it would do, and by when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

from shared.adapters.embedded.judging.cues import cue, is_negated
from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.dates import due_date
from shared.adapters.embedded.judging.matching import Matcher
from shared.adapters.embedded.judging.sentences import Sentence
from shared.domain.analysis import Promise
from shared.domain.transcript import Speaker

_NEAR = 0.5
"""Similarity to an example from which a sentence without a date is a promise."""


def promises(matcher: Matcher, spoken_on: date) -> tuple[Promise, ...]:
    """In the call's order. Of several that one side makes for one day, the fullest is kept."""
    near = matcher.similarities(data("cues")["promise"]["examples"]).max(axis=1, initial=0.0)
    found: dict[tuple[Speaker, date | None, int], tuple[int, Sentence]] = {}
    for i, sentence in enumerate(matcher.sentences):
        if not sentence.is_whole or not _is_commitment(sentence):
            continue
        due = due_date(sentence.text, spoken_on)
        if due is None and (not _is_first_person(sentence) or near[i] < _NEAR):
            continue
        key = (sentence.speaker, due, 0 if due else sentence.turn.index)
        if key not in found or len(sentence.words) > len(found[key][1].words):
            found[key] = (i, sentence)
    return tuple(
        Promise(by=sentence.speaker, evidence=sentence.evidence, due=key[1])
        for key, (_, sentence) in sorted(found.items(), key=lambda pair: pair[1][0])
    )


def _is_commitment(sentence: Sentence) -> bool:
    words = sentence.words
    if sentence.text.rstrip().endswith("?") or cue("promise", "reported").count(words):
        return False
    if _is_first_person(sentence):
        return not is_negated(sentence.key)
    if sentence.speaker is Speaker.CUSTOMER:
        return False
    others = cue("promise", "others").count(words) or (
        _english("english_others").search(sentence.key) and cue("promise", "who_others").count(words)
    )
    return bool(others) and not is_negated(sentence.key)


def _is_first_person(sentence: Sentence) -> bool:
    words = sentence.words
    return bool(
        cue("promise", "verbs").count(words)
        or cue("promise", "arranged").count(words)
        or (sentence.language in ("en", None) and _english("english").search(sentence.key))
    )


@cache
def _english(name: str) -> re.Pattern[str]:
    from shared.domain.wording import folded

    phrases: Sequence[str] = data("cues")["promise"][name]
    return re.compile(rf"\b(?:{'|'.join(re.escape(folded(phrase)) for phrase in phrases)})\b")
