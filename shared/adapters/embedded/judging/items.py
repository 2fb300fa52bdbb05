"""The verdict on one checklist item, with the words that prove it."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.embedded.judging.data_files import data
from shared.adapters.embedded.judging.matching import Match, Matcher
from shared.adapters.embedded.judging.sentences import Sentence
from shared.adapters.embedded.judging.weights import CONDITION, ITEM, UNKNOWN_SPEAKER
from shared.domain.analysis import Answer, Verdict
from shared.domain.checklist import Item, Position
from shared.domain.transcript import Speaker

YES_FROM = 0.6
NO_BELOW = 0.35
APPLIES_FROM = 0.6
APPLIES_NOT_BELOW = 0.3
_NEAR = 0.5
_OUT_OF_PLACE = 0.5
_EDGE_TURNS = 4
_EDGE_SHARE = 0.25


def answer(item: Item, matcher: Matcher, language: str) -> Answer:
    """YES and NO only outside the band of doubt; NO shows the nearest thing that the item's side said."""
    matches = [m for m in matcher.matches(item.phrases or (item.text,), ITEM) if _may_count(m, item)]
    said = [(_chance(m, item), m) for m in matches]
    chance, best = max(said, key=lambda pair: pair[0], default=(0.0, None))
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
    if chance >= YES_FROM:
        return given(Verdict.YES, chance, "yes", best)
    if applies < APPLIES_FROM:
        return given(Verdict.UNCERTAIN, 0.5, "unclear_condition", best)
    if chance >= NO_BELOW:
        return given(Verdict.UNCERTAIN, 0.5, "uncertain", best)
    nearest = max(matches, key=lambda m: (m.similarity, m.sentence.is_whole))
    why = "negated" if nearest.is_opposite and nearest.similarity >= _NEAR else "no"
    return given(Verdict.NO, 1 - chance, why, nearest)


def _applies(item: Item, matcher: Matcher) -> float:
    if not item.applies_when:
        return 1.0
    return max((m.probability(CONDITION) for m in matcher.matches(item.applies_when, CONDITION)), default=0.0)


def _may_count(match: Match, item: Item) -> bool:
    return item.speaker is Speaker.UNKNOWN or match.sentence.speaker in (item.speaker, Speaker.UNKNOWN)


def _chance(match: Match, item: Item) -> float:
    """What was said in another part of the call than it belongs to is a doubt at most."""
    is_nobodys = match.sentence.speaker is Speaker.UNKNOWN and item.speaker is not Speaker.UNKNOWN
    chance = match.probability(ITEM, UNKNOWN_SPEAKER if is_nobodys else 0.0)
    return chance if _is_in_place(match.sentence, item.position) else min(chance, _OUT_OF_PLACE)


def _is_in_place(sentence: Sentence, position: Position) -> bool:
    match position:
        case Position.OPENING:
            return sentence.turn_number < _EDGE_TURNS or sentence.place <= _EDGE_SHARE
        case Position.CLOSING:
            return sentence.from_end < _EDGE_TURNS or sentence.place >= 1 - _EDGE_SHARE
        case Position.ANYWHERE:
            return True


def _in_script(text: str, language: str) -> str:
    from shared.adapters.embedded.judging.summary import in_cyrillic

    return in_cyrillic(text) if language == "uz-Cyrl" else text


def answers(items: Sequence[Item], matcher: Matcher, language: str) -> tuple[Answer, ...]:
    return tuple(answer(item, matcher, language) for item in items)
