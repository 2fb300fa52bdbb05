"""Throw-away functions under the real functions-framework, each in its own process, fed by the delivery service."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.embedded.sqlite_queue import SQLiteEventBus, SQLiteTaskQueue
from shared.local.delivery import DeliveryService, Pace, Routes
from shared.local.processes import DidNotStart, Function, PortTaken, Processes, Worker
from shared.ports.task_queue import Task
from tests.local.listener import eventually

REPOSITORY = Path(__file__).parents[2]

HEARD = """
import functions_framework, json, os

def remember(**what):
    with open(os.environ["HEARD"], "a") as file:
        file.write(json.dumps(what) + "\\n")

@functions_framework.cloud_event
def heard_event(event):
    remember(id=event["id"], type=event["type"], source=event["source"], subject=event.get("subject"),
             data=event.get_data(), pid=os.getpid())
    try:
        open(os.environ["HEARD"] + ".failed", "x").close()
    except FileExistsError:
        return
    raise RuntimeError("the first time fails")

@functions_framework.http
def heard_task(request):
    print("a task was heard", flush=True)
    remember(task=request.headers["X-CloudTasks-TaskName"], body=request.get_json(), pid=os.getpid(),
             target=os.environ["FUNCTION_TARGET"])
    return "", 204
"""

DOOR = """
import functions_framework.aio
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

app = Starlette(routes=[Route("/hello", lambda request: PlainTextResponse("hello"))])

@functions_framework.aio.http
async def door(request):
    return app
"""

STACK = """
import sys, time
from pathlib import Path
from shared.local.processes import Function, Processes, end_signals
root = Path(sys.argv[1])
functions = [Function("heard_task", "heard", "http"), Function("door", "door", "http", is_asgi=True)]
with end_signals() as ended, Processes(functions, root=root, log_dir=root / "logs") as stack:
    stack.wait_until_ready(30)
    print(*(stack.pid(each.name) for each in functions), *stack.urls.values(), flush=True)
    ended.wait(60)
print("ended in order", flush=True)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    for folder, source in (("heard", HEARD), ("door", DOOR), ("broken", "raise ValueError('a mistake in it')")):
        (root / "functions" / folder).mkdir(parents=True)
        (root / "functions" / folder / "main.py").write_text(source)
    (root / "ticking.py").write_text("import sys, time\nprint('ticks', *sys.argv[1:])\ntime.sleep(60)\n")
    return root


@pytest.fixture(scope="module")
def stack(root: Path) -> Iterator[Processes]:
    specs: list[Function | Worker] = [
        Function("heard_event", "heard", "cloudevent"),
        Function("heard_task", "heard", "http", env={"THREADS": "2"}),
        Function("door", "door", "http", is_asgi=True),
        Worker("ticking", "ticking", ["--fast"]),
    ]
    with Processes(specs, root=root, log_dir=root / "logs", env={"HEARD": str(root / "heard.jsonl")}) as stack:
        stack.wait_until_ready(30)
        yield stack


def heard(root: Path) -> list[dict[str, Any]]:
    file = root / "heard.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def are_gone(pids: set[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)


def listens(url: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), timeout=0.5):
            return True
    except OSError:
        return False


def test_the_framework_takes_what_the_delivery_service_sends(stack: Processes, root: Path, tmp_path: Path) -> None:
    store = FolderObjects(tmp_path, "audio", "http://x", b"k")
    bus, tasks = SQLiteEventBus(tmp_path / "queue.sqlite3"), SQLiteTaskQueue(tmp_path / "queue.sqlite3")
    routes = Routes(stack.urls, topics={"calls": ["heard_event"]}, buckets={"audio": "heard_event"})
    pace = Pace(first_retry_s=0.05, scan_every_s=0.05)
    with DeliveryService(tmp_path / "queue.sqlite3", {"audio": store}, routes, pace=pace) as service:
        store.write("қ 1.wav", [b"sound"], content_type="audio/wav")
        message = bus.publish("calls", {"call": "1"}, attributes={"company": "acme"})
        tasks.enqueue(Task("stt", "heard_task", {"call": "1"}, name="one"))
        eventually(lambda: len(heard(root)) >= 4 and service.is_idle())
    bus.close()
    tasks.close()

    events = [each for each in heard(root) if "type" in each]
    finalised = [each for each in events if each["type"] == "google.cloud.storage.object.v1.finalized"]
    published = [each for each in events if each["type"] == "google.cloud.pubsub.topic.v1.messagePublished"]
    assert finalised[-1]["source"] == "//storage.googleapis.com/projects/_/buckets/audio"
    assert finalised[-1]["data"]["name"] == "қ 1.wav"
    assert published[-1]["id"] == message
    assert published[-1]["data"]["message"]["attributes"] == {"company": "acme"}
    # whichever came first failed once
    assert sorted([len(finalised), len(published)]) == [1, 2]
    assert [(each["task"], each["target"], each["body"]) for each in heard(root) if "task" in each] == [
        ("one", "heard_task", {"call": "1"})
    ]
    eventually(lambda: "a task was heard" in (root / "logs" / "heard_task.log").read_text())


def test_an_asgi_application_is_served_by_its_routes(stack: Processes) -> None:
    with httpx.Client(base_url=stack.url("door"), trust_env=False) as client:
        assert client.get("/hello").text == "hello"
        assert client.get("/elsewhere").status_code == 404


def test_a_worker_runs_beside_with_its_arguments(stack: Processes, root: Path) -> None:
    eventually(lambda: "ticks --fast" in (root / "logs" / "ticking.log").read_text())


def test_a_process_that_died_is_started_again_on_its_port(stack: Processes) -> None:
    url, before = stack.url("door"), stack.pid("door")
    assert before is not None
    os.kill(before, signal.SIGKILL)
    eventually(lambda: stack.pid("door") not in (None, before) and listens(url))

    with httpx.Client(base_url=url, trust_env=False) as client:
        eventually(lambda: client.get("/hello").text == "hello")


def test_a_function_that_cannot_be_loaded_says_why(root: Path, tmp_path: Path) -> None:
    broken = Function("broken", "broken", "http")
    with (
        pytest.raises(DidNotStart, match="a mistake in it"),
        Processes([broken], root=root, log_dir=tmp_path) as stack,
    ):
        stack.wait_until_ready(30)


def test_a_wanted_port_that_is_taken_is_named(root: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(PortTaken, match=f"port {port} .* for door"),
            Processes([Function("door", "door", "http", port=port)], root=root, log_dir=tmp_path),
        ):
            pass


def test_all_end_when_the_stack_is_asked_to_or_killed(root: Path, tmp_path: Path) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        stack = subprocess.Popen(
            [sys.executable, "-c", STACK, str(root)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "HEARD": str(tmp_path / "heard")},
        )
        assert stack.stdout is not None
        first, second, *urls = stack.stdout.readline().split()
        masters = [int(first), int(second)]
        eventually(partial(have_workers, masters), within_s=30)
        everyone = {*masters, *(pid for master in masters for pid in children(master))}
        assert all(listens(url) for url in urls)
        began = time.monotonic()
        stack.send_signal(how)
        stack.wait(10)

        eventually(partial(are_gone, everyone))
        assert time.monotonic() - began < 6
        assert stack.stdout.read() == ("ended in order\n" if how == signal.SIGTERM else "")
        stack.stdout.close()


def have_workers(masters: list[int]) -> bool:
    return all(len(children(master)) == 1 for master in masters)


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
