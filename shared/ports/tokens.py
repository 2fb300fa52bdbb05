"""Signed statements that leave the house and come back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol


class Tokens(Protocol):
    """What is in a token can be read by whoever holds it, and changed by nobody."""

    def issue(self, purpose: str, claims: Mapping[str, str], *, lifetime: timedelta) -> str: ...

    def read(self, purpose: str, token: str) -> Mapping[str, str]:
        """The claims as issued.

        Raises NotAuthenticated for a token that is not ours, was issued for another purpose, or is over.
        """
        ...
