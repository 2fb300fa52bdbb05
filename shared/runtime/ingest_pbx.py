"""Wires the ingest_pbx function: its three entry points."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import structlog

from shared.domain.call import Reason
from shared.runtime.door import answered, bind_call, bind_task
from shared.runtime.open_world import open_world
from shared.runtime.settings import Settings, load_settings
from shared.services.backfill import plan_reading, read_history
from shared.services.fetch_recording import FetchRecording, fetch_recording
from shared.services.steps import give_up_step
from shared.services.sync_pbx import SyncPBX
from shared.services.world import World
from shared.triggers.outcome import handled
from shared.triggers.task import tasked

if TYPE_CHECKING:
    from flask import Request


class IngestPBX:
    def __init__(self, world: World, max_attempts: int) -> None:
        self._world = world
        self._max_attempts = max_attempts

    def plan(self, request: Request) -> tuple[str, int]:
        bind_task(request)
        return answered(lambda: handled(lambda: plan_reading(self._world)))

    def sync(self, request: Request) -> tuple[str, int]:
        bind_task(request)

        def work() -> None:
            command, attempt = tasked(request, SyncPBX)
            structlog.contextvars.bind_contextvars(company=command.company)
            # the integration says what is wrong, and the next minute has a task of its own
            handled(
                lambda: read_history(command, self._world),
                is_last_attempt=attempt >= self._max_attempts,
                give_up=lambda: None,
            )

        return answered(work)

    def recording(self, request: Request) -> tuple[str, int]:
        bind_task(request)

        def work() -> None:
            step, attempt = tasked(request, FetchRecording)
            bind_call(step)
            handled(
                lambda: fetch_recording(step, self._world),
                is_last_attempt=attempt >= self._max_attempts,
                give_up=lambda: give_up_step(self._world, step, Reason.RECORDING_GONE),
            )

        return answered(work)


def wire(settings: Settings) -> IngestPBX:
    return IngestPBX(open_world(settings, "ingest_pbx"), settings.max_attempts)


@cache
def handlers() -> IngestPBX:
    """Built when the first request comes: clients must not be made before the server forks."""
    return wire(load_settings())
