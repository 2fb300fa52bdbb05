"""Finds finished objects in a bucket's folder and announces each once, as Cloud Storage does.

What our own adapter wrote is complete the moment it appears. A file that a person drops may still be copied in:
it waits until its size and time of change have stood still for a while.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import structlog

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.embedded.sqlite_queue import SQLiteEventBus
from shared.domain.errors import DependencyUnavailable, NotFound
from shared.local.wire import object_resource

log = structlog.get_logger(__name__)

UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp")
"""How programs call a file that they will rename when it is complete."""
_UNREADABLE_PAUSE_S = 10.0


class BucketWatch:
    def __init__(
        self,
        store: FolderObjects,
        entry_point: str,
        bus: SQLiteEventBus,
        *,
        settle_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._entry_point = entry_point
        self._bus = bus
        self._settle_s = settle_s
        self._monotonic = monotonic
        self._announced: dict[str, tuple[int, int]] | None = None
        self._settles_at: dict[str, tuple[tuple[int, int], float]] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether some file is still being copied in."""
        return bool(self._settles_at)

    def scan(self) -> int:
        """Announces what is new; says how many."""
        if not self._store.folder.is_dir():
            return 0
        if self._announced is None:
            self._announced = self._bus.announced(self._store.bucket)
        new, seen = 0, set()
        for path, found in self._store.files():
            signature = (found.st_size, found.st_mtime_ns)
            if path.lower().endswith(UNFINISHED):
                continue
            seen.add(path)
            if self._announced.get(path) == signature:
                continue
            if self._is_complete(path, found, signature) and self._announce(path, signature):
                self._announced[path] = signature
                self._settles_at.pop(path, None)
                new += 1
        if gone := self._announced.keys() - seen:
            self._bus.forget_announced(self._store.bucket, gone)
            for path in gone:
                del self._announced[path]
        for path in self._settles_at.keys() - seen:
            del self._settles_at[path]
        return new

    def _is_complete(self, path: str, found: os.stat_result, signature: tuple[int, int]) -> bool:
        if self._store.written(path, found) is not None:
            return True
        if any(part.startswith(".") for part in path.split("/")):
            return False
        now = self._monotonic()
        known, settles_at = self._settles_at.get(path, (None, 0.0))
        if known != signature:
            self._settles_at[path] = (signature, now + self._settle_s)
            return False
        return now >= settles_at

    def _announce(self, path: str, signature: tuple[int, int]) -> bool:
        try:
            found = self._store.stat(path)
            if found is None:
                return False
            chunks = self._store.read(path, generation=found.generation)
            resource = object_resource(self._store.bucket, found, chunks)
        except NotFound:
            return False  # gone or replaced meanwhile: the next scan sees what there is
        except DependencyUnavailable as error:
            log.warning("object_unreadable", bucket=self._store.bucket, detail=str(error))
            self._settles_at[path] = (signature, self._monotonic() + _UNREADABLE_PAUSE_S)
            return False
        self._bus.announce(
            self._store.bucket, path, self._entry_point, resource, size_bytes=signature[0], mtime_ns=signature[1]
        )
        return True
