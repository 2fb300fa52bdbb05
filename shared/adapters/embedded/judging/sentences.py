"""A transcript cut into the pieces that can be evidence: exact substrings of a turn, with their place in the call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from shared.domain.analysis import Evidence
from shared.domain.language import language_of
from shared.domain.transcript import Speaker, Turn
from shared.domain.wording import folded

_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_COMMA = re.compile(r"(?<=[,;:])\s+|\s+[—–-]\s+")
_WORD = re.compile(r"\S+")
_LONG_WORDS = 5
"""A sentence of more words says several things; its clauses are judged too."""
_CUT_WORDS = 24
"""Speech without punctuation is cut into pieces of this many words."""
_RUN_WORDS = 11
_WINDOW_WORDS = 6
"""A sentence of more than the former without a comma is rather several without marks: windows of it are judged."""
_SHORT_WORDS = 9
"""Two neighbouring sentences this short are judged together too: “Nihol Texnika. Assalomu alaykum.”"""


@dataclass(frozen=True)
class Sentence:
    """A piece of one turn. `is_whole` is False for the overlapping pieces (clauses, pairs) beside the sentences."""

    turn: Turn
    text: str
    is_whole: bool
    turn_number: int
    """Turns before its turn."""
    place: float
    """Where in the call its turn stands, 0 to 1, by turns."""
    from_end: int
    """How many turns follow its turn."""

    @property
    def speaker(self) -> Speaker:
        return self.turn.speaker

    @cached_property
    def key(self) -> str:
        return folded(self.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(self.key.split())

    @cached_property
    def language(self) -> str | None:
        return language_of(self.text) or language_of(self.turn.text) or self.turn.language

    @property
    def evidence(self) -> Evidence:
        """A turn's times are the sentence's: where in a turn a word is, is only known where words have times."""
        start_ms, end_ms = self.turn.start_ms, self.turn.end_ms
        return Evidence(
            turn=self.turn.index, quote=self.text, speaker=self.turn.speaker, start_ms=start_ms, end_ms=end_ms
        )


def sentences_of(turns: Sequence[Turn]) -> list[Sentence]:
    """Every sentence, then clause and pair of it, in the call's order; pieces without a letter are left out."""
    found: list[Sentence] = []
    last = max(len(turns) - 1, 1)
    for i, turn in enumerate(turns):
        for text, is_whole in _pieces(turn.text):
            sentence = Sentence(
                turn=turn, text=text, is_whole=is_whole, turn_number=i, place=i / last, from_end=len(turns) - 1 - i
            )
            if sentence.words:
                found.append(sentence)
    return found


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    spans = [cut for start, end in _split(text, 0, len(text), _END) for cut in _cut(text, start, end)]
    for i, (start, end) in enumerate(spans):
        yield text[start:end], True
        words = _count(text[start:end])
        if words > _LONG_WORDS:
            clauses = _split(text, start, end, _COMMA)
            if len(clauses) > 1:
                yield from ((text[a:b], False) for a, b in clauses if _count(text[a:b]) >= 2)
            elif words > _RUN_WORDS:
                yield from ((text[a:b], False) for a, b in _windows(text, start, end))
        elif i + 1 < len(spans) and _count(text[slice(*spans[i + 1])]) <= _SHORT_WORDS:
            yield text[start : spans[i + 1][1]], False


def _windows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    for i in range(0, len(words) - _WINDOW_WORDS // 2, _WINDOW_WORDS // 2):
        part = words[i : i + _WINDOW_WORDS]
        yield part[0][0], part[-1][1]


def _split(text: str, start: int, end: int, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = start
    for match in separator.finditer(text, start, end):
        spans.append((at, match.start()))
        at = match.end()
    spans.append((at, end))
    return [_trimmed(text, a, b) for a, b in spans if text[a:b].strip()]


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    if len(words) <= _CUT_WORDS + _SHORT_WORDS:
        yield start, end
        return
    for i in range(0, len(words), _CUT_WORDS):
        part = words[i : i + _CUT_WORDS]
        yield part[0][0], part[-1][1]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def _count(text: str) -> int:
    return len(text.split())
