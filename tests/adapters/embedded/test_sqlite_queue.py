"""The local queue beyond the contracts: leases, dead letters, many processes, crashes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.embedded.sqlite_queue import SQLiteEventBus, SQLiteTaskQueue
from shared.domain.errors import DependencyUnavailable
from shared.ports.task_queue import Task

PUBLISHER = """
import sys
from pathlib import Path
from shared.adapters.embedded.sqlite_queue import SQLiteEventBus
bus = SQLiteEventBus(Path(sys.argv[1]))
while True:
    print(bus.publish("calls", {"a": 1}, attributes={}), flush=True)
"""


FORKER = """
import multiprocessing, sys
from pathlib import Path
from shared.adapters.embedded.sqlite_queue import SQLiteEventBus
bus = SQLiteEventBus(Path(sys.argv[1]))
def publish_many():
    for _ in range(50):
        bus.publish("calls", {}, attributes={})
bus.publish("calls", {}, attributes={})
children = [multiprocessing.get_context("fork").Process(target=publish_many) for _ in range(3)]
for child in children:
    child.start()
publish_many()
for child in children:
    child.join()
sys.exit([child.exitcode for child in children] != [0, 0, 0])
"""


class AClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> AClock:
    return AClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


@pytest.fixture
def bus(path: Path, clock: AClock) -> SQLiteEventBus:
    return SQLiteEventBus(path, clock=clock)


@pytest.fixture
def tasks(path: Path, clock: AClock) -> SQLiteTaskQueue:
    return SQLiteTaskQueue(path, clock=clock)


def a_published_message(bus: SQLiteEventBus) -> str:
    message = bus.publish("calls", {}, attributes={})
    bus.fan_out({"calls": ["analyze"]})
    return message


def test_a_claimed_delivery_comes_back_when_its_lease_runs_out(bus: SQLiteEventBus, clock: AClock) -> None:
    a_published_message(bus)

    assert [each.attempt for each in bus.claim("analyze", 9, lease_s=10)] == [1]
    assert bus.claim("analyze", 9, lease_s=10) == []
    assert bus.due() == {}
    clock.pass_s(10)
    assert bus.due() == {"analyze": 1}
    assert [each.attempt for each in bus.claim("analyze", 9, lease_s=10)] == [2]


def test_a_new_delivery_service_need_not_wait_for_the_leases_of_a_dead_one(
    bus: SQLiteEventBus, tasks: SQLiteTaskQueue
) -> None:
    a_published_message(bus)
    tasks.enqueue(Task("stt", "submit", {}))
    bus.claim("analyze", 9, lease_s=600)
    tasks.claim("stt", 9, lease_s=600)

    bus.release_leases()
    tasks.release_leases()

    assert len(bus.claim("analyze", 9, lease_s=600)) == len(tasks.claim("stt", 9, lease_s=600)) == 1


def test_a_refused_delivery_waits_and_says_how_often_it_was_tried(bus: SQLiteEventBus, clock: AClock) -> None:
    a_published_message(bus)
    [first] = bus.claim("analyze", 9, lease_s=60)
    bus.nack(first.number, retry_in_s=5, error="500")

    assert bus.claim("analyze", 9, lease_s=60) == []
    clock.pass_s(5)
    [second] = bus.claim("analyze", 9, lease_s=60)
    assert (second.attempt, second.last_error) == (2, "500")

    bus.nack(second.number, retry_in_s=0, error="nobody there", counts=False)
    assert [each.attempt for each in bus.claim("analyze", 9, lease_s=60)] == [2]


def test_a_dead_letter_stays_until_somebody_is_done_with_it(bus: SQLiteEventBus) -> None:
    message = a_published_message(bus)
    [claimed] = bus.claim("analyze", 9, lease_s=60)
    bus.bury(claimed.number, error="500 five times")

    assert bus.due() == {}
    assert bus.backlog() == 0
    assert [(each.event_id, each.last_error) for each in bus.dead_letters()] == [(message, "500 five times")]


def test_fan_out_happens_once_although_many_ask(bus: SQLiteEventBus) -> None:
    bus.publish("calls", {}, attributes={})

    assert [bus.fan_out({"calls": ["a", "b"]}) for _ in range(3)] == [2, 0, 0]


def test_an_announced_file_is_remembered_until_it_is_gone(bus: SQLiteEventBus) -> None:
    bus.announce("audio", "a.wav", "transcribe", {"name": "a.wav"}, size_bytes=5, mtime_ns=7)

    assert bus.announced("audio") == {"a.wav": (5, 7)}
    assert bus.announced("other") == {}
    assert [each.content["name"] for each in bus.claim("transcribe", 9, lease_s=60)] == ["a.wav"]
    bus.forget_announced("audio", ["a.wav"])
    assert bus.announced("audio") == {}


def test_a_job_ticks_at_its_period_and_missed_slots_are_one(bus: SQLiteEventBus, clock: AClock) -> None:
    began = clock.now().timestamp()

    def slots() -> list[object]:
        bus.tick("sweep", "sweep_calls", every_s=60, first_after_s=10, body={})
        claimed = bus.claim("sweep_calls", 9, lease_s=600)
        for each in claimed:
            bus.ack(each.number)
        return [each.content["slot"] for each in claimed]

    assert slots() == []
    clock.pass_s(10)
    assert slots() == [began + 10]
    assert slots() == []
    clock.pass_s(60)
    assert slots() == [began + 70]
    clock.pass_s(3600)
    assert slots() == [began + 130]
    assert slots() == []
    clock.pass_s(60)
    assert len(slots()) == 1


def test_a_task_says_what_became_of_its_earlier_attempts(tasks: SQLiteTaskQueue, clock: AClock) -> None:
    tasks.enqueue(Task("stt", "submit", {}, name="one"))
    seen = []
    for status in (503, 0, 500):
        [task] = tasks.claim("stt", 1, lease_s=60)
        seen.append((task.name, task.retries, task.responses, task.previous_response))
        tasks.nack(task.number, retry_in_s=1, error="", status=status)
        assert tasks.claim("stt", 1, lease_s=60) == []
        clock.pass_s(1)

    assert seen == [("one", 0, 0, 0), ("one", 1, 1, 503), ("one", 2, 1, 0)]


def test_a_name_is_free_again_after_a_day(tasks: SQLiteTaskQueue, clock: AClock) -> None:
    assert tasks.enqueue(Task("stt", "submit", {}, name="one"))
    [task] = tasks.claim("stt", 1, lease_s=60)
    tasks.ack(task.number)

    clock.pass_s(24 * 3600 - 1)
    assert not tasks.enqueue(Task("stt", "submit", {}, name="one"))
    clock.pass_s(1)
    assert tasks.enqueue(Task("stt", "submit", {}, name="one"))


def test_the_limits_of_the_cloud_hold_here_too(tasks: SQLiteTaskQueue, bus: SQLiteEventBus, clock: AClock) -> None:
    with pytest.raises(ValueError, match="bytes"):
        tasks.enqueue(Task("stt", "submit", {"a": "x" * 1_000_000}))
    with pytest.raises(ValueError, match="30 days"):
        tasks.enqueue(Task("stt", "submit", {}, schedule_at=clock.now() + timedelta(days=31)))
    with pytest.raises(ValueError, match="aware"):
        tasks.enqueue(Task("stt", "submit", {}, schedule_at=datetime(2026, 11, 23)))  # noqa: DTZ001
    with pytest.raises(ValueError, match="bytes"):
        bus.publish("calls", {"a": "x" * 10_000_000}, attributes={})
    with pytest.raises(ValueError, match="attributes"):
        bus.publish("calls", {}, attributes={str(n): "" for n in range(101)})


def test_backlog_counts_what_is_still_to_come(tasks: SQLiteTaskQueue, clock: AClock) -> None:
    tasks.enqueue(Task("stt", "submit", {}))
    tasks.enqueue(Task("stt", "submit", {}, schedule_at=clock.now() + timedelta(hours=1)))

    assert tasks.backlog() == 2
    assert tasks.backlog(until=clock.now() + timedelta(minutes=1)) == 1


def test_processes_forked_after_first_use_publish_on_connections_of_their_own(path: Path) -> None:
    """In a process of its own: this one may hold threads of other tests' clients, which a fork would break."""
    subprocess.run([sys.executable, "-c", FORKER, str(path)], check=True, timeout=120)

    assert SQLiteEventBus(path).backlog() == 201


def test_what_was_said_to_be_published_survives_a_kill(path: Path) -> None:
    publisher = subprocess.Popen([sys.executable, "-c", PUBLISHER, str(path)], stdout=subprocess.PIPE)
    assert publisher.stdout is not None
    said = [publisher.stdout.readline().decode().strip() for _ in range(20)]
    os.kill(publisher.pid, signal.SIGKILL)
    publisher.wait()
    publisher.stdout.close()

    bus = SQLiteEventBus(path)
    bus.fan_out({"calls": ["analyze"]})
    assert set(said) <= {each.event_id for each in bus.claim("analyze", 10_000, lease_s=60)}


def test_a_broken_file_is_a_dependency_that_does_not_answer(path: Path) -> None:
    path.write_bytes(b"this is no database at all, and long enough to be read as one" * 100)

    with pytest.raises(DependencyUnavailable) as caught:
        SQLiteEventBus(path).publish("calls", {}, attributes={})
    assert isinstance(caught.value.__cause__, sqlite3.Error)
