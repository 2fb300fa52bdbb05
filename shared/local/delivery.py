"""Brings everything to the functions: what Eventarc, Pub/Sub, Cloud Tasks and Cloud Scheduler do on Google Cloud.

At least once and in no order. All state is in the queue's file, so a kill at any moment loses nothing: what was
not acknowledged is brought again. A 2xx answer acknowledges; anything else, or none, is tried again after a
growing pause. A function that is not there (it is starting, or was restarted) is waited for and costs no attempt.
"""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.embedded.sqlite_queue import ClaimedTask, Delivery, SQLiteEventBus, SQLiteTaskQueue
from shared.domain.errors import DependencyUnavailable
from shared.local.bucket_watch import BucketWatch
from shared.local.wire import Post, event_post, task_post
from shared.services.world import DEAD_LETTERS

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)

_C = TypeVar("_C", Delivery, ClaimedTask)

_ABSENT_PAUSE_S = 0.3
_SCHEDULE_EVERY_S = 0.25
_BROKEN_PAUSE_S = 1.0


class AlreadyDelivering(Exception):
    """Another delivery service works on this queue; its lock is its life."""


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """As of a Cloud Tasks queue. `concurrent` counts requests that are not answered yet."""

    per_second: float = 100.0
    concurrent: int = 8


@dataclass(frozen=True, slots=True)
class Schedule:
    job: str
    entry_point: str
    every_s: float
    first_after_s: float = 5.0
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Routes:
    """Who gets what. A queue that is not named has the default limits."""

    urls: Mapping[str, str]
    """By entry point."""
    topics: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Entry points by topic."""
    queues: Mapping[str, QueueLimits] = field(default_factory=dict)
    buckets: Mapping[str, str] = field(default_factory=dict)
    """The entry point a bucket triggers."""
    schedules: Sequence[Schedule] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard to try. `max_attempts` is of messages and slots; objects are tried for `object_kept_s`, tasks on and on.

    With `duplicate` everything is delivered twice, at once or one after the other; with `shuffle` each delivery waits
    up to `shuffle_s` and overtakes others. Both follow `seed`.
    """

    first_retry_s: float = 0.2
    greatest_retry_s: float = 10.0
    max_attempts: int = 20
    object_kept_s: float = 24 * 3600
    deadline_s: float = 600.0
    concurrent: int = 8
    """Requests to one entry point that are not answered yet, tasks apart."""
    poll_every_s: float = 0.05
    scan_every_s: float = 0.3
    settle_s: float = 0.7
    duplicate: bool = False
    shuffle: bool = False
    shuffle_s: float = 0.5
    seed: int = 0

    def retry_in_s(self, attempt: int) -> float:
        """The pause after that many attempts."""
        return min(self.greatest_retry_s, self.first_retry_s * 2.0 ** min(attempt - 1, 30))


@dataclass(frozen=True, slots=True)
class _Answer:
    """`status` is 0 when there was none; `was_absent` when nobody took the connection."""

    status: int
    error: str = ""
    was_absent: bool = False
    retry_after_s: float = 0.0

    @property
    def is_ack(self) -> bool:
        return 200 <= self.status < 300


class DeliveryService:
    def __init__(
        self,
        queue_file: Path,
        stores: Mapping[str, FolderObjects],
        routes: Routes,
        *,
        pace: Pace | None = None,
        project: str = "dialix-local",
    ) -> None:
        """`stores` are the trigger buckets', keyed by bucket."""
        self._queue_file = queue_file
        self._routes = routes
        self._pace = pace or Pace()
        self._project = project
        self._bus = SQLiteEventBus(queue_file)
        self._tasks = SQLiteTaskQueue(queue_file)
        self._watches = [
            BucketWatch(stores[bucket], entry_point, self._bus, settle_s=self._pace.settle_s)
            for bucket, entry_point in routes.buckets.items()
        ]
        self._rates = {queue: _Rate(limits.per_second) for queue, limits in routes.queues.items()}
        self._chance = random.Random(self._pace.seed)  # noqa: S311 - it shuffles, it guards nothing
        self._under_way: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._unknown: set[str] = set()
        self._client: httpx.Client | None = None
        self._lock_descriptor: int | None = None

    def start(self) -> None:
        """Returns at once. Raises AlreadyDelivering."""
        import httpx

        self._queue_file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(f"{self._queue_file}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise AlreadyDelivering(f"another process delivers from {self._queue_file}") from error
        self._lock_descriptor = descriptor
        # Idle connections are not kept: a server that closes one as we use it would look like a failed attempt.
        self._client = httpx.Client(
            timeout=httpx.Timeout(self._pace.deadline_s, connect=5.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,
        )
        self._bus.release_leases()
        self._tasks.release_leases()
        self._begin("delivery", self._pump)
        if self._watches:
            self._begin("buckets", self._watch)

    def stop(self, *, grace_s: float = 2.0) -> None:
        """What is under way after `grace_s` is left unacknowledged and comes again at the next start."""
        self._stopped.set()
        self._wake.set()
        for thread in self._threads:
            thread.join()
        until = time.monotonic() + grace_s
        while self._under_way.total() and time.monotonic() < until:
            time.sleep(0.01)
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()
        self._bus.close()
        self._tasks.close()
        if self._lock_descriptor is not None:
            os.close(self._lock_descriptor)
            self._lock_descriptor = None

    def __enter__(self) -> DeliveryService:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def is_idle(self, *, within_s: float = 0.0) -> bool:
        """Nothing waits or is under way, apart from tasks scheduled for later than `within_s` and dead letters."""
        until = datetime.now(UTC) + timedelta(seconds=within_s)
        is_copying = any(watch.is_waiting for watch in self._watches)
        return not (is_copying or self._bus.backlog() or self._tasks.backlog(until=until))

    def dead_letters(self) -> list[Delivery]:
        return self._bus.dead_letters()

    # -- loops --------------------------------------------------------------------------------------------------

    def _begin(self, name: str, loop: Callable[[], None]) -> None:
        thread = threading.Thread(target=loop, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                if sum(watch.scan() for watch in self._watches):
                    self._wake.set()
            except DependencyUnavailable as error:
                log.warning("bucket_scan_failed", detail=str(error))
            # a scan of very many files takes at most a fifth of the time
            self._stopped.wait(max(self._pace.scan_every_s, 5 * (time.monotonic() - began)))

    def _pump(self) -> None:
        schedule_at = 0.0
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                if time.monotonic() >= schedule_at:
                    self._tick()
                    schedule_at = time.monotonic() + _SCHEDULE_EVERY_S
                self._bus.fan_out(self._routes.topics)
                self._dispatch_events()
                self._dispatch_tasks()
            except DependencyUnavailable as error:
                log.warning("local_queue_failed", detail=str(error))
                self._stopped.wait(_BROKEN_PAUSE_S)
            self._wake.wait(self._pace.poll_every_s)

    def _tick(self) -> None:
        for each in self._routes.schedules:
            self._bus.tick(
                each.job, each.entry_point, every_s=each.every_s, first_after_s=each.first_after_s, body=each.body
            )

    def _dispatch_events(self) -> None:
        for entry_point in self._bus.due():
            url = self._url(entry_point)
            free = self._pace.concurrent - self._under_way["events", entry_point]
            if url is None or free <= 0:
                continue
            for delivery in self._shuffled(self._bus.claim(entry_point, free, lease_s=self._lease_s)):
                post = event_post(delivery, self._project)
                self._send(("events", entry_point), url, post, delivery.attempt, self._settled_event(delivery))

    def _dispatch_tasks(self) -> None:
        for queue, waiting in self._tasks.due().items():
            limits = self._routes.queues.get(queue) or QueueLimits()
            rate = self._rates.setdefault(queue, _Rate(limits.per_second))
            free = min(waiting, limits.concurrent - self._under_way["tasks", queue])
            allowed = rate.take(free)
            if allowed <= 0:
                continue
            for task in self._shuffled(self._tasks.claim(queue, allowed, lease_s=self._lease_s)):
                url = self._url(task.entry_point)
                if url is None:
                    self._tasks.nack(task.number, retry_in_s=60, error="unknown entry point", status=0, counts=False)
                    continue
                self._send(("tasks", queue), url, task_post(task), task.retries + 1, self._settled_task(task))

    def _url(self, entry_point: str) -> str | None:
        url = self._routes.urls.get(entry_point)
        if url is None and entry_point not in self._unknown:
            self._unknown.add(entry_point)
            log.error("entry_point_unknown", entry_point=entry_point)
        return url

    @property
    def _lease_s(self) -> float:
        return 2 * (self._pace.deadline_s + self._pace.shuffle_s) + 30

    def _shuffled(self, claimed: list[_C]) -> list[_C]:
        if self._pace.shuffle:
            self._chance.shuffle(claimed)
        return claimed

    # -- one delivery -------------------------------------------------------------------------------------------

    def _send(
        self, lane: tuple[str, str], url: str, post: Post, attempt: int, settle: Callable[[_Answer], None]
    ) -> None:
        """Posts in a thread of its own, then settles by the answer."""
        delays = [self._chance.uniform(0, self._pace.shuffle_s) if self._pace.shuffle else 0.0 for _ in range(2)]
        is_twice = self._pace.duplicate and attempt == 1
        is_at_once = self._chance.random() < 0.5

        def work() -> None:
            answers: list[_Answer] = []

            def copy(delay_s: float) -> None:
                is_stopping = self._stopped.wait(delay_s) if delay_s else False
                answers.append(_Answer(0, "stopping", was_absent=True) if is_stopping else self._post(url, post))

            if is_twice and is_at_once:
                other = threading.Thread(target=copy, args=(delays[1],), daemon=True)
                other.start()
                copy(delays[0])
                other.join()
            else:
                for delay_s in delays[: 2 if is_twice else 1]:
                    copy(delay_s)
            try:
                # of two copies the worse answer counts: that one wants to come again
                if self._client is not None:
                    settle(min(answers, key=lambda each: each.is_ack))
            except DependencyUnavailable as error:
                log.warning("local_queue_failed", detail=str(error))  # its lease brings it again
            finally:
                with self._lock:
                    self._under_way[lane] -= 1
                self._wake.set()

        with self._lock:
            self._under_way[lane] += 1
        threading.Thread(target=work, name=f"deliver to {lane[1]}", daemon=True).start()

    def _post(self, url: str, post: Post) -> _Answer:
        import httpx

        client = self._client
        if client is None:
            return _Answer(0, "stopping")
        try:
            answer = client.post(url, headers=dict(post.headers), content=post.body)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return _Answer(0, f"nobody answers: {error}", was_absent=True)
        except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: the client was closed under our feet
            return _Answer(0, f"{type(error).__name__}: {error}")
        return _Answer(answer.status_code, f"HTTP {answer.status_code}", retry_after_s=_retry_after_s(answer))

    def _settled_event(self, delivery: Delivery) -> Callable[[_Answer], None]:
        def settle(answer: _Answer) -> None:
            if answer.is_ack:
                self._bus.ack(delivery.number)
                return
            if answer.was_absent:
                self._bus.nack(delivery.number, retry_in_s=_ABSENT_PAUSE_S, error=answer.error, counts=False)
                return
            facts = {
                "entry_point": delivery.entry_point,
                "source": delivery.source,
                "event_id": delivery.event_id,
                "attempt": delivery.attempt,
                "detail": answer.error,
            }
            if delivery.kind == "object":
                is_over = datetime.now(UTC) - delivery.created_at > timedelta(seconds=self._pace.object_kept_s)
            else:
                is_over = delivery.attempt >= self._pace.max_attempts
            if is_over and delivery.kind == "schedule":
                log.error("slot_given_up", **facts)
                self._bus.ack(delivery.number)
            elif is_over:
                log.error("dead_letter", **facts)
                # a dead letter that kills its reader too is left where it lies
                copy_to = None if delivery.source == DEAD_LETTERS else DEAD_LETTERS
                self._bus.bury(delivery.number, error=answer.error, copy_to=copy_to)
            else:
                log.info("delivery_comes_again", **facts)
                retry_in_s = self._pace.retry_in_s(delivery.attempt)
                self._bus.nack(delivery.number, retry_in_s=retry_in_s, error=answer.error)

        return settle

    def _settled_task(self, task: ClaimedTask) -> Callable[[_Answer], None]:
        def settle(answer: _Answer) -> None:
            if answer.is_ack:
                self._tasks.ack(task.number)
                return
            pause_s = _ABSENT_PAUSE_S if answer.was_absent else self._pace.retry_in_s(task.retries + 1)
            self._tasks.nack(
                task.number,
                retry_in_s=max(pause_s, answer.retry_after_s),
                error=answer.error,
                status=answer.status,
                counts=not answer.was_absent,
            )
            if not answer.was_absent:
                log.info(
                    "task_comes_again", queue=task.queue, task=task.name, retries=task.retries, detail=answer.error
                )

        return settle


class _Rate:
    """Tokens of a queue: `per_second` on average, a tenth of a second's worth at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._greatest = max(1.0, per_second / 10)
        self._tokens = self._greatest
        self._at = time.monotonic()

    def take(self, wanted: int) -> int:
        now = time.monotonic()
        self._tokens = min(self._greatest, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        taken = max(0, min(wanted, int(self._tokens)))
        self._tokens -= taken
        return taken


def _retry_after_s(answer: httpx.Response) -> float:
    """0 when the answer does not say, or says a date."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else 0.0
