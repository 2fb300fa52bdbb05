"""An honest summary: what was said, quoted, in a frame of the reader's language. Nothing is added."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.matching import Matcher
from shared.adapters.embedded.judging.sentences import Sentence
from shared.domain.analysis import Promise
from shared.domain.language import language_of
from shared.domain.transcript import Speaker

_NEAR = 0.25
"""Similarity from which a sentence is a reason or an ending at all."""
_MIN_WORDS = 3
_REASON_BY, _REASON_TURNS = 0.5, 4
"""Why they call is said in the first half, or in the first turns of a short call."""
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def summary(
    matcher: Matcher,
    language: str,
    *,
    purpose: str | None,
    outcome: str | None,
    promises: Sequence[Promise],
) -> tuple[str, tuple[int, ...]]:
    """The text and the turns it rests on. `purpose` and `outcome` are titles of the company's own template."""
    frames: dict[str, str] = data("cues")["frames"]["uz" if language == "uz-Cyrl" else language]

    def framed(frame: str, *what: str) -> str:
        text = frames[frame]
        return (in_cyrillic(text) if language == "uz-Cyrl" else text).format(*what)

    reason = _nearest(matcher, "reason")
    ending = _nearest(matcher, "resolution", after=reason)
    parts: list[str] = []
    turns: list[int] = []
    if purpose:
        parts.append(framed("purpose", _titled(purpose, language)))
    if reason:
        parts.append(framed("reason", _quoted(reason.text, reason.language, language)))
        turns.append(reason.turn.index)
    elif not purpose:
        parts.append(framed("unclear"))
    if outcome:
        parts.append(framed("outcome", _titled(outcome, language)))
    if ending:
        parts.append(framed("ending", _quoted(ending.text, ending.language, language)))
        turns.append(ending.turn.index)
    dated = next((promise for promise in promises if promise.due), None)
    if dated and dated.due:
        quote = dated.evidence.quote
        if ending is None or quote not in ending.text:
            spoken = next((s.language for s in matcher.sentences if s.text == quote), None)
            parts.append(framed("promise", _quoted(quote, spoken, language)))
            turns.append(dated.evidence.turn)
        parts.append(framed("due", _written(dated.due)))
    return " ".join(parts), tuple(dict.fromkeys(turns))


def _nearest(matcher: Matcher, kind: str, after: Sentence | None = None) -> Sentence | None:
    examples: Sequence[str] = data("cues")["summary"][kind]
    near = matcher.similarities(examples).max(axis=1, initial=-1.0)
    best: tuple[float, Sentence] | None = None
    for sentence, similarity in zip(matcher.sentences, near, strict=True):
        if not sentence.is_whole or len(sentence.words) < _MIN_WORDS or sentence is after:
            continue
        if kind == "reason" and sentence.place > _REASON_BY and sentence.turn_number > _REASON_TURNS:
            continue
        value = float(similarity) + _fit(sentence, kind)
        if float(similarity) >= _NEAR and (best is None or value > best[0]):
            best = (value, sentence)
    return best[1] if best else None


def _fit(sentence: Sentence, kind: str) -> float:
    """Customers say early why they call; how it ended is said late, and is not a question."""
    if kind == "reason":
        return (0.2 if sentence.speaker is not Speaker.OPERATOR else 0.0) - 0.4 * sentence.place
    is_question = sentence.text.rstrip().endswith("?")
    return 0.5 * sentence.place - 0.3 * is_question + (0.1 if sentence.speaker is not Speaker.CUSTOMER else 0.0)


def _quoted(text: str, spoken: str | None, wanted: str) -> str:
    """The words as they were said, in the reader's script where they are Uzbek."""
    text = text.strip().rstrip(".,;:").replace("«", "“").replace("»", "”")
    if spoken == "uz" and wanted == "uz" and _CYRILLIC.search(text):
        return _in_latin(text)
    if spoken == "uz" and wanted == "uz-Cyrl":
        return in_cyrillic(text)
    return text


def _titled(title: str, wanted: str) -> str:
    """A title of the company's template: Uzbek unless it is plainly another language."""
    return in_cyrillic(title) if wanted == "uz-Cyrl" and language_of(title) not in ("ru", "en") else title


def in_cyrillic(text: str) -> str:
    import alifbo

    return re.sub(r"(?<=[а-яё])ʻ", "", str(alifbo.to_cyrillic(text).text))


def _in_latin(text: str) -> str:
    import alifbo

    return str(alifbo.to_old_latin(alifbo.from_cyrillic(text).text).text).replace("ʻ", "‘").replace("ʼ", "’")


def _written(day: date) -> str:
    return day.strftime("%d.%m.%Y")
