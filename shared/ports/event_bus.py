"""Events between our own functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class EventBus(Protocol):
    """At least once, in any order, later. A subscriber that keeps failing sends the message to the dead letters."""

    def publish(
        self, topic: str, data: Mapping[str, object], *, attributes: Mapping[str, str], ordering_key: str = ""
    ) -> str:
        """The message's id, once the bus has it for sure. `data` is JSON. Raises DependencyUnavailable."""
        ...
