"""Messages that every delivery failed, kept until a person has them delivered again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`topic` is where it was published first; `handle` is for `done`, and good for some minutes."""

    handle: str
    topic: str
    data: Mapping[str, object]
    attributes: Mapping[str, str]


class DeadLetters(Protocol):
    """All methods raise DependencyUnavailable."""

    def take(self, limit: int) -> list[DeadLetter]:
        """Some of them, which nobody else is given for some minutes; none left: an empty list."""
        ...

    def done(self, letter: DeadLetter) -> None:
        """It is not given again."""
        ...
