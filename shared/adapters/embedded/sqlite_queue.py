"""Messages, notifications of objects, and tasks in one SQLite file, durably, until they are acknowledged.

Many processes publish and enqueue; one delivery service (shared/local/delivery.py) claims, calls the functions
and acknowledges. What is claimed comes back by itself when its lease runs out, so nothing is lost when either
side is killed: everything arrives at least once. The file must be on a local disk (SQLite's WAL).
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from shared.adapters.system import SystemClock
from shared.adapters.task_rules import checked_body
from shared.domain.errors import DependencyUnavailable
from shared.ports.clock import Clock
from shared.ports.dead_letters import DeadLetter
from shared.ports.task_queue import Task

# The limits of Pub/Sub, so that what works here works there.
MAX_MESSAGE_BYTES = 10_000_000
MAX_ATTRIBUTES = 100
_BUSY_S = 15.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, topic TEXT NOT NULL, data TEXT NOT NULL, attributes TEXT NOT NULL,
    ordering_key TEXT NOT NULL, published_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, source TEXT NOT NULL, entry_point TEXT NOT NULL,
    event_id TEXT NOT NULL, content TEXT NOT NULL, created_at REAL NOT NULL, due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, is_leased INTEGER NOT NULL DEFAULT 0, is_dead INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (is_dead, entry_point, due_at);
CREATE TABLE IF NOT EXISTS announced (
    bucket TEXT NOT NULL, path TEXT NOT NULL, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    PRIMARY KEY (bucket, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS schedules (job TEXT PRIMARY KEY, next_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, name TEXT NOT NULL, entry_point TEXT NOT NULL,
    body TEXT NOT NULL, scheduled_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    responses INTEGER NOT NULL DEFAULT 0, previous_response INTEGER NOT NULL DEFAULT 0,
    is_leased INTEGER NOT NULL DEFAULT 0, done_at REAL, last_error TEXT NOT NULL DEFAULT '', UNIQUE (queue, name)
);
CREATE INDEX IF NOT EXISTS tasks_due ON tasks (queue, due_at) WHERE done_at IS NULL;
CREATE INDEX IF NOT EXISTS tasks_done ON tasks (done_at) WHERE done_at IS NOT NULL;
"""

Kind = Literal["object", "message", "schedule"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to bring to an entry point. `attempt` counts from 1 and includes this one.

    `source` is the bucket, topic or job; `content` the object's resource, the message or the schedule's slot.
    """

    number: int
    kind: Kind
    source: str
    entry_point: str
    event_id: str
    content: Mapping[str, object]
    created_at: datetime
    attempt: int
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """`retries` counts all attempts before this one, `responses` those of them that got an answer.

    `previous_response` is that answer's HTTP status, 0 when there was none.
    """

    number: int
    queue: str
    name: str
    entry_point: str
    body: str
    scheduled_at: datetime
    retries: int
    responses: int
    previous_response: int


class SQLiteEventBus:
    def __init__(self, path: Path, *, clock: Clock | None = None) -> None:
        self._file = _SQLiteFile(path)
        self._clock = clock or SystemClock()

    def publish(
        self, topic: str, data: Mapping[str, object], *, attributes: Mapping[str, str], ordering_key: str = ""
    ) -> str:
        text = _json(data)
        if len(text.encode()) > MAX_MESSAGE_BYTES:
            raise ValueError(f"a message has at most {MAX_MESSAGE_BYTES} bytes")
        if len(attributes) > MAX_ATTRIBUTES or not all(
            isinstance(part, str) for pair in attributes.items() for part in pair
        ):
            raise ValueError(f"a message has at most {MAX_ATTRIBUTES} attributes, texts all")
        message = _event_id()
        with self._file.writing() as sql:
            sql.execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)",
                (message, topic, text, _json(attributes), ordering_key, self._now()),
            )
        return message

    # -- for the delivery service: what becomes a delivery --------------------------------------------------

    def fan_out(self, subscribers: Mapping[str, Sequence[str]]) -> int:
        """Turns published messages into one delivery for each of their topic's entry points; says how many.

        A message of a topic without subscribers is gone, as with Pub/Sub.
        """
        with self._file.reading() as sql:
            if sql.execute("SELECT 1 FROM messages LIMIT 1").fetchone() is None:
                return 0
        deliveries = 0
        with self._file.writing() as sql:
            found = sql.execute(
                "SELECT id, topic, data, attributes, ordering_key, published_at FROM messages ORDER BY rowid LIMIT 500"
            ).fetchall()
            for message, topic, data, attributes, ordering_key, published_at in found:
                content = _json(
                    {
                        "data": data,
                        "attributes": json.loads(attributes),
                        "ordering_key": ordering_key,
                        "published_at": published_at,
                    }
                )
                for entry_point in subscribers.get(topic, ()):
                    _insert_delivery(sql, "message", topic, entry_point, message, content, self._now())
                    deliveries += 1
            sql.executemany("DELETE FROM messages WHERE id = ?", [(row[0],) for row in found])
        return deliveries

    def announce(
        self,
        bucket: str,
        path: str,
        entry_point: str,
        resource: Mapping[str, object],
        *,
        size_bytes: int,
        mtime_ns: int,
    ) -> None:
        """Keeps a finalised object's notification, and that this file of that size and time of change had its own."""
        with self._file.writing() as sql:
            sql.execute("INSERT OR REPLACE INTO announced VALUES (?, ?, ?, ?)", (bucket, path, size_bytes, mtime_ns))
            _insert_delivery(sql, "object", bucket, entry_point, _event_id(), _json(resource), self._now())

    def announced(self, bucket: str) -> dict[str, tuple[int, int]]:
        """(size, mtime in ns) of the file last announced, by path."""
        with self._file.reading() as sql:
            found = sql.execute("SELECT path, size_bytes, mtime_ns FROM announced WHERE bucket = ?", (bucket,))
            return {path: (size, mtime) for path, size, mtime in found}

    def forget_announced(self, bucket: str, paths: Iterable[str]) -> None:
        """For objects that are gone: the same file put back is announced again."""
        with self._file.writing() as sql:
            sql.executemany("DELETE FROM announced WHERE bucket = ? AND path = ?", [(bucket, path) for path in paths])

    def tick(
        self, job: str, entry_point: str, *, every_s: float, first_after_s: float, body: Mapping[str, object]
    ) -> None:
        """Makes a delivery when the job's slot has come. Slots missed while nobody ran are one slot."""
        now = self._now()
        with self._file.reading() as sql:
            row = sql.execute("SELECT next_at FROM schedules WHERE job = ?", (job,)).fetchone()
        if row is not None and now < row[0] <= now + every_s:
            return
        with self._file.writing() as sql:
            # a job that is new, or whose period was made shorter, begins anew
            if row is None or row[0] > now + every_s:
                sql.execute("INSERT OR REPLACE INTO schedules VALUES (?, ?)", (job, now + first_after_s))
                return
            content = _json({"slot": row[0], "body": body})
            sql.execute("DELETE FROM deliveries WHERE kind = 'schedule' AND source = ? AND is_leased = 0", (job,))
            _insert_delivery(sql, "schedule", job, entry_point, _event_id(), content, now)
            following = row[0] + every_s if row[0] + every_s > now else now + every_s
            sql.execute("UPDATE schedules SET next_at = ? WHERE job = ?", (following, job))

    # -- for the delivery service: bringing it ----------------------------------------------------------------

    def due(self) -> dict[str, int]:
        """How many deliveries may be claimed now, by entry point."""
        with self._file.reading() as sql:
            found = sql.execute(
                "SELECT entry_point, count(*) FROM deliveries WHERE is_dead = 0 AND due_at <= ? GROUP BY 1",
                (self._now(),),
            )
            return dict(found)

    def claim(self, entry_point: str, limit: int, *, lease_s: float) -> list[Delivery]:
        """At most `limit` due deliveries, which nobody else gets for `lease_s`; each counts as an attempt."""
        now = self._now()
        with self._file.writing() as sql:
            found = sql.execute(
                "UPDATE deliveries SET due_at = ?, is_leased = 1, attempts = attempts + 1 WHERE number IN ("
                " SELECT number FROM deliveries WHERE is_dead = 0 AND entry_point = ? AND due_at <= ?"
                " ORDER BY due_at, number LIMIT ?) RETURNING *",
                (now + lease_s, entry_point, now, limit),
            ).fetchall()
        return sorted((_delivery(row) for row in found), key=lambda each: each.number)

    def ack(self, number: int) -> None:
        with self._file.writing() as sql:
            sql.execute("DELETE FROM deliveries WHERE number = ?", (number,))

    def nack(self, number: int, *, retry_in_s: float, error: str, counts: bool = True) -> None:
        """It comes again after `retry_in_s`. Without `counts` the attempt is forgotten: nobody was there to fail."""
        with self._file.writing() as sql:
            sql.execute(
                "UPDATE deliveries SET due_at = ?, is_leased = 0, attempts = attempts - ?, last_error = ?"
                " WHERE number = ? AND is_dead = 0",
                (self._now() + retry_in_s, 0 if counts else 1, error[:500], number),
            )

    def bury(self, number: int, *, error: str, copy_to: str | None = None) -> None:
        """To the dead letters: it does not come again. A message is also published to the topic `copy_to`,

        with the attributes that Pub/Sub adds when it forwards one.
        """
        now = self._now()
        with self._file.writing() as sql:
            found = sql.execute(
                "UPDATE deliveries SET is_dead = 1, is_leased = 0, due_at = ?, last_error = ?"
                " WHERE number = ? AND is_dead = 0 RETURNING *",
                (now, error[:500], number),
            ).fetchone()
            if found is None or found["kind"] != "message" or copy_to is None:
                return
            content = json.loads(found["content"])
            attributes = {
                **content["attributes"],
                "CloudPubSubDeadLetterSourceDeliveryCount": str(found["attempts"]),
                "CloudPubSubDeadLetterSourceSubscription": found["entry_point"],
            }
            sql.execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)",
                (_event_id(), copy_to, content["data"], _json(attributes), content["ordering_key"], now),
            )

    def dead_letters(self) -> list[Delivery]:
        with self._file.reading() as sql:
            found = sql.execute("SELECT * FROM deliveries WHERE is_dead = 1 ORDER BY number").fetchall()
        return [_delivery(row) for row in found]

    def release_leases(self) -> None:
        """For a delivery service that begins: its predecessor is gone, and so is whoever held a lease."""
        with self._file.writing() as sql:
            sql.execute("UPDATE deliveries SET is_leased = 0, due_at = ? WHERE is_leased = 1", (self._now(),))

    def backlog(self) -> int:
        """Messages and deliveries neither acknowledged nor dead."""
        with self._file.reading() as sql:
            row = sql.execute(
                "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM deliveries WHERE is_dead = 0)"
            ).fetchone()
        return int(row[0])

    def close(self) -> None:
        self._file.close()

    def _now(self) -> float:
        return self._clock.now().timestamp()


class SQLiteDeadLetters:
    """`DeadLetters`: the messages that the delivery service buried."""

    def __init__(self, path: Path, *, clock: Clock | None = None, lease_s: float = 600.0) -> None:
        self._file = _SQLiteFile(path)
        self._clock = clock or SystemClock()
        self._lease_s = lease_s

    def take(self, limit: int) -> list[DeadLetter]:
        now = self._clock.now().timestamp()
        with self._file.writing() as sql:
            found = sql.execute(
                "UPDATE deliveries SET due_at = ? WHERE number IN ("
                " SELECT number FROM deliveries WHERE is_dead = 1 AND kind = 'message' AND due_at <= ?"
                " ORDER BY number LIMIT ?) RETURNING *",
                (now + self._lease_s, now, limit),
            ).fetchall()
        return [_dead_letter(row) for row in sorted(found, key=lambda row: int(row["number"]))]

    def done(self, letter: DeadLetter) -> None:
        with self._file.writing() as sql:
            sql.execute("DELETE FROM deliveries WHERE number = ? AND is_dead = 1", (int(letter.handle),))

    def close(self) -> None:
        self._file.close()


class SQLiteTaskQueue:
    """A finished task's name stays taken for `name_kept_s`, as with Cloud Tasks (up to 24 hours)."""

    def __init__(self, path: Path, *, clock: Clock | None = None, name_kept_s: float = 24 * 3600) -> None:
        self._file = _SQLiteFile(path)
        self._clock = clock or SystemClock()
        self._name_kept_s = name_kept_s

    def enqueue(self, task: Task) -> bool:
        now = self._clock.now()
        body = checked_body(task, now).decode()
        at = task.schedule_at or now
        due = max(at, now).timestamp()
        with self._file.writing() as sql:
            sql.execute("DELETE FROM tasks WHERE done_at <= ?", (now.timestamp() - self._name_kept_s,))
            name = task.name or _event_id()
            inserted = sql.execute(
                "INSERT OR IGNORE INTO tasks (queue, name, entry_point, body, scheduled_at, due_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (task.queue, name, task.entry_point, body, due, due),
            )
            return inserted.rowcount == 1

    # -- for the delivery service -----------------------------------------------------------------------------

    def due(self) -> dict[str, int]:
        """How many tasks may be claimed now, by queue."""
        with self._file.reading() as sql:
            found = sql.execute(
                "SELECT queue, count(*) FROM tasks WHERE done_at IS NULL AND due_at <= ? GROUP BY 1", (self._now(),)
            )
            return dict(found)

    def claim(self, queue: str, limit: int, *, lease_s: float) -> list[ClaimedTask]:
        now = self._now()
        with self._file.writing() as sql:
            found = sql.execute(
                "UPDATE tasks SET due_at = ?, is_leased = 1, attempts = attempts + 1 WHERE number IN ("
                " SELECT number FROM tasks WHERE done_at IS NULL AND queue = ? AND due_at <= ?"
                " ORDER BY due_at, number LIMIT ?) RETURNING *",
                (now + lease_s, queue, now, limit),
            ).fetchall()
        return sorted((_task(row) for row in found), key=lambda each: each.number)

    def ack(self, number: int) -> None:
        with self._file.writing() as sql:
            sql.execute("UPDATE tasks SET done_at = ?, is_leased = 0 WHERE number = ?", (self._now(), number))

    def nack(self, number: int, *, retry_in_s: float, error: str, status: int, counts: bool = True) -> None:
        """`status` is the HTTP answer, 0 when there was none."""
        with self._file.writing() as sql:
            sql.execute(
                "UPDATE tasks SET due_at = ?, is_leased = 0, last_error = ?, previous_response = ?,"
                " responses = responses + ?, attempts = attempts - ? WHERE number = ? AND done_at IS NULL",
                (self._now() + retry_in_s, error[:500], status, bool(status), 0 if counts else 1, number),
            )

    def release_leases(self) -> None:
        with self._file.writing() as sql:
            sql.execute("UPDATE tasks SET is_leased = 0, due_at = ? WHERE is_leased = 1", (self._now(),))

    def backlog(self, *, until: datetime | None = None) -> int:
        """Tasks not yet done, those that wait to be tried again among them; with `until` only those for before then."""
        limit = until.timestamp() if until is not None else float("inf")
        with self._file.reading() as sql:
            row = sql.execute(
                "SELECT count(*) FROM tasks WHERE done_at IS NULL AND scheduled_at <= ?", (limit,)
            ).fetchone()
        return int(row[0])

    def close(self) -> None:
        self._file.close()

    def _now(self) -> float:
        return self._clock.now().timestamp()


class _SQLiteFile:
    """One connection a process, opened when first needed: a server loads our module before it forks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._mine():
            yield self._connected()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed at the end, undone when an exception leaves it."""
        with self._translated(), self._mine():
            connection = self._connected()
            # IMMEDIATE: a transaction that begins by reading and then writes is refused without waiting
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._mine():
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _mine(self) -> threading.Lock:
        if self._process != os.getpid():
            # The parent's connection and lock are the parent's: a forked child must not even close them.
            self._abandoned = self._connection
            self._process, self._lock, self._connection = os.getpid(), threading.Lock(), None
        return self._lock

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                connection.row_factory = sqlite3.Row
                _use_wal(connection)
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DependencyUnavailable(f"the local queue did not answer: {error}") from error


def _use_wal(connection: sqlite3.Connection) -> None:
    """Changing the journal's mode does not wait for other connections, so we do."""
    deadline = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _insert_delivery(
    sql: sqlite3.Connection, kind: Kind, source: str, entry_point: str, event_id: str, content: str, now: float
) -> None:
    sql.execute(
        "INSERT INTO deliveries (kind, source, entry_point, event_id, content, created_at, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (kind, source, entry_point, event_id, content, now, now),
    )


def _event_id() -> str:
    """Decimal, as Google's."""
    return str(10**15 + secrets.randbelow(9 * 10**15))


def _json(data: Mapping[str, object]) -> str:
    """Raises TypeError or ValueError for what JSON cannot hold."""
    return json.dumps(dict(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        number=row["number"],
        kind=row["kind"],
        source=row["source"],
        entry_point=row["entry_point"],
        event_id=row["event_id"],
        content=json.loads(row["content"]),
        created_at=datetime.fromtimestamp(row["created_at"], UTC),
        attempt=row["attempts"],
        last_error=row["last_error"],
    )


def _dead_letter(row: sqlite3.Row) -> DeadLetter:
    content = json.loads(row["content"])
    return DeadLetter(
        handle=str(row["number"]),
        topic=row["source"],
        data=json.loads(content["data"]),
        attributes=content["attributes"],
    )


def _task(row: sqlite3.Row) -> ClaimedTask:
    return ClaimedTask(
        number=row["number"],
        queue=row["queue"],
        name=row["name"],
        entry_point=row["entry_point"],
        body=row["body"],
        scheduled_at=datetime.fromtimestamp(row["scheduled_at"], UTC),
        retries=row["attempts"] - 1,
        responses=row["responses"],
        previous_response=row["previous_response"],
    )
