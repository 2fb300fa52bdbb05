"""Documents in Firestore (Native mode), or in its emulator where FIRESTORE_EMULATOR_HOST says so."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from shared.adapters.document_rules import (
    FieldPath,
    Plain,
    PlainChange,
    checked,
    field_path,
    plain,
    plain_changes,
    plain_document,
    split_document,
    summable,
)
from shared.adapters.gcp.errors import translated
from shared.domain.errors import AlreadyExists, Contended, DependencyUnavailable, NotFound, PreconditionFailed
from shared.ports.document_store import (
    ArrayUnion,
    Change,
    DeleteField,
    Document,
    Increment,
    Query,
    Transaction,
    Value,
)

if TYPE_CHECKING:
    from google.cloud.firestore import Client

T = TypeVar("T")

_ATTEMPTS = 20
"""How often a transaction begins anew because another's write came between; of all that collide, one always wins."""

_READ_ATTEMPTS = 3
"""How often one under Firestore's locks does because a read was refused; its lost commits are the SDK's to retry."""


class FirestoreDocuments:
    """`DocumentStore` in one database of one project. `version` is the document's update time."""

    def __init__(self, project: str, database: str = "(default)") -> None:
        self._project = project
        self._database = database
        self._lock = threading.Lock()
        self._built: Client | None = None
        self._pid = 0

    def get(self, path: str) -> Document | None:
        return self.get_many([path])[0]

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        return _get_many(self._client(), paths, None)

    def query(self, query: Query) -> list[Document]:
        return _query(self._client(), query, None)

    def count(self, query: Query) -> int:
        counted = _built(self._client(), query).count()
        with _reading(query.collection):
            return int(counted.get()[0][0].value)

    def sum(self, query: Query, field: str) -> int | float:
        summable(query)
        summed = _built(self._client(), query).sum(_quoted(field_path(field)))
        with _reading(query.collection):
            return cast("int | float", summed.get()[0][0].value)

    def create(self, path: str, data: Mapping[str, Value]) -> None:
        self._write(path, lambda batch: _create(self._client(), batch, path, data))

    def set(self, path: str, data: Mapping[str, Value]) -> None:
        self._write(path, lambda batch: _set(self._client(), batch, path, data))

    def update(self, path: str, changes: Mapping[str, Change], *, if_version: str | None = None) -> None:
        self._write(path, lambda batch: _update(self._client(), batch, path, changes, if_version))

    def delete(self, path: str) -> None:
        self._write(path, lambda batch: _delete(self._client(), batch, path))

    def transaction(self, work: Callable[[Transaction], T]) -> T:
        """Without locks where every document that was read is written too: its version is the write's condition.

        Firestore's own transactions lock what they read. Two that read the same document and then write it wait for
        each other until a time-out, and a process that died holds its locks for a minute. They are left for what
        conditions cannot say: a query's result, or a document that was only read.
        """
        client = self._client()
        for attempt in range(_ATTEMPTS):
            batch = client.batch()
            transaction = _FirestoreTransaction(client, batch)
            result = work(transaction)
            if not len(batch):
                return result
            if not transaction.conditioned():
                return self._under_locks(work)
            try:
                with translated("transaction"):
                    batch.commit()
            except (AlreadyExists, Contended, NotFound, PreconditionFailed) as lost:
                if not isinstance(lost, Contended) and not transaction.is_overtaken():
                    raise
            else:
                return result
            time.sleep(random.uniform(0, min(0.01 * 2**attempt, 0.5)))  # noqa: S311  # so that rivals come apart
        raise Contended("transaction: others' writes came first, every time")

    def _under_locks(self, work: Callable[[Transaction], T]) -> T:
        from google.cloud import firestore

        client = self._client()

        def attempt(batch: Any) -> T:
            return work(_FirestoreTransaction(client, batch, batch))

        for remaining in reversed(range(_READ_ATTEMPTS)):
            try:
                with translated("transaction"), _unmasked():
                    return cast("T", firestore.transactional(attempt)(client.transaction()))
            except _ReadLost as lost:
                if not remaining:
                    raise Contended("transaction: its reads were refused") from lost
        raise AssertionError("unreachable")

    def close(self) -> None:
        with self._lock:
            built, self._built = self._built, None
        if built is not None:
            cast("Any", built).close()

    def _write(self, path: str, fill: Callable[[Any], None]) -> None:
        batch = self._client().batch()
        fill(batch)
        with translated(path):
            batch.commit()

    def _client(self) -> Client:
        """Made on first use in this process: a gRPC channel does not survive gunicorn's fork."""
        with self._lock:
            if self._built is None or self._pid != os.getpid():
                from google.cloud import firestore

                with translated("Firestore"):
                    self._built = firestore.Client(project=self._project, database=self._database)
                self._pid = os.getpid()
            return self._built


class _ReadLost(Contended):
    """A read inside a transaction lost to another's lock: the transaction begins anew."""


class _FirestoreTransaction:
    """Writes go to `batch`, reads to `reads_in`: the same transaction of Firestore's, or None for none."""

    def __init__(self, client: Client, batch: Any, reads_in: Any = None) -> None:
        self._client = client
        self._batch = batch
        self._reads_in = reads_in
        self._read: dict[str, Document | None] = {}
        self._has_queried = False
        self._has_written = False

    def conditioned(self) -> bool:
        """Makes what was read the condition of what is written; False where that cannot be said in conditions."""
        first: dict[str, Any] = {}
        for write in self._batch._write_pbs:
            name = (write.update.name or write.delete).partition("/documents/")[2]
            first.setdefault(name, write)
        if self._has_queried or not self._read.keys() <= first.keys():
            return False
        for path, document in self._read.items():
            write = first[path]
            if document is not None:
                if not write.current_document.update_time:  # the caller's own is as strict
                    write.current_document = {"update_time": _instant(path, document.version).timestamp_pb()}
            elif write.delete:
                return False
            elif not write.current_document.exists:  # an update says that it exists, and fails
                write.current_document = {"exists": False}
        return True

    def is_overtaken(self) -> bool:
        """Whether anything that was read is another by now."""
        now = _get_many(self._client, list(self._read), None)
        return [each and each.version for each in now] != [each and each.version for each in self._read.values()]

    def get(self, path: str) -> Document | None:
        return self.get_many([path])[0]

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        self._before_writes()
        try:
            found = _get_many(self._client, paths, self._reads_in)
        except Contended as lost:
            raise _ReadLost(str(lost)) from lost
        for path, document in zip(paths, found, strict=True):
            # read twice and different: the first is the condition, so that the commit fails and all begins anew
            self._read.setdefault(path, document)
        return found

    def query(self, query: Query) -> list[Document]:
        self._before_writes()
        self._has_queried = True
        try:
            return _query(self._client, query, self._reads_in)
        except Contended as lost:
            raise _ReadLost(str(lost)) from lost

    def create(self, path: str, data: Mapping[str, Value]) -> None:
        self._has_written = True
        _create(self._client, self._batch, path, data)

    def set(self, path: str, data: Mapping[str, Value]) -> None:
        self._has_written = True
        _set(self._client, self._batch, path, data)

    def update(self, path: str, changes: Mapping[str, Change], *, if_version: str | None = None) -> None:
        self._has_written = True
        _update(self._client, self._batch, path, changes, if_version)

    def delete(self, path: str) -> None:
        self._has_written = True
        _delete(self._client, self._batch, path)

    def _before_writes(self) -> None:
        if self._has_written:
            raise ValueError("a transaction reads before it writes")


@contextmanager
def _unmasked() -> Iterator[None]:
    """The SDK hides what went wrong in a begin or a commit inside a ValueError of its own; this brings it back."""
    from google.api_core.exceptions import GoogleAPICallError

    try:
        yield
    except ValueError as error:
        for hidden in (error.__cause__, error.__context__):
            if isinstance(hidden, GoogleAPICallError):
                raise hidden from error
        raise


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        with translated(what):
            yield
    except PreconditionFailed as error:
        # A query's only precondition is its index: a deployment builds it, and the delivery is worth keeping.
        raise DependencyUnavailable(f"{what}: the query's index is not there") from error


def _get_many(client: Client, paths: Sequence[str], batch: Any) -> list[Document | None]:
    for path in paths:
        split_document(path)
    if not paths:
        return []
    with _reading(paths[0]):
        snapshots = list(client.get_all([client.document(path) for path in dict.fromkeys(paths)], transaction=batch))
    found = {snapshot.reference.path: _document(snapshot) for snapshot in snapshots if snapshot.exists}
    return [found.get(path) for path in paths]


def _query(client: Client, query: Query, batch: Any) -> list[Document]:
    built = _built(client, query)
    with _reading(query.collection):
        return [_document(snapshot) for snapshot in built.stream(transaction=batch)]


def _built(client: Client, query: Query) -> Any:
    from google.cloud.firestore_v1 import FieldFilter

    checked(query)
    built: Any = client.collection(query.collection)
    for each in query.filters:
        built = built.where(filter=FieldFilter(_quoted(field_path(each.field)), each.op, plain(each.value)))
    descends = False
    for field, descends in query.order_by:
        built = built.order_by(_quoted(field_path(field)), direction=_direction(descends))
    # Firestore ends every order with the name, in the last direction; only a cursor needs it spelled out.
    if query.start_after is not None:
        built = built.order_by("__name__", direction=_direction(descends))
        *values, name = query.start_after
        built = built.start_after([*(plain(value) for value in values), name])
    return built if query.limit is None else built.limit(query.limit)


def _direction(descends: bool) -> str:
    return "DESCENDING" if descends else "ASCENDING"


def _create(client: Client, batch: Any, path: str, data: Mapping[str, Value]) -> None:
    split_document(path)
    batch.create(client.document(path), plain_document(path, data))


def _set(client: Client, batch: Any, path: str, data: Mapping[str, Value]) -> None:
    split_document(path)
    batch.set(client.document(path), plain_document(path, data))


def _update(client: Client, batch: Any, path: str, changes: Mapping[str, Change], if_version: str | None) -> None:
    split_document(path)
    sent = {_quoted(where): _change(change) for where, change in plain_changes(changes).items()}
    option = None if if_version is None else client.write_option(last_update_time=_instant(path, if_version))
    batch.update(client.document(path), sent, option=option)


def _delete(client: Client, batch: Any, path: str) -> None:
    split_document(path)
    batch.delete(client.document(path))


def _change(change: PlainChange) -> Any:
    from google.cloud import firestore

    match change:
        case Increment(by):
            return firestore.Increment(by)
        case ArrayUnion(values):
            return firestore.ArrayUnion(list(values))
        case DeleteField():
            return firestore.DELETE_FIELD
        case _:
            return change


def _quoted(path: FieldPath) -> str:
    """`a.b`, with backticks around every key that is no plain identifier, as Firestore wants it."""
    from google.cloud.firestore_v1.field_path import FieldPath as Quoting

    return Quoting(*path).to_api_repr()


def _document(snapshot: Any) -> Document:
    data = cast("dict[str, Plain]", _ours(snapshot.to_dict()))
    return Document(snapshot.reference.path, data, snapshot.update_time.rfc3339())


def _instant(path: str, version: str) -> Any:
    from google.api_core.datetime_helpers import DatetimeWithNanoseconds

    parse: Callable[[str], Any] = DatetimeWithNanoseconds.from_rfc3339
    try:
        return parse(version)
    except ValueError as error:
        raise PreconditionFailed(path) from error


def _ours(value: object) -> Plain:
    """Without the SDK's own datetime, whose nanoseconds would not survive pydantic or JSON."""
    match value:
        case datetime():
            utc = value.astimezone(UTC)
            return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=UTC)
        case dict():
            return {key: _ours(each) for key, each in value.items()}
        case list():
            return [_ours(each) for each in value]
        case _:
            return cast("Plain", value)
