"""The delivery service against stand-ins that answer as they are told."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.embedded.sqlite_queue import SQLiteDeadLetters, SQLiteEventBus, SQLiteTaskQueue
from shared.local.delivery import AlreadyDelivering, DeliveryService, Pace, QueueLimits, Routes, Schedule
from shared.ports.task_queue import Task
from tests.local.listener import Heard, Listener, eventually

QUICK = Pace(first_retry_s=0.02, greatest_retry_s=0.1, poll_every_s=0.01, scan_every_s=0.05, settle_s=0.2, deadline_s=5)

SERVICE = """
import sys, time
from pathlib import Path
from shared.adapters.embedded.folder_objects import FolderObjects
from shared.local.delivery import DeliveryService, Pace, Routes
folder, url = Path(sys.argv[1]), sys.argv[2]
store = FolderObjects(folder / "buckets", "audio", "http://x", b"k")
routes = Routes({"f": url}, topics={"calls": ["f"]}, buckets={"audio": "f"})
pace = Pace(first_retry_s=0.02, poll_every_s=0.01, scan_every_s=0.02, settle_s=0.05)
with DeliveryService(folder / "queue.sqlite3", {"audio": store}, routes, pace=pace):
    print("started", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def queue_file(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


@pytest.fixture
def bus(queue_file: Path) -> Iterator[SQLiteEventBus]:
    bus = SQLiteEventBus(queue_file)
    yield bus
    bus.close()


@pytest.fixture
def tasks(queue_file: Path) -> Iterator[SQLiteTaskQueue]:
    tasks = SQLiteTaskQueue(queue_file)
    yield tasks
    tasks.close()


@pytest.fixture
def store(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "buckets", "audio", "http://x", b"k")


Deliver = Callable[..., DeliveryService]


@pytest.fixture
def deliver(queue_file: Path, store: FolderObjects, listener: Listener) -> Iterator[Deliver]:
    """Starts a delivery service to the listener, called "f" in all routes."""
    services = []

    def start(pace: Pace = QUICK, **routes: Any) -> DeliveryService:
        given = {"urls": {"f": listener.url}, "topics": {"calls": ["f"]}, "buckets": {"audio": "f"}, **routes}
        service = DeliveryService(queue_file, {"audio": store}, Routes(**given), pace=pace)
        service.start()
        services.append(service)
        return service

    yield start
    for service in services:
        service.stop(grace_s=0.2)


def failing_first(times: int, status: int = 500) -> Callable[[Heard], int]:
    numbers = count()
    return lambda heard: status if next(numbers) < times else 200


def names(listener: Listener) -> list[str]:
    return [heard.body["name"] for heard in listener.heard]


# -- objects ----------------------------------------------------------------------------------------------------


def test_a_written_object_is_announced_as_eventarc_announces_it(
    deliver: Deliver, listener: Listener, store: FolderObjects
) -> None:
    deliver()
    written = store.write("up/қ 1.mp3", [b"so", b"und"], content_type="audio/mpeg", metadata={"call": "1"})
    eventually(lambda: listener.heard)

    [heard] = listener.heard
    assert {name: value for name, value in heard.headers.items() if name.startswith(("ce-", "content-type"))} == {
        "content-type": "application/json",
        "ce-id": heard.headers["ce-id"],
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": "//storage.googleapis.com/projects/_/buckets/audio",
        "ce-subject": "objects/up/%D2%9B%201.mp3",
        "ce-time": heard.headers["ce-time"],
    }
    assert heard.headers["ce-id"].isdigit()
    at = written.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert heard.body == {
        "kind": "storage#object",
        "id": f"audio/up/қ 1.mp3/{written.generation}",
        "selfLink": "https://www.googleapis.com/storage/v1/b/audio/o/up%2F%D2%9B%201.mp3",
        "mediaLink": "https://storage.googleapis.com/download/storage/v1/b/audio/o/up%2F%D2%9B%201.mp3"
        f"?generation={written.generation}&alt=media",
        "name": "up/қ 1.mp3",
        "bucket": "audio",
        "generation": str(written.generation),
        "metageneration": "1",
        "contentType": "audio/mpeg",
        "size": "5",
        "storageClass": "STANDARD",
        "timeCreated": at,
        "updated": at,
        "timeStorageClassUpdated": at,
        "md5Hash": base64.b64encode(hashlib.md5(b"sound").digest()).decode(),
        "crc32c": heard.body["crc32c"],
        "etag": heard.body["etag"],
        "metadata": {"call": "1"},
    }


def test_an_object_is_announced_once_and_again_when_it_is_overwritten(
    deliver: Deliver, listener: Listener, store: FolderObjects
) -> None:
    first = store.write("x", [b"same"])
    service = deliver()
    eventually(lambda: listener.heard)
    time.sleep(0.15)
    second = store.write("x", [b"same"])
    eventually(lambda: len(listener.heard) == 2)
    time.sleep(0.15)
    service.stop()
    deliver()
    time.sleep(0.2)

    assert [int(each.body["generation"]) for each in listener.heard] == [first.generation, second.generation]


def test_a_file_that_is_still_being_copied_in_waits(deliver: Deliver, listener: Listener, store: FolderObjects) -> None:
    deliver()
    store.folder.mkdir(parents=True, exist_ok=True)
    with open(store.folder / "call.wav", "wb", buffering=0) as copied:
        for _ in range(8):
            copied.write(b"sound")
            time.sleep(0.08)
            list(store.list())  # somebody looking at the bucket must not make it look complete
        assert listener.heard == []
    eventually(lambda: listener.heard)

    assert [(each.body["size"], each.body["contentType"]) for each in listener.heard] == [("40", "audio/wav")]


def test_hidden_files_unfinished_downloads_and_folders_are_not_announced(
    deliver: Deliver, listener: Listener, store: FolderObjects
) -> None:
    deliver()
    (store.folder / "empty").mkdir(parents=True)
    for name in (".DS_Store", "x.wav.crdownload", "y.part"):
        (store.folder / name).write_bytes(b"x")
    time.sleep(0.4)
    assert listener.heard == []
    (store.folder / "y.part").rename(store.folder / "y.wav")
    eventually(lambda: listener.heard)

    assert names(listener) == ["y.wav"]


def test_a_file_put_back_after_it_was_taken_away_is_announced_again(
    deliver: Deliver, listener: Listener, store: FolderObjects, tmp_path: Path
) -> None:
    store.write("x", [b"x"])
    deliver()
    eventually(lambda: listener.heard)
    (store.folder / "x").rename(tmp_path / "x")
    time.sleep(0.2)
    (tmp_path / "x").rename(store.folder / "x")
    eventually(lambda: len(listener.heard) == 2)


def test_an_object_is_tried_until_its_day_is_over(deliver: Deliver, listener: Listener, store: FolderObjects) -> None:
    listener.answer = lambda heard: 500
    service = deliver(replace(QUICK, object_kept_s=0.3, max_attempts=1))
    store.write("x", [b"x"])
    eventually(service.dead_letters)

    assert len(listener.heard) > 2


# -- messages ---------------------------------------------------------------------------------------------------


def test_a_message_is_pushed_in_the_form_of_a_pubsub_cloud_event(
    deliver: Deliver, listener: Listener, bus: SQLiteEventBus
) -> None:
    message = bus.publish("calls", {"call": "қ"}, attributes={"company": "acme"}, ordering_key="acme")
    deliver()
    eventually(lambda: listener.heard)

    [heard] = listener.heard
    at = heard.headers["ce-time"]
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(seconds=10)
    assert heard.headers["ce-id"] == message
    assert heard.headers["ce-type"] == "google.cloud.pubsub.topic.v1.messagePublished"
    assert heard.headers["ce-source"] == "//pubsub.googleapis.com/projects/dialix-local/topics/calls"
    assert "ce-subject" not in heard.headers
    assert json.loads(base64.b64decode(heard.body["message"].pop("data"))) == {"call": "қ"}
    assert heard.body == {
        "subscription": "projects/dialix-local/subscriptions/calls-f",
        "message": {
            "attributes": {"company": "acme"},
            "messageId": message,
            "message_id": message,
            "publishTime": at,
            "publish_time": at,
            "orderingKey": "acme",
        },
        "deliveryAttempt": 1,
    }


def test_an_answer_that_is_no_2xx_or_none_at_all_brings_the_message_again_and_counts(
    deliver: Deliver, listener: Listener, bus: SQLiteEventBus
) -> None:
    answers = iter([500, 0, 404, 204])
    listener.answer = lambda heard: next(answers)
    bus.publish("calls", {}, attributes={})
    service = deliver()
    eventually(service.is_idle)

    assert [each.body["deliveryAttempt"] for each in listener.heard] == [1, 2, 3, 4]
    assert len({each.headers["ce-id"] for each in listener.heard}) == 1
    assert service.dead_letters() == []


def test_the_pauses_grow(deliver: Deliver, listener: Listener, bus: SQLiteEventBus) -> None:
    listener.answer = failing_first(4)
    bus.publish("calls", {}, attributes={})
    service = deliver(replace(QUICK, first_retry_s=0.05, greatest_retry_s=0.2))
    eventually(service.is_idle)

    at = [each.at for each in listener.heard]
    pauses = [after - before for before, after in pairwise(at)]
    assert [pause > least for pause, least in zip(pauses, (0.05, 0.1, 0.2, 0.2), strict=True)] == [True] * 4
    assert sum(pauses) < 1.5


def test_a_message_that_fails_too_often_becomes_a_dead_letter_that_can_be_taken(
    deliver: Deliver, listener: Listener, bus: SQLiteEventBus, queue_file: Path
) -> None:
    listener.answer = failing_first(3)
    message = bus.publish("calls", {}, attributes={})
    service = deliver(replace(QUICK, max_attempts=3))
    eventually(service.dead_letters)

    assert [(each.event_id, each.last_error) for each in service.dead_letters()] == [(message, "HTTP 500")]
    assert len(listener.heard) == 3
    eventually(service.is_idle)
    assert len(listener.heard) == 3
    dead = SQLiteDeadLetters(queue_file)
    [letter] = dead.take(10)
    assert (letter.topic, letter.data) == ("calls", {})
    dead.done(letter)
    assert service.dead_letters() == []
    dead.close()


def test_a_function_that_is_not_there_costs_no_attempt(
    deliver: Deliver, listener: Listener, bus: SQLiteEventBus
) -> None:
    absent = Listener()
    absent.close()
    bus.publish("calls", {}, attributes={})
    service = deliver(replace(QUICK, max_attempts=1), urls={"f": absent.url})
    time.sleep(0.5)
    assert service.dead_letters() == []
    service.stop()
    deliver()
    eventually(lambda: listener.heard)

    assert listener.heard[0].body["deliveryAttempt"] == 1


def test_every_subscriber_gets_the_message_and_acknowledges_for_itself(
    deliver: Deliver, listener: Listener, bus: SQLiteEventBus
) -> None:
    other = Listener(failing_first(2))
    try:
        service = deliver(urls={"f": listener.url, "g": other.url}, topics={"calls": ["f", "g"]})
        bus.publish("calls", {}, attributes={})
        eventually(lambda: len(other.heard) == 3 and service.is_idle())
    finally:
        other.close()

    assert len(listener.heard) == 1


def test_one_slow_function_does_not_hold_up_another(deliver: Deliver, listener: Listener, bus: SQLiteEventBus) -> None:
    gate = threading.Event()
    slow = Listener(lambda heard: 200 if gate.wait(5) else 500)
    try:
        service = deliver(urls={"f": listener.url, "g": slow.url}, topics={"calls": ["f", "g"]})
        for _ in range(20):
            bus.publish("calls", {}, attributes={})
        eventually(lambda: len(listener.heard) == 20)
        eventually(lambda: slow.at_once == QUICK.concurrent)
        time.sleep(0.1)
        assert slow.most_at_once == QUICK.concurrent
        gate.set()
        eventually(service.is_idle)
    finally:
        slow.close()

    assert len(slow.heard) == 20


# -- tasks ------------------------------------------------------------------------------------------------------


def test_a_task_carries_the_headers_of_cloud_tasks(
    deliver: Deliver, listener: Listener, tasks: SQLiteTaskQueue
) -> None:
    answers = iter([503, 0, 200])
    listener.answer = lambda heard: next(answers)
    tasks.enqueue(Task("stt", "f", {"call": "қ"}, name="acme-1"))
    service = deliver()
    eventually(service.is_idle)

    said = [
        {name: each.headers.get(f"x-cloudtasks-{name}") for name in _TASK_HEADERS} | {"body": each.body}
        for each in listener.heard
    ]
    always = {"queuename": "stt", "taskname": "acme-1", "body": {"call": "қ"}, "taskretryreason": None}
    answered = {"taskpreviousresponse": "503", "taskretryreason": "NON_2XX_RESPONSE"}
    assert said == [
        {**always, "taskretrycount": "0", "taskexecutioncount": "0", "taskpreviousresponse": None},
        {**always, "taskretrycount": "1", "taskexecutioncount": "1", **answered},
        {**always, "taskretrycount": "2", "taskexecutioncount": "1", "taskpreviousresponse": None},
    ]
    assert {each.headers["user-agent"] for each in listener.heard} == {"Google-Cloud-Tasks"}
    assert abs(float(listener.heard[0].headers["x-cloudtasks-tasketa"]) - time.time()) < 10
    assert not any(name.startswith("ce-") for name in listener.heard[0].headers)


_TASK_HEADERS = (
    "queuename",
    "taskname",
    "taskretrycount",
    "taskexecutioncount",
    "taskpreviousresponse",
    "taskretryreason",
)


def test_a_task_comes_at_its_time(deliver: Deliver, listener: Listener, tasks: SQLiteTaskQueue) -> None:
    service = deliver()
    began = time.monotonic()
    tasks.enqueue(Task("stt", "f", {}, schedule_at=datetime.now(UTC) + timedelta(seconds=0.4)))
    assert service.is_idle()
    assert not service.is_idle(within_s=1)
    eventually(lambda: listener.heard)

    assert 0.4 <= listener.heard[0].at - began < 0.8


def test_a_queue_keeps_its_rate_and_its_number_at_once(
    deliver: Deliver, listener: Listener, tasks: SQLiteTaskQueue
) -> None:
    def slowly(heard: Heard) -> int:
        time.sleep(0.06)
        return 200

    listener.answer = slowly
    for queue in ("rated", "narrow"):
        for _ in range(8):
            tasks.enqueue(Task(queue, "f", {"queue": queue}))
    service = deliver(queues={"rated": QueueLimits(per_second=10), "narrow": QueueLimits(concurrent=1)})
    eventually(service.is_idle)

    at = {queue: [each.at for each in listener.heard if each.body["queue"] == queue] for queue in ("rated", "narrow")}
    assert 0.65 <= at["rated"][-1] - at["rated"][0] < 1.5
    narrow = at["narrow"]
    assert all(after - before >= 0.06 for before, after in pairwise(narrow))


def test_a_task_waits_as_long_as_the_answer_asks(deliver: Deliver, listener: Listener, tasks: SQLiteTaskQueue) -> None:
    listener.answer = failing_first(1, status=429)
    listener.answer_headers = {"Retry-After": "1"}
    tasks.enqueue(Task("stt", "f", {}))
    deliver()
    eventually(lambda: len(listener.heard) == 2)

    assert listener.heard[1].at - listener.heard[0].at >= 1


# -- schedules --------------------------------------------------------------------------------------------------


def test_a_schedule_calls_its_entry_point_with_the_headers_of_cloud_scheduler(
    deliver: Deliver, listener: Listener
) -> None:
    deliver(schedules=[Schedule("sweep", "f", every_s=0.3, first_after_s=0.0, body={"deep": True})])
    eventually(lambda: len(listener.heard) >= 3)

    slots = [datetime.fromisoformat(each.headers["x-cloudscheduler-scheduletime"]) for each in listener.heard[:3]]
    assert slots == sorted(set(slots))
    assert listener.heard[0].headers["x-cloudscheduler"] == "true"
    assert listener.heard[0].headers["x-cloudscheduler-jobname"] == "sweep"
    assert listener.heard[0].headers["user-agent"] == "Google-Cloud-Scheduler"
    assert listener.heard[0].body == {"deep": True}


# -- at least once, in no order -----------------------------------------------------------------------------------


def test_with_duplicate_everything_comes_twice(
    deliver: Deliver, listener: Listener, bus: SQLiteEventBus, tasks: SQLiteTaskQueue, store: FolderObjects
) -> None:
    service = deliver(replace(QUICK, duplicate=True))
    for number in range(6):
        bus.publish("calls", {}, attributes={})
        tasks.enqueue(Task("stt", "f", {}, name=str(number)))
        store.write(str(number), [b"x"])
    eventually(lambda: len(listener.heard) >= 36 and service.is_idle())

    ids = [each.headers.get("ce-id") or each.headers["x-cloudtasks-taskname"] for each in listener.heard]
    assert sorted(ids) == sorted(2 * list(set(ids)))


def test_with_duplicate_the_copy_that_failed_comes_again(
    deliver: Deliver, listener: Listener, bus: SQLiteEventBus
) -> None:
    listener.answer = failing_first(1)
    service = deliver(replace(QUICK, duplicate=True))
    bus.publish("calls", {}, attributes={})
    eventually(lambda: len(listener.heard) >= 3 and service.is_idle())

    assert [each.body["deliveryAttempt"] for each in listener.heard] == [1, 1, 2]


def test_with_shuffle_nothing_keeps_its_order(deliver: Deliver, listener: Listener, bus: SQLiteEventBus) -> None:
    for number in range(12):
        bus.publish("calls", {}, attributes={"number": str(number)})
    service = deliver(replace(QUICK, shuffle=True, shuffle_s=0.2, seed=7, concurrent=16))
    eventually(service.is_idle)

    order = [int(each.body["message"]["attributes"]["number"]) for each in listener.heard]
    assert order != sorted(order)
    assert sorted(order) == list(range(12))


def test_two_services_do_not_deliver_from_one_queue(deliver: Deliver) -> None:
    service = deliver()
    with pytest.raises(AlreadyDelivering):
        deliver()
    service.stop()
    deliver()


def test_nothing_is_lost_when_the_service_is_killed_again_and_again(
    listener: Listener, bus: SQLiteEventBus, store: FolderObjects, tmp_path: Path
) -> None:
    def slowly(heard: Heard) -> int:
        time.sleep(0.02)
        return 200 if len(listener.heard) % 5 else 500

    listener.answer = slowly
    published = set()
    written = set()
    for life in range(5):
        service = subprocess.Popen([sys.executable, "-c", SERVICE, str(tmp_path), listener.url], stdout=subprocess.PIPE)
        assert service.stdout is not None
        service.stdout.readline()
        for number in range(10):
            published.add(bus.publish("calls", {}, attributes={}))
            written.add(store.write(f"{life}/{number}", [b"x"]).path)
            time.sleep(0.005)
        if life == 4:
            eventually(lambda: heard_all(listener, published, written))
        os.kill(service.pid, signal.SIGKILL)
        service.wait()
        service.stdout.close()

    assert heard_all(listener, published, written)


def heard_all(listener: Listener, published: set[str], written: set[str]) -> bool:
    heard = list(listener.heard)
    messages = {each.headers["ce-id"] for each in heard if "message" in each.body}
    return published <= messages and written <= {each.body.get("name") for each in heard}
