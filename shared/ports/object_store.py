"""Objects: one bucket of recordings or artifacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """`generation` is a new, larger number each time the object is written."""

    path: str
    generation: int
    size_bytes: int
    content_type: str
    updated_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


class ObjectStore(Protocol):
    """Paths are slash-separated, relative, without empty parts, `.` or `..` (ValueError otherwise).

    A finished write is announced as a finalised-object event wherever the bucket has a trigger; an unfinished
    one leaves nothing behind. All methods raise DependencyUnavailable when the store does not answer.
    """

    @property
    def bucket(self) -> str: ...

    def write(
        self,
        path: str,
        chunks: Iterable[bytes],
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
    ) -> ObjectStat:
        """Streams the chunks into the object and replaces what was there.

        With `if_absent` raises AlreadyExists when there is one, and of two racing writers one wins.
        """
        ...

    def stat(self, path: str) -> ObjectStat | None: ...

    def read(
        self, path: str, *, start: int = 0, end: int | None = None, generation: int | None = None
    ) -> Iterator[bytes]:
        """Bytes from `start` up to, not including, `end`, in chunks of at most 1 MiB.

        Raises NotFound (at the call, not at the first chunk) when there is no such object, or no longer at
        that generation.
        """
        ...

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """Objects whose path begins with `prefix`, in order of path."""
        ...

    def signed_link(self, path: str, *, expires_in: timedelta, download_name: str | None = None) -> str:
        """A URL that reads the object, with range requests, and needs no other credential."""
        ...

    def delete(self, path: str) -> None:
        """Deleting what is not there does nothing."""
        ...
