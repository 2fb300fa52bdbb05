"""Time and randomness, so that tests can hold both still."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        ...


class Ids(Protocol):
    def new(self) -> str:
        """A random identifier of 26 lower-case letters and digits, never the same twice."""
        ...
