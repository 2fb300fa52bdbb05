"""Answers that come after somebody else's: a delivery brought again while the first still works, a vendor too late."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from shared.domain.analysis import Judgement
from shared.domain.call import Reason, Stage
from shared.domain.identity import JobId
from shared.ports.judge import Judge, JudgeRequest
from shared.ports.recognizer import Done, JobState, Pending
from shared.ports.task_queue import Task
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.world import Limits, World
from tests.faults.counted_world import CrashPoints
from tests.faults.grounds import COMPANY, PLACES, Place
from tests.faults.kills import SaysTheSame, check_books, rest
from tests.faults.pipeline import Pipeline

pytestmark = [pytest.mark.slow, pytest.mark.models]


@pytest.fixture(params=["embedded", pytest.param("emulators", marks=pytest.mark.emulator)])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "emulators":
        os.environ |= {
            "FIRESTORE_EMULATOR_HOST": request.getfixturevalue("firestore_emulator"),
            "PUBSUB_EMULATOR_HOST": request.getfixturevalue("pubsub_emulator"),
            "STORAGE_EMULATOR_HOST": request.getfixturevalue("storage_emulator"),
        }
    return PLACES[request.param]


class _Around:
    """A world with some of its parts replaced."""

    def __init__(self, world: World, **parts: Any) -> None:
        self._world = world
        self.__dict__ |= parts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)


class _SlowOnce:
    """A judge whose first judgement takes longer than the lease, the delivery's patience and the second together."""

    def __init__(self, judge: Judge, is_slow: list[bool], judged: list[bool]) -> None:
        self._judge = judge
        self._is_slow = is_slow
        self._judged = judged
        self.name = judge.name

    def judge(self, request: JudgeRequest) -> Judgement:
        judgement = self._judge.judge(request)
        if self._is_slow.pop() if self._is_slow else False:
            until = time.monotonic() + 50
            while len(self._judged) < 2 and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(1)
        return judgement


def test_a_message_brought_again_while_its_first_delivery_still_works_is_judged_and_charged_once(
    tmp_path: Path, place: Place
) -> None:
    """Pub/Sub brings a message again when 600 s have passed without an answer; here the 600 are 0.5."""
    place.make(tmp_path)
    judged: list[bool] = []
    slow = [True]

    def watched(world: World, points: CrashPoints) -> World:
        def judge(name: str) -> Judge:
            judged.append(True)
            return _SlowOnce(world.judge(name), slow, judged)

        return cast(World, _Around(world, judge=judge))

    def work() -> None:
        with place.opened(tmp_path) as ground:
            pipeline = Pipeline(ground, SaysTheSame(), CrashPoints(), count=watched)
            until = time.monotonic() + 60
            # a worker that finds nothing to do may have come too early for the second delivery
            while (pipeline.round() or len(judged) < 2) and time.monotonic() < until:
                time.sleep(0.02)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(judged) >= 2, "nobody else took it over while the first was slow"
    rest(place, tmp_path)
    check_books(place, tmp_path)


class _NeverReady:
    """What the recogniser says while it is not finished."""

    def __init__(self, recognizer: Any) -> None:
        self.name = recognizer.name
        self.submit = recognizer.submit

    def fetch(self, job: JobId) -> JobState:
        return Pending()


def test_a_vendor_that_answers_after_we_gave_up_changes_nothing_and_is_not_charged(
    tmp_path: Path, place: Place
) -> None:
    place.make(tmp_path)

    def impatient(world: World, points: CrashPoints) -> World:
        limits: Limits = dataclasses.replace(world.limits, recognition_patience=timedelta(0))
        return cast(World, _Around(world, limits=limits, recognizer=lambda name: _NeverReady(world.recognizer(name))))

    with ExitStack() as stack:
        ground = stack.enter_context(place.opened(tmp_path))
        Pipeline(ground, SaysTheSame(), CrashPoints(), count=impatient).run()
        calls = Calls(ground.world.documents, COMPANY)
        (given_up,) = calls.page(CallFilter(), newest_first=True, limit=10)
        assert (given_up.stage, given_up.reason) == (Stage.FAILED, Reason.RECOGNIZER_UNAVAILABLE)
        assert given_up.job is not None
        assert isinstance(ground.world.recognizer(given_up.job.recognizer).fetch(given_up.job.id), Done)

        for number in range(2):
            ground.world.tasks.enqueue(
                Task(
                    queue="recognition-results",
                    entry_point="transcribe_result",
                    body={"company": COMPANY, "call": given_up.id, "revision": given_up.revision, "poll": None},
                    name=f"late-{number}",
                )
            )
        Pipeline(ground, SaysTheSame(), CrashPoints()).run()

        assert calls.get(given_up.id) == given_up
        assert calls.charges(given_up.id) == []
        assert calls.turns(given_up) == ()
