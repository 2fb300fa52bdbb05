"""A customer's credentials, unreadable wherever they are kept."""

from __future__ import annotations

from typing import Protocol


class SecretBox(Protocol):
    """`context` says whose secret it is and what for, such as `acme/pbx`: sealed for one, it opens for no other."""

    def seal(self, secret: str, *, context: str) -> str:
        """Printable ASCII, another each time. Raises DependencyUnavailable."""
        ...

    def open(self, sealed: str, *, context: str) -> str:
        """Raises SecretUnreadable (never ours, changed, of another context or another key), DependencyUnavailable."""
        ...
