"""Recognition jobs in one SQLite file: the recogniser writes them, a worker process completes them.

A worker holds a job by a lease that it renews while it works. One that is killed simply stops renewing: the job is
taken up again, from the start, up to `MOST_ATTEMPTS` times. Results are kept for a week; whoever asked has long
fetched them by then, and the words of a call must not outlive its erasure here.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.domain.audio import Span
from shared.domain.errors import DependencyUnavailable
from shared.domain.identity import JobId
from shared.domain.transcript import Recognition

MOST_ATTEMPTS = 3
KEPT_S = 7 * 24 * 3600.0
_BUSY_S = 15.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, recording TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', progress REAL NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
    token TEXT NOT NULL DEFAULT '', leased_until REAL NOT NULL DEFAULT 0, finished_at REAL,
    recognition TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS jobs_waiting ON jobs (number) WHERE state = 'waiting';
"""

State = Literal["waiting", "done", "failed", "lost"]


class Recording(BaseModel):
    """What a worker needs to find the recording again, and to work on it."""

    model_config = ConfigDict(frozen=True)

    bucket: str
    path: str
    generation: int
    duration_ms: int
    channels: int
    speech: tuple[tuple[Span, ...], ...]
    language_hint: str | None
    webhook_url: str | None


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    id: JobId
    recording: Recording
    token: str


@dataclass(frozen=True, slots=True)
class JobReport:
    """`failed` is for good; `lost` may succeed as another job. `recognition` is there when it is done."""

    state: State
    progress: float
    detail: str
    recognition: Recognition | None


class LeaseLost(Exception):
    """Another worker has the job by now, or it is finished: what this one found is not wanted."""


class RecognitionJobs:
    """All methods raise DependencyUnavailable when the file cannot be used."""

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now

    def submit(self, key: str, recording: Recording) -> JobId:
        """The job of that key, made when there is none."""
        job = JobId(hashlib.sha256(key.encode()).hexdigest()[:32])
        with self._writing() as sql:
            sql.execute(
                "INSERT INTO jobs (id, recording) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
                (job, recording.model_dump_json()),
            )
        return job

    def report(self, job: JobId) -> JobReport | None:
        """None when there is no such job (any more)."""
        with self._writing() as sql:
            row = sql.execute("SELECT * FROM jobs WHERE id = ?", (job,)).fetchone()
        if row is None:
            return None
        recognition = Recognition.model_validate_json(row["recognition"]) if row["state"] == "done" else None
        return JobReport(row["state"], row["progress"], row["detail"], recognition)

    def claim(self, *, lease_s: float) -> ClaimedJob | None:
        """The oldest job that nobody holds; jobs that ended too many workers are lost, old results forgotten."""
        now = self._now()
        with self._writing() as sql:
            sql.execute("DELETE FROM jobs WHERE finished_at < ?", (now - KEPT_S,))
            sql.execute(
                "UPDATE jobs SET state = 'lost', detail = 'its workers ended', finished_at = ?"
                " WHERE state = 'waiting' AND leased_until <= ? AND attempts >= ?",
                (now, now, MOST_ATTEMPTS),
            )
            row = sql.execute(
                "SELECT * FROM jobs WHERE state = 'waiting' AND leased_until <= ? ORDER BY number LIMIT 1", (now,)
            ).fetchone()
            if row is None:
                return None
            token = secrets.token_hex(8)
            sql.execute(
                "UPDATE jobs SET token = ?, leased_until = ?, attempts = attempts + 1, progress = 0 WHERE number = ?",
                (token, now + lease_s, row["number"]),
            )
        return ClaimedJob(JobId(row["id"]), Recording.model_validate_json(row["recording"]), token)

    def renew(self, job: ClaimedJob, progress: float, *, lease_s: float) -> None:
        """Raises LeaseLost."""
        self._change(job, "progress = ?, leased_until = ?", progress, self._now() + lease_s)

    def release(self, job: ClaimedJob) -> None:
        """Gives the job back, as if it had never been claimed. Raises LeaseLost."""
        self._change(job, "leased_until = 0, attempts = attempts - 1")

    def retry_later(self, job: ClaimedJob, *, pause_s: float) -> None:
        """Gives the job back after something unexpected; it counts as an attempt. Raises LeaseLost."""
        self._change(job, "leased_until = ?", self._now() + pause_s)

    def finish(self, job: ClaimedJob, recognition: Recognition) -> None:
        """Raises LeaseLost."""
        self._change(
            job,
            "state = 'done', progress = 1, finished_at = ?, recognition = ?",
            self._now(),
            recognition.model_dump_json(),
        )

    def give_up(self, job: ClaimedJob, detail: str, *, is_for_good: bool) -> None:
        """Raises LeaseLost."""
        state = "failed" if is_for_good else "lost"
        self._change(job, "state = ?, finished_at = ?, detail = ?", state, self._now(), detail)

    def _change(self, job: ClaimedJob, assignments: str, *values: object) -> None:
        with self._writing() as sql:
            changed = sql.execute(
                f"UPDATE jobs SET {assignments} WHERE id = ? AND token = ? AND state = 'waiting'",  # noqa: S608 -- ours
                (*values, job.id, job.token),
            ).rowcount
        if not changed:
            raise LeaseLost(job.id)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        # A connection for each use: seldom enough, and nothing to share between threads and forked servers.
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
            try:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA synchronous = NORMAL")
                if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone():
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()
        except sqlite3.Error as broken:
            raise DependencyUnavailable(f"the recognition jobs: {type(broken).__name__}") from broken
