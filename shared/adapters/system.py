"""The machine's own clock and randomness."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemIds:
    def new(self) -> str:
        """130 random bits: never the same twice."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(26))
