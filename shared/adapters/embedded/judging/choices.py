"""Which of a template's choices a call is about: purpose, outcome, products. None where it is not clear."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared.adapters.embedded.judging.matching import Match, Matcher
from shared.adapters.embedded.judging.traits import is_question
from shared.adapters.embedded.judging.weights import CHOICE
from shared.domain.checklist import Choice
from shared.domain.transcript import Speaker

_SURE = 0.5
_AHEAD = 0.05


def purpose(choices: Sequence[Choice], matcher: Matcher) -> str | None:
    """What the customer called for: their own words, early ones first."""

    def weight(match: Match) -> float:
        side = 0.5 if match.sentence.speaker is Speaker.OPERATOR else 1.0
        return side * (1.0 - 0.5 * match.sentence.place)

    return clearest(choices, matcher, weight)


def outcome(choices: Sequence[Choice], matcher: Matcher) -> str | None:
    """How it ended: what was said late."""

    def weight(match: Match) -> float:
        asked = 0.5 if is_question(match.sentence.text, match.sentence.words) else 1.0
        return asked * (0.6 + 0.4 * match.sentence.place if match.sentence.place >= 0.4 else 0.3)

    return clearest(choices, matcher, weight)


def products(choices: Sequence[Choice], matcher: Matcher) -> tuple[str, ...]:
    """Every product that somebody named."""
    return tuple(choice.id for choice in choices if any(matcher.names(phrase) for phrase in choice.phrases))


def clearest(choices: Sequence[Choice], matcher: Matcher, weight: Callable[[Match], float]) -> str | None:
    """The id of the likeliest, where it is likely, and likelier than the rest."""
    scores = sorted(
        (
            (max((weight(m) * m.probability(CHOICE) for m in matcher.matches(c.phrases, CHOICE)), default=0.0), c.id)
            for c in choices
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    if not scores or scores[0][0] < _SURE:
        return None
    if len(scores) > 1 and scores[0][0] - scores[1][0] < _AHEAD:
        return None
    return scores[0][1]
