"""What every TaskQueue does. Another queue joins by another entry of `QUEUES`: how it is made and how it dispatches."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.embedded.sqlite_queue import SQLiteTaskQueue
from shared.adapters.gcp.cloud_tasks import CloudTasks
from shared.local.tasks_servicer import TasksServicer, serving_tasks
from shared.ports.task_queue import Task, TaskQueue


@dataclass(frozen=True)
class Dispatched:
    entry_point: str
    body: Mapping[str, Any]
    retries: int


@dataclass(frozen=True)
class World:
    tasks: TaskQueue
    dispatch: Callable[[str, bool], list[Dispatched]]
    """(queue, answer 2xx?) → the tasks that are dispatched now."""
    close: Callable[[], None]


def an_embedded_world(path: Path) -> World:
    tasks = SQLiteTaskQueue(path / "queue.sqlite3")

    def dispatch(queue: str, succeeds: bool) -> list[Dispatched]:
        dispatched = []
        for each in tasks.claim(queue, 1000, lease_s=60):
            dispatched.append(Dispatched(each.entry_point, json.loads(each.body), each.retries))
            if succeeds:
                tasks.ack(each.number)
            else:
                tasks.nack(each.number, retry_in_s=0, error="busy", status=503)
        return dispatched

    return World(tasks, dispatch, tasks.close)


def a_google_world(path: Path) -> World:
    """Google's own client, to a server that speaks Cloud Tasks' gRPC over the embedded queue."""
    embedded = an_embedded_world(path)
    urls = {"transcribe_submit": "http://127.0.0.1:1/submit"}
    stack = ExitStack()
    endpoint = stack.enter_context(serving_tasks(TasksServicer(embedded.tasks, urls)))
    tasks = CloudTasks("test", "europe-west3", urls, invoker=None, endpoint=endpoint)
    stack.callback(embedded.close)
    stack.callback(tasks.close)
    return World(tasks, embedded.dispatch, stack.close)


QUEUES: dict[str, Callable[[Path], World]] = {"embedded": an_embedded_world, "google": a_google_world}


@pytest.fixture(params=sorted(QUEUES))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    world = QUEUES[request.param](tmp_path)
    yield world
    world.close()


def a_task(name: str | None = None, **changes: Any) -> Task:
    return Task(**{"queue": "stt", "entry_point": "transcribe_submit", "body": {"call": "1"}, "name": name, **changes})


def test_a_task_calls_its_entry_point_with_its_body(world: World) -> None:
    assert world.tasks.enqueue(a_task(body={"call": "қ", "revision": 2}))

    assert world.dispatch("other", True) == []
    assert world.dispatch("stt", True) == [Dispatched("transcribe_submit", {"call": "қ", "revision": 2}, 0)]
    assert world.dispatch("stt", True) == []


def test_a_task_that_failed_is_dispatched_again(world: World) -> None:
    world.tasks.enqueue(a_task())

    assert [each.retries for each in world.dispatch("stt", False)] == [0]
    assert [each.retries for each in world.dispatch("stt", False)] == [1]
    assert [each.retries for each in world.dispatch("stt", True)] == [2]
    assert world.dispatch("stt", True) == []


def test_a_second_task_of_a_name_is_dropped(world: World) -> None:
    assert world.tasks.enqueue(a_task("one", body={"n": 1}))
    assert not world.tasks.enqueue(a_task("one", body={"n": 2}))

    assert [each.body for each in world.dispatch("stt", True)] == [{"n": 1}]


def test_a_name_stays_taken_after_its_task_is_done(world: World) -> None:
    world.tasks.enqueue(a_task("one"))
    world.dispatch("stt", True)

    assert not world.tasks.enqueue(a_task("one"))
    assert world.dispatch("stt", True) == []


def test_a_name_is_of_one_queue(world: World) -> None:
    assert world.tasks.enqueue(a_task("one"))
    assert world.tasks.enqueue(a_task("one", queue="crm"))


def test_tasks_without_a_name_are_never_the_same(world: World) -> None:
    assert world.tasks.enqueue(a_task())
    assert world.tasks.enqueue(a_task())

    assert len(world.dispatch("stt", True)) == 2


def test_a_task_waits_for_its_time(world: World) -> None:
    world.tasks.enqueue(a_task(schedule_at=datetime.now(UTC) + timedelta(hours=1)))
    world.tasks.enqueue(a_task(body={"n": 2}, schedule_at=datetime.now(UTC) - timedelta(hours=1)))

    assert [each.body for each in world.dispatch("stt", True)] == [{"n": 2}]


def test_of_many_that_enqueue_one_name_at_once_one_is_taken(world: World) -> None:
    taken: list[bool] = []
    start = threading.Barrier(6)

    def enqueue() -> None:
        start.wait(timeout=10)
        taken.append(world.tasks.enqueue(a_task("one")))

    threads = [threading.Thread(target=enqueue) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [False] * 5 + [True]


@pytest.mark.parametrize("name", ["with space", "a/b", "a:b", "қ", "x" * 501])
def test_a_name_that_cloud_tasks_would_refuse_is_refused(world: World, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        world.tasks.enqueue(a_task(name))
