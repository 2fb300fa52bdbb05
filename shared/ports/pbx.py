"""A company's exchange: what was called, what was recorded, who has which extension.

To add one: implement `PBX` in `shared/adapters/pbx/<name>.py`, name it in `AnyWorld.pbx` and in `PBXKind`, and write a
stub in `shared/local` that speaks its wire format and misbehaves as it does, for the tests of `tests/adapters/pbx`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from shared.domain.pbx import PBXCall, PBXOperator


class SessionKeeper(Protocol):
    """Where an account's one session is, for every worker."""

    def get(self) -> str | None: ...
    def put(self, session: str) -> None: ...


class PBX(Protocol):
    """All methods raise DependencyUnavailable or RateLimited (try later), NotAuthenticated (the key is refused),

    NotPermitted (the account is closed) and InvalidInput (there is no such account).
    """

    def calls(self, since: datetime, until: datetime) -> list[PBXCall]:
        """Calls that began in `[since, until)`, each once, oldest first. A call that goes on may be missing."""
        ...

    def recording(self, call: str) -> Iterator[bytes]:
        """The recording's bytes as they come. Raises NotFound when there is none, or none yet."""
        ...

    def operators(self) -> list[PBXOperator]:
        """By extension."""
        ...

    def close(self) -> None: ...
