"""What each side said it would do, and by when."""

from __future__ import annotations

from datetime import date

from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.dates import due_date
from shared.adapters.embedded.judging.matching import Matcher
from shared.adapters.embedded.judging.sentences import Sentence
from shared.adapters.embedded.judging.traits import is_commitment, is_first_person, is_question
from shared.domain.analysis import Promise
from shared.domain.transcript import Speaker

_NEAR = 0.5
"""Similarity to an example from which a sentence without a date is a promise."""

_SOON_TURNS = 4


def promises(matcher: Matcher, spoken_on: date) -> tuple[Promise, ...]:
    """In the call's order. Of several that one side makes for one day, the fullest is kept."""
    near = matcher.similarities(data("cues")["promise"]["examples"]).max(axis=1, initial=0.0)
    found: dict[tuple[Speaker, date | None, int], tuple[int, Sentence]] = {}
    for i, sentence in enumerate(matcher.sentences):
        if not sentence.is_whole or not _is_promise(sentence):
            continue
        due = due_date(sentence.text, spoken_on)
        if due is None and (not is_first_person(sentence.text, sentence.words) or near[i] < _NEAR):
            continue
        key = (sentence.speaker, due, 0 if due else sentence.turn.index)
        if key not in found or len(sentence.words) > len(found[key][1].words):
            found[key] = (i, sentence)
    made = [(sentence, key[1]) for key, (_, sentence) in sorted(found.items(), key=lambda pair: pair[1][0])]
    return tuple(
        Promise(by=sentence.speaker, evidence=sentence.evidence, due=due)
        for sentence, due in made
        if due or not any(_completes(later, sentence) for later, day in made if day)
    )


def _completes(later: Sentence, sentence: Sentence) -> bool:
    """“We will send a technician” … “He comes on Thursday”: one promise, whose day is said soon after."""
    ahead = later.turn_number - sentence.turn_number
    return later.speaker is sentence.speaker and 0 <= ahead <= _SOON_TURNS


def _is_promise(sentence: Sentence) -> bool:
    """The customer promises only what they do themselves."""
    if is_question(sentence.text, sentence.words) or not is_commitment(sentence.text, sentence.words):
        return False
    return sentence.speaker is not Speaker.CUSTOMER or is_first_person(sentence.text, sentence.words)
