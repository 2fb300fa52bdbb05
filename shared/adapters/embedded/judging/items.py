"""The verdict on one checklist item, with the words that prove it."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.matching import Match, Matcher
from shared.domain.analysis import Answer, Verdict
from shared.domain.checklist import Item, Position
from shared.domain.transcript import Speaker

YES_FROM = 0.6
NO_BELOW = 0.35
APPLIES_FROM = 0.6
APPLIES_NOT_BELOW = 0.3
_UNKNOWN_SPEAKER = 0.85
_OUT_OF_PLACE = 0.55
_EDGE_TURNS = 4
_EDGE_SHARE = 0.25


def answer(item: Item, matcher: Matcher, language: str) -> Answer:
    """YES and NO only outside the band of doubt; NO shows the nearest thing that the item's side said."""
    said = [_placed(match, item) for match in matcher.matches(item.phrases or (item.text,)) if _may_count(match, item)]
    best = max(said, key=lambda m: m.probability, default=None)
    applies = _applies(item, matcher)
    frames: dict[str, str] = data("cues")["explanations"]["uz" if language == "uz-Cyrl" else language]

    def given(verdict: Verdict, confidence: float, why: str, match: Match | None) -> Answer:
        if match is not None and match.sentence.speaker is Speaker.UNKNOWN:
            confidence *= 0.7
        text = frames[why]
        return Answer(
            item=item.id,
            verdict=verdict,
            confidence=round(max(0.0, min(1.0, confidence)), 3),
            evidence=match.sentence.evidence if match else None,
            explanation=_in_script(text, language),
        )

    if applies < APPLIES_NOT_BELOW:
        return given(Verdict.NOT_APPLICABLE, 1 - applies, "not_applicable", None)
    if best is None:
        verdict = Verdict.NO if applies >= APPLIES_FROM else Verdict.UNCERTAIN
        return given(verdict, 0.5, "nothing", None)
    if best.probability >= YES_FROM:
        return given(Verdict.YES, best.probability, "yes", best)
    if applies < APPLIES_FROM:
        return given(Verdict.UNCERTAIN, 0.5, "unclear_condition", best)
    if best.probability >= NO_BELOW:
        return given(Verdict.UNCERTAIN, 0.5, "uncertain", best)
    nearest = max(said, key=lambda m: (m.similarity, m.sentence.is_whole))
    why = "negated" if best.is_opposite and best.similarity >= 0.5 else "no"
    return given(Verdict.NO, 1 - best.probability, why, nearest)


def _applies(item: Item, matcher: Matcher) -> float:
    if not item.applies_when:
        return 1.0
    return max((match.probability for match in matcher.matches(item.applies_when)), default=0.0)


def _may_count(match: Match, item: Item) -> bool:
    return item.speaker is Speaker.UNKNOWN or match.sentence.speaker in (item.speaker, Speaker.UNKNOWN)


def _placed(match: Match, item: Item) -> Match:
    sentence = match.sentence
    weight = _UNKNOWN_SPEAKER if sentence.speaker is Speaker.UNKNOWN and item.speaker is not Speaker.UNKNOWN else 1.0
    match item.position:
        case Position.OPENING:
            in_place = sentence.turn_number < _EDGE_TURNS or sentence.place <= _EDGE_SHARE
        case Position.CLOSING:
            in_place = sentence.from_end < _EDGE_TURNS or sentence.place >= 1 - _EDGE_SHARE
        case Position.ANYWHERE:
            in_place = True
    return match.weighted(weight * (1.0 if in_place else _OUT_OF_PLACE))


def _in_script(text: str, language: str) -> str:
    from shared.adapters.embedded.judging.summary import in_cyrillic

    return in_cyrillic(text) if language == "uz-Cyrl" else text


def answers(items: Sequence[Item], matcher: Matcher, language: str) -> tuple[Answer, ...]:
    return tuple(answer(item, matcher, language) for item in items)
