"""Documents in one SQLite file, used by several processes and threads at once.

The file is in WAL mode with synchronous=NORMAL: a committed write survives the death of any process (the bytes
are the kernel's by then), though not always a power cut, which is what a development machine needs.

A transaction runs `work` under SQLite's write lock from its start, rather than optimistically like Firestore's:
nothing it read can change, no validation and no second run are needed, and `work` is short by contract. A process
that waits for the lock longer than `busy_timeout_s` gets Contended.
"""

from __future__ import annotations

import math
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar, cast

from shared.adapters.document_rules import (
    FieldPath,
    Plain,
    PlainChange,
    check_size,
    checked,
    field_path,
    plain_changes,
    plain_document,
    split_document,
    summable,
)
from shared.adapters.embedded.sqlite_queries import conditions, index_statement
from shared.adapters.embedded.sqlite_values import LEAST, extracted, from_json, to_json, type_of
from shared.domain.errors import AlreadyExists, Contended, DependencyUnavailable, NotFound, PreconditionFailed
from shared.ports.document_store import (
    ArrayUnion,
    Change,
    DeleteField,
    Document,
    Increment,
    Index,
    Query,
    Transaction,
    Value,
)

T = TypeVar("T")
Operation: TypeAlias = Literal["read", "write", "delete"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,  -- the last name of `collection`: what indexes are declared for
    version TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (collection, id)
)
"""
_INDEX_ENTRIES_PER_READ = 1_000


class SQLiteDocuments:
    """`DocumentStore` in the file at `path`, which is made on first use with the `indexes` it lacks.

    `bill` is told of every operation that Firestore would charge for, and how many.
    """

    def __init__(
        self,
        path: Path,
        indexes: Sequence[Index] = (),
        *,
        busy_timeout_s: float = 10.0,
        bill: Callable[[Operation, int], None] | None = None,
    ) -> None:
        self._path = path
        self._indexes = tuple(indexes)
        self._busy_timeout_s = busy_timeout_s
        self._bill = bill or _nobody_pays
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._pid = os.getpid()
        self._of_parents: list[sqlite3.Connection] = []
        self._is_prepared = False
        self._thread = threading.local()

    def get(self, path: str) -> Document | None:
        with self._session() as session:
            return session.get(path)

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        with self._session() as session:
            return session.get_many(paths)

    def query(self, query: Query) -> list[Document]:
        with self._session() as session:
            return session.query(query)

    def count(self, query: Query) -> int:
        with self._session() as session:
            return session.count(query)

    def sum(self, query: Query, field: str) -> int | float:
        with self._session() as session:
            return session.sum(query, field)

    def create(self, path: str, data: Mapping[str, Value]) -> None:
        write = _create(path, data)
        with self._session() as session:
            session.apply([write])

    def set(self, path: str, data: Mapping[str, Value]) -> None:
        write = _set(path, data)
        with self._session() as session:
            session.apply([write])

    def update(self, path: str, changes: Mapping[str, Change], *, if_version: str | None = None) -> None:
        write = _update(path, changes, if_version)
        with self._session() as session:
            session.apply([write])

    def delete(self, path: str) -> None:
        write = _delete(path)
        with self._session() as session:
            session.apply([write])

    def transaction(self, work: Callable[[Transaction], T]) -> T:
        with self._session(on_busy=Contended) as session, session.locked():
            self._thread.is_in_transaction = True
            try:
                transaction = _SQLiteTransaction(session)
                result = work(transaction)
            finally:
                self._thread.is_in_transaction = False
            session.apply(transaction.writes)
            return result

    def close(self) -> None:
        """Closes the connections nobody uses; the store may be used again."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _session(self, on_busy: type[Contended | DependencyUnavailable] = DependencyUnavailable) -> Iterator[_Session]:
        """A connection for one operation, back among the idle ones when it went well."""
        with _translated(on_busy):
            connection = self._take()
            try:
                yield _Session(connection, self._bill, lambda: getattr(self._thread, "is_in_transaction", False))
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                with self._lock:
                    self._idle.append(connection)

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._pid != os.getpid():
                # A connection must be neither used nor closed on the other side of a fork: it is only kept alive.
                self._of_parents += self._idle
                self._idle = []
                self._pid = os.getpid()
            if self._idle:
                return self._idle.pop()
        return self._opened()

    def _opened(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DependencyUnavailable(f"the folder of {self._path.name} cannot be made") from error
        connection = sqlite3.connect(
            self._path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")
        if self._is_prepared:
            return
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:
                # Two processes that turn a new file to WAL at once: the loser is refused without waiting.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        connection.execute(_SCHEMA)
        for index in self._indexes:
            connection.execute(index_statement(index))
        self._is_prepared = True


class _Session:
    """The operations, on one connection."""

    def __init__(
        self, connection: sqlite3.Connection, bill: Callable[[Operation, int], None], is_nested: Callable[[], bool]
    ) -> None:
        self._connection = connection
        self._bill = bill
        self._is_nested = is_nested

    def get(self, path: str) -> Document | None:
        collection, name = split_document(path)
        row = self._connection.execute(
            "SELECT data, version FROM documents WHERE collection = ? AND id = ?", (collection, name)
        ).fetchone()
        self._bill("read", 1)
        return None if row is None else Document(path, from_json(row[0]), row[1])

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        found = {path: self.get(path) for path in dict.fromkeys(paths)}
        return [found[path] for path in paths]

    def query(self, query: Query) -> list[Document]:
        checked(query)
        found: list[Document] = []
        with self._one_moment():
            for condition in conditions(query):
                limit = -1 if query.limit is None else query.limit - len(found)
                if limit == 0:
                    break
                rows = self._connection.execute(
                    f"SELECT id, data, version FROM documents WHERE {condition.where} "  # noqa: S608
                    f"ORDER BY {condition.order} LIMIT ?",
                    (*condition.parameters, limit),
                )
                found += [Document(f"{query.collection}/{row[0]}", from_json(row[1]), row[2]) for row in rows]
        self._bill("read", max(1, len(found)))
        return found

    def count(self, query: Query) -> int:
        return self._aggregated(query, "count(*)")[0]

    def sum(self, query: Query, field: str) -> int | float:
        summable(query)
        path = field_path(field)
        value = extracted(path)
        number = f"CASE WHEN {type_of(path)} IN ('integer', 'real') AND {value} > {LEAST} THEN {value} END"
        try:
            return self._aggregated(query, "count(*)", f"coalesce(sum({number}), 0)")[1]
        except sqlite3.OperationalError as error:
            if "overflow" not in str(error):
                raise
            return self._aggregated(query, "count(*)", f"total({number})")[1]

    def _aggregated(self, query: Query, *figures: str) -> list[int]:
        """The figures, the first of which is count(*), over the query's results."""
        checked(query)
        totals = [0] * len(figures)
        with self._one_moment():
            for condition in conditions(query):
                limit = -1 if query.limit is None else query.limit - totals[0]
                if limit == 0:
                    break
                row = self._connection.execute(
                    f"SELECT {', '.join(figures)} FROM (SELECT data FROM documents WHERE {condition.where} "  # noqa: S608
                    + ("LIMIT ?)" if limit < 0 else f"ORDER BY {condition.order} LIMIT ?)"),
                    (*condition.parameters, limit),
                ).fetchone()
                totals = [total + each for total, each in zip(totals, row, strict=True)]
        self._bill("read", max(1, -(-totals[0] // _INDEX_ENTRIES_PER_READ)))
        return totals

    def apply(self, writes: Sequence[_Write]) -> None:
        """All of them or none; inside `locked` they join what it holds."""
        if self._is_nested():
            raise ValueError("work writes through its transaction, not beside it")
        if self._connection.in_transaction:
            for write in writes:
                write(self._connection)
        else:
            with self.locked():
                for write in writes:
                    write(self._connection)
        for write in writes:
            self._bill("delete" if write.is_delete else "write", 1)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds SQLite's one write lock; leaving it normally commits."""
        if self._is_nested():
            raise ValueError("a transaction begins inside another's work")
        self._connection.execute("BEGIN IMMEDIATE")
        yield
        self._connection.execute("COMMIT")

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        """What is read inside is the store at one moment."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        yield
        self._connection.execute("COMMIT")


class _SQLiteTransaction:
    """Reads at once, keeps the writes for the end."""

    def __init__(self, session: _Session) -> None:
        self._session = session
        self.writes: list[_Write] = []

    def get(self, path: str) -> Document | None:
        return self._reading().get(path)

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        return self._reading().get_many(paths)

    def query(self, query: Query) -> list[Document]:
        return self._reading().query(query)

    def create(self, path: str, data: Mapping[str, Value]) -> None:
        self.writes.append(_create(path, data))

    def set(self, path: str, data: Mapping[str, Value]) -> None:
        self.writes.append(_set(path, data))

    def update(self, path: str, changes: Mapping[str, Change], *, if_version: str | None = None) -> None:
        self.writes.append(_update(path, changes, if_version))

    def delete(self, path: str) -> None:
        self.writes.append(_delete(path))

    def _reading(self) -> _Session:
        if self.writes:
            raise ValueError("a transaction reads before it writes")
        return self._session


class _Write:
    """One write, checked when it is made and applied later."""

    def __init__(self, apply: Callable[[sqlite3.Connection], None], *, is_delete: bool = False) -> None:
        self._apply = apply
        self.is_delete = is_delete

    def __call__(self, connection: sqlite3.Connection) -> None:
        self._apply(connection)


def _create(path: str, data: Mapping[str, Value]) -> _Write:
    collection, name = split_document(path)
    text = to_json(plain_document(path, data))

    def apply(connection: sqlite3.Connection) -> None:
        written = connection.execute(
            "INSERT INTO documents (collection, id, kind, version, data) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (collection, id) DO NOTHING",
            (collection, name, collection.rpartition("/")[2], _version(), text),
        )
        if written.rowcount == 0:
            raise AlreadyExists(path)

    return _Write(apply)


def _set(path: str, data: Mapping[str, Value]) -> _Write:
    collection, name = split_document(path)
    text = to_json(plain_document(path, data))

    def apply(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO documents (collection, id, kind, version, data) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (collection, id) DO UPDATE SET version = excluded.version, data = excluded.data",
            (collection, name, collection.rpartition("/")[2], _version(), text),
        )

    return _Write(apply)


def _update(path: str, changes: Mapping[str, Change], if_version: str | None) -> _Write:
    collection, name = split_document(path)
    parsed = plain_changes(changes)

    def apply(connection: sqlite3.Connection) -> None:
        row = connection.execute(
            "SELECT data, version FROM documents WHERE collection = ? AND id = ?", (collection, name)
        ).fetchone()
        if if_version is not None and (row is None or row[1] != if_version):
            raise PreconditionFailed(path)
        if row is None:
            raise NotFound(path)
        data = from_json(row[0])
        for where, change in parsed.items():
            _change(data, where, change)
        check_size(path, data)
        connection.execute(
            "UPDATE documents SET version = ?, data = ? WHERE collection = ? AND id = ?",
            (_version(), to_json(data), collection, name),
        )

    return _Write(apply)


def _delete(path: str) -> _Write:
    place = split_document(path)

    def apply(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM documents WHERE collection = ? AND id = ?", place)

    return _Write(apply, is_delete=True)


def _change(data: dict[str, Plain], path: FieldPath, change: PlainChange) -> None:
    parent = data
    for part in path[:-1]:
        child = parent.get(part)
        if not isinstance(child, dict):
            if isinstance(change, DeleteField):
                return
            child = parent[part] = {}
        parent = child
    last = path[-1]
    match change:
        case DeleteField():
            parent.pop(last, None)
        case Increment(by):
            parent[last] = _incremented(parent.get(last), by)
        case ArrayUnion(values):
            parent[last] = _united(parent.get(last), values)
        case _:
            parent[last] = change


def _incremented(before: Plain, by: float) -> int | float:
    if isinstance(before, bool) or not isinstance(before, int | float):
        return by
    after = before + by
    if not math.isfinite(after):
        raise ValueError("an increment leads beyond the floats")
    return max(-(2**63), min(2**63 - 1, after)) if isinstance(after, int) else after


def _united(before: Plain, values: Sequence[Value]) -> list[Plain]:
    united = list(before) if isinstance(before, list) else []
    for value in cast("Sequence[Plain]", values):  # made plain with the change
        if not any(_equal(value, each) for each in united):
            united.append(value)
    return united


def _equal(one: Plain, other: Plain) -> bool:
    """Equality of Firestore: 1 and 1.0 are the same, 1 and true are not."""
    match one, other:
        case list(), list():
            return len(one) == len(other) and all(map(_equal, one, other))
        case dict(), dict():
            return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
        case _:
            return isinstance(one, bool) == isinstance(other, bool) and one == other


def _version() -> str:
    return secrets.token_hex(8)


def _nobody_pays(operation: Operation, times: int) -> None:
    pass


@contextmanager
def _translated(on_busy: type[Contended | DependencyUnavailable]) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        match getattr(error, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise on_busy("the document store is locked by another writer") from error
            case (
                sqlite3.SQLITE_FULL
                | sqlite3.SQLITE_IOERR
                | sqlite3.SQLITE_CANTOPEN
                | sqlite3.SQLITE_READONLY
                | sqlite3.SQLITE_CORRUPT
                | sqlite3.SQLITE_NOTADB
                | sqlite3.SQLITE_PERM
            ):
                raise DependencyUnavailable(f"the document store cannot be used: {error.sqlite_errorname}") from error
            case _:
                raise  # a mistake of ours in SQL
