"""Passwords: kept as slow hashes."""

from __future__ import annotations

from typing import Protocol


class Passwords(Protocol):
    def hash(self, password: str) -> str:
        """A salted hash with its own parameters in it; another one each time."""
        ...

    def is_right(self, password: str, password_hash: str | None) -> bool:
        """Without a hash (nobody of that name) it is False after the same work, so that time tells nothing."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """True when the hash was made with weaker parameters than today's."""
        ...
