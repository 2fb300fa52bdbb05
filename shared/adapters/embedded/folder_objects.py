"""Objects as files in a folder, where a person can look at them and drop recordings in.

`<root>/<bucket>/` holds the objects and nothing else. Beside it `<root>/.objects/<bucket>/` holds unfinished
writes and, for each path, a record of generation, content type and metadata. A record belongs to a file by the
file's size and time of change: a file that somebody dropped or overwrote has none and is given one when it is
first looked at. Safe against `kill -9` at any moment; against power loss only as far as the file system is.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import mimetypes
import os
import secrets
import stat as stat_modes
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.adapters.embedded.object_links import object_link
from shared.adapters.object_paths import checked_path, checked_range
from shared.adapters.system import SystemClock
from shared.domain.errors import AlreadyExists, DependencyUnavailable, NotFound
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectStat

CHUNK_BYTES = 1024 * 1024
_ABANDONED_S = 24 * 3600
_AUDIO_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".oga": "audio/ogg",
}


@dataclass(frozen=True, slots=True)
class _Record:
    """What is known of the file of that size and time of change. `is_dropped`: we did not write it ourselves."""

    size_bytes: int
    mtime_ns: int
    generation: int
    content_type: str
    metadata: Mapping[str, str]
    is_dropped: bool

    def is_of(self, found: os.stat_result) -> bool:
        return (self.size_bytes, self.mtime_ns) == (found.st_size, found.st_mtime_ns)


class FolderObjects:
    def __init__(
        self, root: Path, bucket: str, link_base_url: str, link_key: bytes, *, clock: Clock | None = None
    ) -> None:
        self._bucket = bucket
        self._visible = Path(os.path.realpath(root)) / bucket
        self._hidden = Path(os.path.realpath(root)) / ".objects" / bucket
        self._link_base_url = link_base_url
        self._link_key = link_key
        self._clock = clock or SystemClock()

    @property
    def bucket(self) -> str:
        return self._bucket

    @property
    def folder(self) -> Path:
        """Where a person finds the objects."""
        return self._visible

    def write(
        self,
        path: str,
        chunks: Iterable[bytes],
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
    ) -> ObjectStat:
        target = self._file(path)
        if if_absent and self._lstat(target) is not None:
            raise AlreadyExists(f"{self._bucket} already has that object")
        with _translated():
            unfinished = self._unfinished()
            try:
                with open(unfinished, "wb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                return self._publish(unfinished, target, path, content_type, metadata or {}, if_absent)
            finally:
                unfinished.unlink(missing_ok=True)

    def _publish(
        self, unfinished: Path, target: Path, path: str, content_type: str, metadata: Mapping[str, str], if_absent: bool
    ) -> ObjectStat:
        self._make_folder(target.parent)
        with self._locked() as next_generation:
            generation = next_generation()
            # the time of change is unique in the bucket, so it tells our file from any that came before
            os.utime(unfinished, ns=(generation * 1000, generation * 1000))
            found = os.stat(unfinished)
            record = _Record(found.st_size, found.st_mtime_ns, generation, content_type, dict(metadata), False)
            before = self._lstat(target)
            kept = [each for each in self._records(path) if before is not None and each.is_of(before)]
            # Both records stand before the rename: whichever file a crash leaves, it has its own.
            self._save_records(path, [record, *kept])
            try:
                if if_absent:
                    os.link(unfinished, target)
                else:
                    os.replace(unfinished, target)
            except FileExistsError as error:
                self._save_records(path, kept)
                raise AlreadyExists(f"{self._bucket} already has that object") from error
            except (IsADirectoryError, NotADirectoryError) as error:
                raise ValueError(f"{path}: a folder cannot hold an object whose path begins with another's") from error
        return _stat(path, record)

    def stat(self, path: str) -> ObjectStat | None:
        file = self._file(path)
        with _translated():
            found = self._lstat(file)
            return None if found is None else self._known(path, file, found)

    def written(self, path: str, found: os.stat_result) -> ObjectStat | None:
        """What is known of a file that this store wrote itself and that is therefore complete; else None."""
        with _translated():
            record = self._record(path, found)
        return None if record is None or record.is_dropped else _stat(path, record)

    def read(
        self, path: str, *, start: int = 0, end: int | None = None, generation: int | None = None
    ) -> Iterator[bytes]:
        checked_range(start, end)
        file = self._file(path)
        with _translated():
            try:
                descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise NotFound(f"{self._bucket} has no such object") from error
            except OSError as error:
                if error.errno == errno.ELOOP:
                    raise NotFound(f"{self._bucket} has no such object") from error
                raise
            chunks = _Chunks(descriptor, start, end)
            found = os.fstat(descriptor)
            known = self._known(path, file, found) if stat_modes.S_ISREG(found.st_mode) else None
        if known is None or generation not in (None, known.generation):
            chunks.close()
            raise NotFound(f"{self._bucket} has no such object at that generation")
        return chunks

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        with _translated():
            for path, found in self.files(prefix):
                known = self._known(path, self._visible / path, found)
                if known is not None:
                    yield known

    def files(self, prefix: str = "") -> Iterator[tuple[str, os.stat_result]]:
        """Every visible file whose path begins with `prefix`, in order of path; nothing is looked up or recorded."""
        folder = prefix.rpartition("/")[0]
        if folder:
            self._file(f"{folder}/any")
        yield from _walk(self._visible / folder, f"{folder}/" if folder else "", prefix)

    def signed_link(self, path: str, *, expires_in: timedelta, download_name: str | None = None) -> str:
        return object_link(
            self._link_base_url,
            self._link_key,
            bucket=self._bucket,
            path=checked_path(path),
            expires=int((self._clock.now() + expires_in).timestamp()),
            download_name=download_name,
        )

    def delete(self, path: str) -> None:
        file = self._file(path)
        with _translated(), self._locked():
            if self._lstat(file) is None:
                return
            file.unlink(missing_ok=True)
            self._records_file(path).unlink(missing_ok=True)

    # -- files --------------------------------------------------------------------------------------------

    def _file(self, path: str) -> Path:
        file = self._visible / checked_path(path)
        if os.path.realpath(file.parent) != str(file.parent):
            raise ValueError(f"{path}: the folder is a link to elsewhere")
        return file

    def _lstat(self, file: Path) -> os.stat_result | None:
        with _translated():
            try:
                found = os.lstat(file)
            except (FileNotFoundError, NotADirectoryError):
                return None
        return found if stat_modes.S_ISREG(found.st_mode) else None

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ValueError(
                f"{folder.name}: a folder cannot hold an object whose path begins with another's"
            ) from error

    def _unfinished(self) -> Path:
        folder = self._hidden / "unfinished"
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < time.time() - _ABANDONED_S:
                    left.unlink()
        return folder / secrets.token_hex(16)

    # -- records ------------------------------------------------------------------------------------------

    def _known(self, path: str, file: Path, found: os.stat_result) -> ObjectStat | None:
        record = self._record(path, found) or self._adopted(path, file, found)
        return None if record is None else _stat(path, record)

    def _adopted(self, path: str, file: Path, found: os.stat_result) -> _Record | None:
        """The record of a file that somebody dropped, made now. A hidden one is no object: programs leave those."""
        if any(part.startswith(".") for part in path.split("/")):
            return None
        with self._locked() as next_generation:
            record = self._record(path, found)
            if record is None:
                guessed = _guessed_type(path)
                record = _Record(found.st_size, found.st_mtime_ns, next_generation(), guessed, {}, True)
                now = self._lstat(file)
                if now is not None and record.is_of(now):
                    self._save_records(path, [record])
        return record

    def _record(self, path: str, found: os.stat_result) -> _Record | None:
        return next((each for each in self._records(path) if each.is_of(found)), None)

    def _records_file(self, path: str) -> Path:
        # hashed, because "a" and "a/b" may both have been objects at some time, and names have a greatest length
        digest = hashlib.sha256(path.encode()).hexdigest()
        return self._hidden / "records" / digest[:2] / f"{digest[2:]}.json"

    def _records(self, path: str) -> tuple[_Record, ...]:
        try:
            saved = json.loads(self._records_file(path).read_bytes())
        except FileNotFoundError:
            return ()
        return tuple(_Record(**each) for each in saved["records"])

    def _save_records(self, path: str, records: Iterable[_Record]) -> None:
        file = self._records_file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        fields = [{name: getattr(each, name) for name in _Record.__slots__} for each in records]
        unfinished = self._unfinished()
        unfinished.write_text(json.dumps({"path": path, "records": fields}, ensure_ascii=False), "utf-8")
        os.replace(unfinished, file)

    @contextmanager
    def _locked(self) -> Iterator[_NextGeneration]:
        """One writer of the bucket at a time, among all processes."""
        self._hidden.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._hidden / "last_generation", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield _NextGeneration(descriptor)
        finally:
            os.close(descriptor)


class _NextGeneration:
    """Microseconds since 1970, as Cloud Storage's, but always more than any before in the bucket."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self) -> int:
        last = int(os.pread(self._descriptor, 32, 0) or b"0")
        generation = max(time.time_ns() // 1000, last + 1)
        # of one length, so that it is overwritten as a whole
        os.pwrite(self._descriptor, f"{generation:020d}".encode(), 0)
        return generation


class _Chunks:
    """The bytes of an open file. Closes it at the end, or when dropped unread."""

    def __init__(self, descriptor: int, start: int, end: int | None) -> None:
        self._descriptor: int | None = descriptor
        self._at = start
        self._end = end

    def __iter__(self) -> _Chunks:
        return self

    def __next__(self) -> bytes:
        if self._descriptor is None:
            raise StopIteration
        wanted = CHUNK_BYTES if self._end is None else min(CHUNK_BYTES, self._end - self._at)
        with _translated():
            chunk = os.pread(self._descriptor, wanted, self._at) if wanted > 0 else b""
        if not chunk:
            self.close()
            raise StopIteration
        self._at += len(chunk)
        return chunk

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.close()


def _walk(folder: Path, path: str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    """Files beneath in the order of their whole paths: `a.wav` before `a/b.wav`, because `.` sorts before `/`."""
    try:
        with os.scandir(folder) as entries:
            found = [(each.name + "/" * each.is_dir(follow_symlinks=False), each) for each in entries]
    except (FileNotFoundError, NotADirectoryError):
        return
    for name, entry in sorted(found, key=lambda pair: pair[0]):
        whole = path + name
        if name.endswith("/"):
            if whole.startswith(prefix):
                yield from _walk(Path(entry.path), whole, prefix)
        elif whole.startswith(prefix) and entry.is_file(follow_symlinks=False) and _is_text(name):
            with suppress(FileNotFoundError):
                yield whole, entry.stat(follow_symlinks=False)


def _is_text(name: str) -> bool:
    """False for a name in some old encoding: no object can be called that."""
    try:
        checked_path(name)
    except ValueError:
        return False
    return True


def _guessed_type(path: str) -> str:
    suffix = os.path.splitext(path)[1].lower()
    return _AUDIO_TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _stat(path: str, record: _Record) -> ObjectStat:
    return ObjectStat(
        path=path,
        generation=record.generation,
        size_bytes=record.size_bytes,
        content_type=record.content_type,
        updated_at=datetime.fromtimestamp(record.generation // 1_000_000, UTC)
        + timedelta(microseconds=record.generation % 1_000_000),
        metadata=record.metadata,
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ValueError("a part of the object's path is longer than a file's name can be") from error
        raise DependencyUnavailable(f"the folder of objects did not answer: {error.strerror}") from error
