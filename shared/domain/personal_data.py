"""Where a transcript names somebody: numbers, cards, papers, addresses. Found by their shape, in digits or in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache

from pydantic import BaseModel, ConfigDict

from shared.domain.transcript import Turn
from shared.domain.wording import WordList, folded, word_list


class PersonalKind(StrEnum):
    PHONE = "phone"
    CARD = "card"
    IDENTITY = "identity"
    """A passport's number, or a PINFL of fourteen digits."""
    EMAIL = "email"
    NUMBER = "number"
    """Said in words, digit by digit or in pairs: whose or what it is, only who listens knows."""
    NAME = "name"
    ADDRESS = "address"


class PersonalSpan(BaseModel):
    """Characters `[start, end)` of a turn's text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turn: int
    start: int
    end: int
    kind: PersonalKind


_SHAPES = (
    (PersonalKind.EMAIL, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (PersonalKind.CARD, re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){3}(?!\d)")),
    (PersonalKind.IDENTITY, re.compile(r"\b[A-Za-zА-Яа-я]{2}[ -]?\d{7}\b|(?<!\d)\d{14}(?!\d)")),
    (PersonalKind.PHONE, re.compile(r"(?<!\d)\+?(?:998[ -]?)?\(?\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)")),
)
_WORD = re.compile(r"[^\W_]+(?:[‘’ʻʼ'`][^\W_]+)*")
_SPOKEN = 4
"""So many numerals after one another are a number that is read out; a price or a day has fewer."""


def personal_spans(turns: Iterable[Turn]) -> tuple[PersonalSpan, ...]:
    """In order, none over another."""
    return tuple(span for turn in turns for span in _apart(_found(turn)))


def masked(text: str, spans: Iterable[PersonalSpan]) -> str:
    """The text with each of its spans as long, and unreadable."""
    letters = list(text)
    for span in spans:
        for at in range(max(0, span.start), min(span.end, len(letters))):
            letters[at] = letters[at] if letters[at].isspace() else "•"
    return "".join(letters)


def together(*several: Iterable[PersonalSpan]) -> tuple[PersonalSpan, ...]:
    """All of them in order; of two that overlap, the earlier and longer one."""
    spans = [span for some in several for span in some]
    return tuple(_apart(sorted(spans, key=lambda span: (span.turn, span.start, -span.end))))


def _found(turn: Turn) -> list[PersonalSpan]:
    shaped = [
        PersonalSpan(turn=turn.index, start=match.start(), end=match.end(), kind=kind)
        for kind, shape in _SHAPES
        for match in shape.finditer(turn.text)
    ]
    spoken = [
        PersonalSpan(turn=turn.index, start=start, end=end, kind=PersonalKind.NUMBER)
        for start, end in _read_out(turn.text)
    ]
    return sorted(shaped + spoken, key=lambda span: (span.turn, span.start, -span.end))


def _apart(spans: Iterable[PersonalSpan]) -> Iterator[PersonalSpan]:
    last: PersonalSpan | None = None
    for span in spans:
        if last is None or span.turn != last.turn or span.start >= last.end:
            yield span
            last = span


def _read_out(text: str) -> Iterator[tuple[int, int]]:
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        if folded(word.group()) in _numerals():
            run.append(word)
            continue
        if len(run) >= _SPOKEN:
            yield run[0].start(), run[-1].end()
        run = []
    if len(run) >= _SPOKEN:
        yield run[0].start(), run[-1].end()


@cache
def _numerals() -> WordList:
    return word_list(
        """nol bir ikki uch to‘rt besh olti yetti sakkiz to‘qqiz o‘n yigirma o‘ttiz qirq ellik oltmish yetmish sakson
        to‘qson yuz ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать
        четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят
        шестьдесят семьдесят восемьдесят девяносто сто двести триста четыреста пятьсот шестьсот семьсот восемьсот
        девятьсот zero one two three four five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty
        ninety hundred double"""
    )
