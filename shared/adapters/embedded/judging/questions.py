"""Asked of every call besides its checklist: did it end, are they content, will they buy, why, and what is next."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from shared.adapters.embedded.judging.choices import clearest
from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.matching import Match, Matcher
from shared.adapters.embedded.judging.sentences import Sentence
from shared.adapters.embedded.judging.traits import is_question
from shared.adapters.embedded.judging.weights import CHOICE
from shared.domain.analysis import Finding, Objection, Promise, QuestionAnswer, Remark, Verdict
from shared.domain.checklist import Choice, Question, QuestionKind
from shared.domain.transcript import Speaker

_May: TypeAlias = Callable[[Sentence], bool]
_SURE = 0.6
_CLOSING_TURNS = 3
_NUMBER = re.compile(r"\d+(?:[ \u00a0]\d{3})*(?:[.,]\d+)?")


def is_over(matcher: Matcher) -> Finding:
    """By the words of the last turns."""
    return _finding("over", matcher, lambda sentence: sentence.from_end < _CLOSING_TURNS)


def satisfied(matcher: Matcher) -> Finding:
    return _finding("satisfied", matcher, _is_the_customer_s_answer)


def agreed(matcher: Matcher) -> Finding:
    return _finding("agreed", matcher, _is_the_customer_s_answer)


def decision(matcher: Matcher, agrees: Finding) -> Remark | None:
    """Why the customer will buy, or will not; None where they have not decided."""
    if agrees.verdict not in (Verdict.YES, Verdict.NO):
        return None
    said = _best(matcher, data("questions")["decision"]["because"], _is_the_customer_s)
    return Remark(evidence=said.sentence.evidence) if said and said.probability(CHOICE) >= _SURE else None


def source(choices: Sequence[Choice], matcher: Matcher) -> str | None:
    return clearest(choices, matcher, lambda match: 0.0 if match.sentence.speaker is Speaker.OPERATOR else 1.0)


def topics(choices: Sequence[Choice], matcher: Matcher) -> tuple[str, ...]:
    return tuple(
        choice.id
        for choice in choices
        if any(match.probability(CHOICE) >= _SURE for match in matcher.matches(choice.phrases, CHOICE))
    )


def objections(choices: Sequence[Choice], matcher: Matcher) -> tuple[Objection, ...]:
    """Of each kind the clearest."""
    best = ((choice.id, _best(matcher, choice.phrases, _is_the_customer_s)) for choice in choices)
    return tuple(
        Objection(kind=kind, evidence=match.sentence.evidence)
        for kind, match in best
        if match is not None and match.probability(CHOICE) >= _SURE
    )


def next_step(promises: Sequence[Promise]) -> Remark | None:
    """What the operator said last that they will do; else the customer."""
    ours = [promise for promise in promises if promise.by is not Speaker.CUSTOMER]
    last = (ours or list(promises))[-1:]
    return Remark(evidence=last[0].evidence) if last else None


def answers(questions: Sequence[Question], matcher: Matcher) -> tuple[QuestionAnswer, ...]:
    return tuple(answer for question in questions if (answer := _answer(question, matcher)) is not None)


def _answer(question: Question, matcher: Matcher) -> QuestionAnswer | None:
    if question.kind is QuestionKind.CHOICE:
        chosen = clearest(question.choices, matcher, lambda match: 1.0)
        phrases = next((choice.phrases for choice in question.choices if choice.id == chosen), ())
        said = _best(matcher, phrases, lambda sentence: True)
        if chosen is None or said is None:
            return None
        return QuestionAnswer(question=question.id, value=chosen, evidence=said.sentence.evidence)
    said = _best(matcher, question.phrases or (question.title,), lambda sentence: True)
    if said is None:
        return None
    sentence, is_sure = said.sentence, said.probability(CHOICE) >= _SURE
    value: bool | float | str | None = None
    match question.kind:
        case QuestionKind.BOOLEAN if is_sure or said.is_opposite:
            value = not said.is_opposite
        case QuestionKind.NUMBER if is_sure and (found := _NUMBER.search(sentence.text)):
            value = float(re.sub(r"[ \u00a0]", "", found.group()).replace(",", "."))
        case QuestionKind.TEXT if is_sure:
            value = sentence.text
    return None if value is None else QuestionAnswer(question=question.id, value=value, evidence=sentence.evidence)


def _finding(name: str, matcher: Matcher, may: _May) -> Finding:
    """The likelier of yes and no, where one is likely enough."""
    yes, no = (_best(matcher, data("questions")[name][verdict], may) for verdict in ("yes", "no"))
    sides = [(m.probability(CHOICE), v, m) for v, m in ((Verdict.YES, yes), (Verdict.NO, no)) if m is not None]
    chance, verdict, match = max(sides, key=lambda side: side[0], default=(0.0, Verdict.UNCERTAIN, None))
    if match is None or chance < _SURE:
        return Finding(verdict=Verdict.UNCERTAIN, confidence=round(1 - chance, 3))
    return Finding(verdict=verdict, confidence=round(chance, 3), evidence=match.sentence.evidence)


def _best(matcher: Matcher, phrases: Sequence[str], may: _May) -> Match | None:
    """The match most likely to say what the phrases say; the later one of two alike."""
    found = [match for match in matcher.matches(phrases, CHOICE) if may(match.sentence)]
    return max(found, key=lambda m: (round(m.probability(CHOICE), 3), m.sentence.place), default=None)


def _is_the_customer_s(sentence: Sentence) -> bool:
    return sentence.speaker is not Speaker.OPERATOR


def _is_the_customer_s_answer(sentence: Sentence) -> bool:
    return _is_the_customer_s(sentence) and not is_question(sentence.text, sentence.words)
