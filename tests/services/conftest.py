"""An embedded world with one company, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pytest

from shared.adapters.embedded.sqlite_queue import SQLiteEventBus, SQLiteTaskQueue
from shared.domain.company import Company
from shared.domain.identity import CompanyId
from shared.ports.event_bus import EventBus
from shared.ports.task_queue import TaskQueue
from shared.runtime.embedded import EmbeddedWorld
from shared.runtime.settings import Settings
from shared.services.repositories.companies import Companies

COMPANY = CompanyId("demo")


class MovedClock:
    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at

    def pass_(self, time: timedelta) -> None:
        self.at += time


class TimedWorld(EmbeddedWorld):
    """The embedded world under a clock of the test's own; objects keep the machine's."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            Settings(
                environment="development",
                world="embedded",
                data_dir=data,
                signing_secret="only-for-this-test-" * 3,
                public_url="http://127.0.0.1:1",
            )
        )
        self.time = MovedClock()
        self.queue_file = data / "queue.sqlite3"

    @property
    def clock(self) -> MovedClock:
        return self.time

    @property
    def events(self) -> EventBus:
        return self.bus

    @property
    def tasks(self) -> TaskQueue:
        return self.queue

    @cached_property
    def bus(self) -> SQLiteEventBus:
        return SQLiteEventBus(self.queue_file, clock=self.time)

    @cached_property
    def queue(self) -> SQLiteTaskQueue:
        return SQLiteTaskQueue(self.queue_file, clock=self.time)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TimedWorld]:
    world = TimedWorld(tmp_path)
    Companies(world.documents).create(Company(id=COMPANY, name="Demo", created_at=world.clock.now()))
    yield world
    world.bus.close()
    world.queue.close()
