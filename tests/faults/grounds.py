"""Where the pipeline is killed: on the embedded world, and on Google's adapters and emulators.

A ground is made once for each crash point, and opened anew by every process that works on it: what a process holds
in memory dies with it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.adapters.embedded.sqlite_queue import SQLiteEventBus, SQLiteTaskQueue
from shared.domain.checklist import Checklist, ChecklistSegment, Item
from shared.domain.company import Company
from shared.domain.identity import ChecklistId, CompanyId
from shared.domain.money import Tariff
from shared.local.bucket_watch import BucketWatch
from shared.local.entry_points import ENTRY_POINTS
from shared.local.surroundings import bucket_trigger, subscribers
from shared.local.tasks_servicer import TasksServicer, serving_tasks
from shared.local.wire import object_resource
from shared.ports.document_store import DocumentStore
from shared.runtime.embedded import QUEUE_FILE, EmbeddedWorld
from shared.runtime.emulators import EmulatorsWorld
from shared.runtime.settings import Settings
from shared.services.repositories.checklists import Checklists
from shared.services.repositories.companies import Companies
from shared.services.world import CALL_ANALYZED, World

COMPANY = CompanyId("demo")
SPEECH = Path(__file__).parents[2] / "samples" / "en-wrong-number.wav"
RECORDING = f"uploads/{COMPANY}/call.wav"
LENGTH_S = 4
SECRET = "only-for-this-test-" * 3
_URLS = {point.name: f"http://127.0.0.1:1/{point.name}" for point in ENTRY_POINTS}
_TRIGGER = bucket_trigger()


@dataclass(frozen=True)
class Ground:
    """Opened. `fetch` brings to the queue what the platform would, and says how much is still on its way."""

    data: Path
    world: World
    bus: SQLiteEventBus
    tasks: SQLiteTaskQueue
    fetch: Callable[[], int]


@dataclass(frozen=True)
class Place:
    """`make` fills a folder with a company and one recording that nobody has heard of yet; `opened` opens it."""

    make: Callable[[Path], None]
    opened: Callable[[Path], AbstractContextManager[Ground]]


def make_embedded(data: Path) -> None:
    with embedded(data) as ground:
        keep_company(ground.world.documents)
        ground.world.audio.write(RECORDING, [speech()], content_type="audio/wav")


@contextmanager
def embedded(data: Path, **settings: Any) -> Iterator[Ground]:
    """`settings` stand beside those of the ground."""
    world = EmbeddedWorld(
        Settings(
            environment="development",
            world="embedded",
            data_dir=data,
            signing_secret=SECRET,
            public_url="http://127.0.0.1:1",
            lease_s=0.2,
            step_due_s=0.2,
            first_poll_s=0.05,
            **settings,
        )
    )
    bus, tasks = world.events, world.tasks
    assert isinstance(bus, SQLiteEventBus)
    assert isinstance(tasks, SQLiteTaskQueue)
    watch = BucketWatch(world.audio_folder, _TRIGGER, bus, settle_s=0)

    def fetch() -> int:
        watch.scan()
        return int(watch.is_waiting)

    yield Ground(data, world, bus, tasks, fetch)


def make_emulated(data: Path, recording: bytes | None = None) -> None:
    """A project and buckets of its own on the emulators that the environment names."""
    import httpx
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    project = _project(data)
    for name in ("audio", "artifacts"):
        storage = os.environ["STORAGE_EMULATOR_HOST"]
        answer = httpx.post(f"{storage}/storage/v1/b", params={"project": project}, json={"name": f"{project}-{name}"})
        answer.raise_for_status()
    publisher = PublisherClient()
    with SubscriberClient() as subscriber:
        for topic in {*subscribers(), CALL_ANALYZED}:
            path = f"projects/{project}/topics/{topic}"
            publisher.create_topic(name=path)
            subscriber.create_subscription(name=f"projects/{project}/subscriptions/{topic}", topic=path)
    publisher.transport.close()
    with emulated(data) as ground:
        keep_company(ground.world.documents)
        content = [speech() if recording is None else recording]
        stat = ground.world.audio.write(RECORDING, content, content_type="audio/wav")
        resource = object_resource(ground.world.audio.bucket, stat, content)
        ground.bus.announce(
            ground.world.audio.bucket, RECORDING, _TRIGGER, resource, size_bytes=stat.size_bytes, mtime_ns=0
        )


@contextmanager
def emulated(data: Path) -> Iterator[Ground]:
    """What is published goes through Pub/Sub's emulator, what is enqueued through gRPC, and then waits in SQLite."""
    project = _project(data)
    bus, tasks = SQLiteEventBus(data / QUEUE_FILE), SQLiteTaskQueue(data / QUEUE_FILE)
    with ExitStack() as stack:
        endpoint = stack.enter_context(serving_tasks(TasksServicer(tasks, _URLS)))
        world = EmulatorsWorld(
            Settings(
                environment="development",
                world="emulators",
                data_dir=data,
                project=project,
                region="europe-west3",
                audio_bucket=f"{project}-audio",
                artifacts_bucket=f"{project}-artifacts",
                function_urls=_URLS,
                tasks_endpoint=endpoint,
                signing_secret=SECRET,
                public_url="http://127.0.0.1:1",
                lease_s=0.2,
                step_due_s=0.2,
                first_poll_s=0.05,
            )
        )
        from google.cloud.pubsub_v1 import SubscriberClient

        subscriber = stack.enter_context(SubscriberClient())
        yield Ground(data, world, bus, tasks, lambda: _pulled(subscriber, project, bus))


def _pulled(subscriber: Any, project: str, bus: SQLiteEventBus) -> int:
    from google.api_core.exceptions import DeadlineExceeded

    pulled = 0
    for topic in subscribers():
        subscription = f"projects/{project}/subscriptions/{topic}"
        try:
            answer = subscriber.pull(subscription=subscription, max_messages=100, timeout=0.05, retry=None)
        except DeadlineExceeded:
            continue
        for each in answer.received_messages:
            message = each.message
            bus.publish(topic, _object(message.data), attributes=dict(message.attributes))
            subscriber.acknowledge(subscription=subscription, ack_ids=[each.ack_id])
            pulled += 1
    return pulled


def _object(data: bytes) -> dict[str, object]:
    found = json.loads(data)
    assert isinstance(found, dict)
    return found


def _project(data: Path) -> str:
    """Of that folder alone, the same for every process that opens it."""
    return "test-" + hashlib.sha256(str(data).encode()).hexdigest()[:20]


def keep_company(documents: DocumentStore) -> None:
    greets = Item(id="i", text="Greets", phrases=("how can I help you", "good afternoon"))
    segment = ChecklistSegment(id="s", title="Opening", items=(greets,))
    checklist = Checklist(id=ChecklistId("c"), title="Greeting", segments=(segment,))
    Checklists(documents, COMPANY).save(checklist)
    tariff = Tariff(recognition_tiyin_per_minute=6_000, judgement_tiyin_per_call=500)
    Companies(documents).create(
        Company(id=COMPANY, name="Demo", checklist=checklist.id, tariff=tariff, created_at=datetime.now(UTC))
    )


def speech() -> bytes:
    """A WAV of `LENGTH_S` seconds, two speakers."""
    with wave.open(str(SPEECH)) as source:
        piece = source.readframes(LENGTH_S * source.getframerate())
        parameters = source.getparams()
    written = io.BytesIO()
    with wave.open(written, "wb") as short:
        short.setparams(parameters)
        short.writeframes(piece)
    return written.getvalue()


PLACES = {"embedded": Place(make_embedded, embedded), "emulators": Place(make_emulated, emulated)}
