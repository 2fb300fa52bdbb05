"""Objects in one bucket of Cloud Storage, or of a stand-in for it where STORAGE_EMULATOR_HOST says so.

What Google's client tries again by itself is safe to try again: reads are of one generation, an upload in parts is one
session that is finished once, a whole upload replaces what is there with the same bytes, and a deletion names the
generation it means.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from shared.adapters.content_disposition import attachment
from shared.adapters.gcp.errors import translated
from shared.adapters.object_paths import checked_path, checked_range
from shared.domain.errors import AlreadyExists, DependencyUnavailable, NotFound, PreconditionFailed
from shared.ports.object_store import ObjectStat

if TYPE_CHECKING:
    from google.cloud.storage import Bucket, Client

    from shared.adapters.gcp.link_signer import LinkSigner

_MIB = 1024 * 1024
_PART_BYTES = 8 * _MIB
"""The most of an object that is held in memory. Up to here an upload is one request, and so is a read."""
_CHUNK_BYTES = _MIB
_ANSWER_S = (5.0, 60.0)
"""How long to wait for a connection and for an answer."""
_RETRY_S = 60.0
_LONGEST_LINK = timedelta(days=7)
_FIELDS = "name,generation,size,contentType,updated,metadata,crc32c"


class StorageObjects:
    """`ObjectStore`. Without a `signer` links are plain, and open only what anybody may read: a stand-in's bucket."""

    def __init__(self, bucket: str, *, project: str | None = None, signer: LinkSigner | None = None) -> None:
        self._name = bucket
        self._project = project
        self._signer = signer
        self._lock = threading.Lock()
        self._built: Client | None = None
        self._pid = 0

    @property
    def bucket(self) -> str:
        return self._name

    def write(
        self,
        path: str,
        chunks: Iterable[bytes],
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
    ) -> ObjectStat:
        blob: Any = self._bucket().blob(checked_path(path), chunk_size=_PART_BYTES)
        blob.metadata = dict(metadata or {})
        body = _Body(chunks)
        is_small = body.fill(_PART_BYTES + 1) <= _PART_BYTES
        if if_absent and not is_small and self.stat(path) is not None:
            raise AlreadyExists(f"{self._name} already has that object")  # before all of it is sent for nothing
        try:
            with translated(f"writing to {self._name}"):
                blob.upload_from_file(
                    body,
                    size=body.filled if is_small else None,  # of unknown size it goes in parts
                    content_type=content_type,
                    checksum="crc32c",
                    if_generation_match=0 if if_absent else None,
                    timeout=_ANSWER_S,
                    retry=_retry(),
                )
        except PreconditionFailed as error:
            raise AlreadyExists(f"{self._name} already has that object") from error
        except NotFound as error:
            raise DependencyUnavailable(f"there is no bucket {self._name}") from error
        except ValueError as error:
            if error is body.broke_by or is_small:
                raise
            # Google kept less of a part than was sent, which its client does not expect.
            raise DependencyUnavailable(f"writing to {self._name}: a part was lost") from error
        return _stat(blob)

    def stat(self, path: str) -> ObjectStat | None:
        blob = self._blob(path)
        return None if blob is None else _stat(blob)

    def read(
        self, path: str, *, start: int = 0, end: int | None = None, generation: int | None = None
    ) -> Iterator[bytes]:
        checked_range(start, end)
        blob = self._blob(path)
        if blob is None or generation not in (None, blob.generation):
            raise NotFound(f"{self._name} has no such object at that generation")
        stop = blob.size if end is None else min(end, blob.size)
        return self._chunks(path, blob.generation, start, stop, blob.crc32c if stop - start == blob.size else None)

    def _chunks(self, path: str, generation: int, start: int, stop: int, crc32c: str | None) -> Iterator[bytes]:
        """Of that generation alone, whatever is written meanwhile; `crc32c` is that of the bytes, where known."""
        import google_crc32c

        blob: Any = self._bucket().blob(path, generation=generation)
        checksum = cast("Any", google_crc32c).Checksum()
        while start < stop:
            last = min(start + _PART_BYTES, stop) - 1
            with translated(f"reading from {self._name}"):
                part: bytes = blob.download_as_bytes(
                    start=start, end=last, raw_download=True, checksum=None, timeout=_ANSWER_S, retry=_retry()
                )
            if len(part) != last + 1 - start:
                raise DependencyUnavailable(f"reading from {self._name}: other bytes came than were asked for")
            checksum.update(part)
            start = last + 1
            if start == stop and crc32c is not None and base64.b64decode(crc32c) != checksum.digest():
                raise DependencyUnavailable(f"reading from {self._name}: the bytes came damaged")
            for at in range(0, len(part), _CHUNK_BYTES):
                yield part[at : at + _CHUNK_BYTES]

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        client: Any = self._client()
        try:
            with translated(f"listing {self._name}"):
                for blob in client.list_blobs(
                    self._name,
                    prefix=prefix,
                    fields=f"items({_FIELDS}),nextPageToken",
                    timeout=_ANSWER_S,
                    retry=_retry(),
                ):
                    if _is_ours(blob.name):
                        yield _stat(blob)
        except NotFound as error:
            raise DependencyUnavailable(f"there is no bucket {self._name}") from error

    def signed_link(self, path: str, *, expires_in: timedelta, download_name: str | None = None) -> str:
        checked_path(path)
        if not timedelta(0) < expires_in <= _LONGEST_LINK:
            raise ValueError("a link opens for more than no time and at most seven days")
        disposition = None if download_name is None else attachment(download_name)
        if self._signer is None:
            return self._plain_link(path)
        blob: Any = self._bucket().blob(path)
        with translated(f"signing a link into {self._name}"):
            return cast(
                "str",
                blob.generate_signed_url(
                    version="v4",
                    expiration=expires_in,
                    method="GET",
                    response_disposition=disposition,
                    credentials=self._signer.credentials(),
                ),
            )

    def delete(self, path: str) -> None:
        blob = self._blob(path)
        if blob is None:
            return
        try:
            with translated(f"deleting from {self._name}"):
                blob.delete(if_generation_match=blob.generation, timeout=_ANSWER_S, retry=_retry())
        except (NotFound, PreconditionFailed):
            return  # it is gone: by another, by ourselves when the answer was lost, or replaced by a newer one

    def close(self) -> None:
        with self._lock:
            built, self._built = self._built, None
        if built is not None:
            cast("Any", built).close()

    def _plain_link(self, path: str) -> str:
        endpoint: str = cast("Any", self._client()).api_endpoint
        return f"{endpoint}/download/storage/v1/b/{self._name}/o/{quote(path, safe='')}?alt=media"

    def _blob(self, path: str) -> Any:
        """With what is known of it, or None."""
        blob: Any = self._bucket().blob(checked_path(path))
        try:
            with translated(f"looking into {self._name}"):
                blob.reload(timeout=_ANSWER_S, retry=_retry())
        except NotFound:
            return None
        return blob

    def _bucket(self) -> Bucket:
        return cast("Any", self._client()).bucket(self._name)

    def _client(self) -> Client:
        """Made on first use in this process: connections do not survive gunicorn's fork."""
        with self._lock:
            if self._built is None or self._pid != os.getpid():
                from google.cloud import storage

                with translated("Cloud Storage"):
                    self._built = storage.Client(project=self._project)
                self._pid = os.getpid()
            return self._built


class _Body:
    """A file for Google's client: reads the chunks as they come, and only goes forward.

    Parts that were lost on the way are sent again by the client, which holds the last one.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = bytearray()
        self._at = 0
        self.broke_by: BaseException | None = None

    @property
    def filled(self) -> int:
        return len(self._held)

    def fill(self, wanted: int) -> int:
        """Holds at least `wanted` bytes, or all that are left; says how many."""
        try:
            while len(self._held) < wanted and (chunk := next(self._chunks, None)) is not None:
                self._held += chunk
        except BaseException as error:
            self.broke_by = error
            raise
        return len(self._held)

    def read(self, size: int) -> bytes:
        taken = bytes(self._held[:size]) if self.fill(size) >= size else bytes(self._held)
        del self._held[: len(taken)]
        self._at += len(taken)
        return taken

    def tell(self) -> int:
        return self._at


def _stat(blob: Any) -> ObjectStat:
    return ObjectStat(
        path=blob.name,
        generation=blob.generation,
        size_bytes=blob.size,
        content_type=blob.content_type or "application/octet-stream",
        updated_at=cast("datetime", blob.updated),
        metadata=dict(blob.metadata or {}),
    )


def _is_ours(path: str) -> bool:
    """False for what the port cannot name: a folder's placeholder, `a//b`."""
    try:
        checked_path(path)
    except ValueError:
        return False
    return True


def _retry() -> Any:
    from google.cloud.storage.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(_RETRY_S)
