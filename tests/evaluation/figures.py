"""Figures of agreement between what was expected and what a judge said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

Pairs = Sequence[tuple[Hashable, Hashable]]
"""(expected, given)."""


def agreement(pairs: Pairs) -> float:
    return sum(expected == given for expected, given in pairs) / len(pairs) if pairs else float("nan")


def kappa(pairs: Pairs) -> float:
    """Cohen's: agreement beyond what two raters with these habits would reach by chance."""
    if not pairs:
        return float("nan")
    expected, given = Counter(e for e, _ in pairs), Counter(g for _, g in pairs)
    chance = sum(expected[label] * given[label] for label in expected) / len(pairs) ** 2
    return 1.0 if chance == 1 else (agreement(pairs) - chance) / (1 - chance)


def f1(pairs: Pairs, label: Hashable) -> float:
    hits = sum(expected == given == label for expected, given in pairs)
    total = sum((expected == label) + (given == label) for expected, given in pairs)
    return 2 * hits / total if total else float("nan")


def macro_f1(pairs: Pairs) -> float:
    """Over the labels that are expected at all."""
    labels = sorted({str(expected) for expected, _ in pairs})
    return sum(f1(pairs, label) for label in labels) / len(labels) if labels else float("nan")
