"""The pipeline in one process, so that it can be killed at a chosen moment: the queue brings, the handlers work.

Deliveries are the very requests that `shared.local` makes, decoded by the same framework code as in a function.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cloudevents.http import from_http
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from shared.adapters.embedded.recognition_jobs import RecognitionJobs
from shared.adapters.embedded.sqlite_queue import ClaimedTask, Delivery
from shared.adapters.embedded.whisper_engine import SpeechEngine
from shared.local.entry_points import ENTRY_POINTS
from shared.local.surroundings import subscribers
from shared.local.whisper_worker import WhisperWorker
from shared.local.wire import event_post, task_post
from shared.runtime.analyze import Analyze
from shared.runtime.embedded_models import JOBS_FILE
from shared.runtime.transcribe import Transcribe
from shared.services.world import World
from shared.triggers.outcome import DeliverAgain
from tests.faults.counted_world import CrashPoints, counted
from tests.faults.grounds import Ground

QUEUES = ("recognition-live", "recognition-results")
LEASE_S = 0.5
"""How long the queue waits for an answer before it brings a delivery again."""


class Pipeline:
    """Each port call of its handlers is a moment of `points`; the queue's own work is not."""

    def __init__(
        self,
        ground: Ground,
        engine: SpeechEngine,
        points: CrashPoints,
        *,
        times: int = 1,
        workers: int = 1,
        shuffle: random.Random | None = None,
        count: Callable[[World, CrashPoints], World] = counted,
    ) -> None:
        self._ground = ground
        self._bus, self._tasks = ground.bus, ground.tasks
        world = count(ground.world, points)
        self._transcribe = Transcribe(world, max_attempts=20)
        self._analyze = Analyze(world, max_attempts=20)
        jobs = RecognitionJobs(ground.data / JOBS_FILE)
        self._worker = WhisperWorker(jobs, lambda bucket: ground.world.audio, engine, lease_s=LEASE_S)
        self._points = points
        self._times = times
        self._workers = ThreadPoolExecutor(workers) if workers > 1 else None
        self._shuffle = shuffle

    def run(self, patience_s: float = 60) -> None:
        """Until nothing is waiting. Raises AssertionError when that takes too long."""
        self._bus.release_leases()
        self._tasks.release_leases()
        until = time.monotonic() + patience_s
        while self.round():
            assert time.monotonic() < until, "the pipeline does not come to rest"
            time.sleep(0.01)

    def round(self) -> int:
        """Brings what is due; says how much is left, due or not."""
        waiting = self._ground.fetch()
        self._worker.run_one()
        self._bus.fan_out(subscribers())
        work: list[Delivery | ClaimedTask] = [
            *(d for point in ENTRY_POINTS for d in self._bus.claim(point.name, 10, lease_s=LEASE_S)),
            *(t for queue in QUEUES for t in self._tasks.claim(queue, 10, lease_s=LEASE_S)),
        ]
        work *= self._times
        if self._shuffle is not None:
            self._shuffle.shuffle(work)
        if self._workers is None:
            for each in work:
                self._bring(each)
        else:
            list(self._workers.map(self._bring, work))
        return self._bus.backlog() + self._tasks.backlog() + waiting + len(work)

    def _bring(self, each: Delivery | ClaimedTask) -> None:
        self._points.begin(each.entry_point)
        if isinstance(each, Delivery):
            self._bring_event(each)
        else:
            self._bring_task(each)
        self._points.end()

    def _bring_event(self, delivery: Delivery) -> None:
        post = event_post(delivery, "dialix-test")
        event = from_http(dict(post.headers), post.body)
        try:
            match delivery.entry_point:
                case "transcribe":
                    self._transcribe.recording_finalised(event)
                case "analyze":
                    self._analyze.call_transcribed(event)
                case _:
                    self._analyze.dead_letter(event)
        except DeliverAgain as again:
            self._bus.nack(delivery.number, retry_in_s=0.05, error=str(again))
        else:
            self._bus.ack(delivery.number)

    def _bring_task(self, task: ClaimedTask) -> None:
        post = task_post(task)
        request = Request(
            EnvironBuilder(method="POST", headers=list(post.headers.items()), data=post.body).get_environ()
        )
        handler = self._transcribe.submit if task.entry_point == "transcribe_submit" else self._transcribe.result
        _, status = handler(request)  # type: ignore[arg-type]  # flask's Request adds nothing that is used
        if status >= 300:
            self._tasks.nack(task.number, retry_in_s=0.05, error="", status=status)
        else:
            self._tasks.ack(task.number)
