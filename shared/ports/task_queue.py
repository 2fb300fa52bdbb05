"""Tasks: an HTTP request to one of our entry points, at a time, at a queue's rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Task:
    """`name` (letters, digits, - and _, at most 500) makes it one of its kind: a second of that name in that queue

    is dropped, also for some time after the first is done. `body` is JSON and small: identifiers, not content.
    """

    queue: str
    entry_point: str
    body: Mapping[str, object]
    name: str | None = None
    schedule_at: datetime | None = None


class TaskQueue(Protocol):
    def enqueue(self, task: Task) -> bool:
        """True when it was taken, False when one of that name was there before.

        The entry point is called at least once, not before `schedule_at`, again with growing pauses until it
        answers 2xx. Raises DependencyUnavailable.
        """
        ...
