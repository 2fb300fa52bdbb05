"""How much each sign counts in a match, as log-odds. Fitted on the `dev` and `samples` splits of tests/evaluation."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """A sentence says what a phrase says with log-odds `bias` + the signs times these."""

    bias: float
    similarity: float
    """Of meaning: cosine of the centred vectors, -1 to 1."""
    overlap: float
    """Share of the phrase's words that the sentence has, 0 to 1."""
    opposite: float
    """One denies and the other does not."""
    traits: float
    """Traits that the phrases share (question, commitment, day, amount): -1 has none of them, 1 has all."""
    keywords: float
    """Share of the words that all phrases share, minus one: -1 to 0."""
    counts_things: bool = True
    """Whether a product's name is among the words that overlap."""

    def of_phrase(self, similarity: float, overlap: float, is_opposite: bool) -> float:
        """The part that depends on which phrase it is."""
        return self.similarity * similarity + self.overlap * overlap + self.opposite * is_opposite

    def probability(self, of_phrase: float, traits: float, keywords: float, more: float) -> float:
        z = self.bias + of_phrase + self.traits * traits + self.keywords * keywords + more
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


ITEM = Weights(bias=-6.5, similarity=11.8, overlap=4.2, opposite=-3.9, traits=3.2, keywords=4.0)
CONDITION = Weights(bias=-8.0, similarity=13.0, overlap=7.5, opposite=-2.5, traits=0.3, keywords=2.0)
CHOICE = Weights(bias=-7.2, similarity=12.3, overlap=6.0, opposite=-2.2, traits=0.3, keywords=2.0, counts_things=False)

UNKNOWN_SPEAKER = -0.4
"""Added to the log-odds of an item where nobody knows whose sentence it is."""
