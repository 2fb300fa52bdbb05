"""What a product on this machine stands in: folders and SQLite, or Google's emulators."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.embedded.sqlite_queue import SQLiteEventBus, SQLiteTaskQueue
from shared.local import emulators
from shared.local.entry_points import ENTRY_POINTS
from shared.local.processes import DidNotStart
from shared.local.storage_relay import StorageRelay
from shared.local.tasks_servicer import TasksServicer, serving_tasks
from shared.runtime.embedded import QUEUE_FILE, EmbeddedWorld
from shared.runtime.emulators import EmulatorsWorld
from shared.runtime.settings import Settings
from shared.services.world import CALL_ANALYZED, DEAD_LETTERS, World

PROJECT = "dialix-local"
REGION = "europe-west3"
_BUCKETS = {"audio": "dialix-audio", "artifacts": "dialix-artifacts"}
_NOTIFICATIONS = "storage-notifications"
_ACK_DEADLINE_S = 600
_DEADLINE_S = 30.0


@dataclass(frozen=True)
class Surroundings:
    """`env` is what functions and workers need to know besides the settings that all worlds share."""

    world: World
    env: Mapping[str, str]
    uploads: Path | None = None
    """A file dropped here becomes a call of the demo company; None where there is no folder to drop into."""
    stores: Mapping[str, FolderObjects] = field(default_factory=dict)
    topics: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the local delivery service brings itself."""
    delivering: Callable[[], AbstractContextManager[object]] = nullcontext
    """What else brings things to the functions, entered when they listen."""


Surround = Callable[[Path, Mapping[str, str], str, str], AbstractContextManager[Surroundings]]
"""(data folder, URLs by entry point, signing secret, public URL) → the surroundings, while the block lasts."""


@contextmanager
def embedded(data_dir: Path, urls: Mapping[str, str], secret: str, public_url: str) -> Iterator[Surroundings]:
    world = EmbeddedWorld(
        Settings(
            environment="development",
            world="embedded",
            data_dir=data_dir.resolve(),
            signing_secret=secret,
            public_url=public_url,
        )
    )
    uploads = world.audio_folder.folder / "uploads" / "demo"
    uploads.mkdir(parents=True, exist_ok=True)
    yield Surroundings(
        world=world,
        env={"DIALIX_WORLD": "embedded"},
        uploads=uploads,
        stores={world.audio_folder.bucket: world.audio_folder},
        topics=subscribers(),
    )


@contextmanager
def emulated(data_dir: Path, urls: Mapping[str, str], secret: str, public_url: str) -> Iterator[Surroundings]:
    """Every start begins empty: the emulators keep nothing. Raises DidNotStart."""
    lacking = emulators.missing()
    if lacking is not None:
        raise DidNotStart(f"WORLD=emulators runs on Google's own emulators, and {lacking}")
    _emptied(data_dir)
    logs = data_dir / "logs"
    with ExitStack() as stack:
        try:
            firestore = stack.enter_context(emulators.firestore(logs / "firestore.log"))
            pubsub = stack.enter_context(emulators.pubsub(logs / "pubsub.log"))
            stack.enter_context(_in_environment({"FIRESTORE_EMULATOR_HOST": firestore, "PUBSUB_EMULATOR_HOST": pubsub}))
            _make_topics()
            storage = stack.enter_context(
                emulators.storage(logs / "storage.log", data_dir / "buckets", events=(pubsub, PROJECT, _NOTIFICATIONS))
            )
        except emulators.EmulatorDidNotStart as error:
            raise DidNotStart(str(error)) from error
        stack.enter_context(_in_environment({"STORAGE_EMULATOR_HOST": storage}))
        _make_buckets(storage)
        tasks = SQLiteTaskQueue(data_dir / QUEUE_FILE)
        stack.callback(tasks.close)
        endpoint = stack.enter_context(serving_tasks(TasksServicer(tasks, urls)))
        settings = Settings(
            environment="development",
            world="emulators",
            data_dir=data_dir.resolve(),
            project=PROJECT,
            region=REGION,
            audio_bucket=_BUCKETS["audio"],
            artifacts_bucket=_BUCKETS["artifacts"],
            function_urls=dict(urls),
            tasks_endpoint=endpoint,
            signing_secret=secret,
            public_url=public_url,
        )
        yield Surroundings(
            world=EmulatorsWorld(settings),
            env={
                "DIALIX_WORLD": "emulators",
                "DIALIX_PROJECT": PROJECT,
                "DIALIX_REGION": REGION,
                "DIALIX_AUDIO_BUCKET": _BUCKETS["audio"],
                "DIALIX_ARTIFACTS_BUCKET": _BUCKETS["artifacts"],
                "DIALIX_FUNCTION_URLS": json.dumps(dict(urls)),
                "DIALIX_TASKS_ENDPOINT": endpoint,
                "FIRESTORE_EMULATOR_HOST": firestore,
                "PUBSUB_EMULATOR_HOST": pubsub,
                "STORAGE_EMULATOR_HOST": storage,
            },
            delivering=lambda: _delivering(data_dir, urls),
        )


def subscribers() -> dict[str, list[str]]:
    """Entry points by topic."""
    topics: dict[str, list[str]] = {}
    for point in ENTRY_POINTS:
        if point.topic is not None:
            topics.setdefault(point.topic, []).append(point.name)
    return topics


def bucket_trigger() -> str:
    """The entry point that the audio bucket's finalised objects go to."""
    return next(point.name for point in ENTRY_POINTS if point.is_bucket_trigger)


@contextmanager
def _delivering(data_dir: Path, urls: Mapping[str, str]) -> Iterator[None]:
    """Push subscriptions to the functions, in the form that the framework's Pub/Sub binding takes, and the relay."""
    from google.cloud.pubsub_v1 import SubscriberClient

    with SubscriberClient() as subscriber:
        for topic, entry_points in subscribers().items():
            for entry_point in entry_points:
                path = f"projects/{PROJECT}/topics/{topic}"
                request: dict[str, object] = {
                    "name": f"projects/{PROJECT}/subscriptions/{topic}-{entry_point}",
                    "topic": path,
                    "ack_deadline_seconds": _ACK_DEADLINE_S,
                    "push_config": {
                        "push_endpoint": f"{urls[entry_point]}/{path}?__GCP_CloudEventsMode=CE_PUBSUB_BINDING"
                    },
                }
                if topic != DEAD_LETTERS:
                    request["dead_letter_policy"] = {
                        "dead_letter_topic": f"projects/{PROJECT}/topics/{DEAD_LETTERS}",
                        "max_delivery_attempts": 10,
                    }
                subscriber.create_subscription(request=request, timeout=_DEADLINE_S)
        for name, topic in ((_NOTIFICATIONS, _NOTIFICATIONS), (DEAD_LETTERS, DEAD_LETTERS)):
            subscriber.create_subscription(
                name=f"projects/{PROJECT}/subscriptions/{name}",
                topic=f"projects/{PROJECT}/topics/{topic}",
                ack_deadline_seconds=_ACK_DEADLINE_S,
                timeout=_DEADLINE_S,
            )
    bus = SQLiteEventBus(data_dir / QUEUE_FILE)
    subscription = f"projects/{PROJECT}/subscriptions/{_NOTIFICATIONS}"
    with StorageRelay(subscription, _BUCKETS["audio"], bucket_trigger(), bus):
        yield
    bus.close()


def _make_topics() -> None:
    from google.cloud.pubsub_v1 import PublisherClient

    publisher = PublisherClient()
    for topic in {*subscribers(), CALL_ANALYZED, DEAD_LETTERS, _NOTIFICATIONS}:
        publisher.create_topic(name=f"projects/{PROJECT}/topics/{topic}", timeout=_DEADLINE_S)
    publisher.transport.close()


def _make_buckets(storage: str) -> None:
    import httpx

    for name in _BUCKETS.values():
        answer = httpx.post(f"{storage}/storage/v1/b", params={"project": PROJECT}, json={"name": name})
        answer.raise_for_status()


def _emptied(data_dir: Path) -> None:
    for each in data_dir.iterdir() if data_dir.exists() else ():
        if each.name not in ("logs", "signing-secret", "login.json"):
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    (data_dir / "logs").mkdir(parents=True, exist_ok=True)


@contextmanager
def _in_environment(values: Mapping[str, str]) -> Iterator[None]:
    """Google's clients read it when they are made."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
