"""Wires the transcribe function: its four entry points."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from shared.domain.call import Reason
from shared.runtime.door import answered, bind_call, bind_event, bind_task
from shared.runtime.open_world import open_world
from shared.runtime.settings import Settings, load_settings
from shared.services.collect_result import CollectResult, collect_result
from shared.services.reconcile_bucket import reconcile_bucket
from shared.services.register_recording import give_up_recording, register_recording
from shared.services.steps import give_up_step
from shared.services.submit_recording import SubmitRecording, submit_recording
from shared.services.sweep_calls import sweep_calls
from shared.services.world import World
from shared.triggers.outcome import handled
from shared.triggers.storage import recording_finalised
from shared.triggers.task import tasked

if TYPE_CHECKING:
    from flask import Request


EVENT_PATIENCE = timedelta(hours=20)
"""Eventarc drops an event after 24 hours: before that its failure is recorded."""


class Transcribe:
    def __init__(self, world: World, max_attempts: int) -> None:
        self._world = world
        self._max_attempts = max_attempts

    def recording_finalised(self, event: Any) -> None:
        bind_event(event)

        def work() -> None:
            command = recording_finalised(event, self._world.audio.bucket)
            if command is None:
                return
            handled(
                lambda: register_recording(command, self._world),
                # such an event counts no attempts; it says when it began
                is_last_attempt=self._world.clock.now() - command.finalised_at > EVENT_PATIENCE,
                give_up=lambda: give_up_recording(command, self._world),
            )

        handled(work)

    def submit(self, request: Request) -> tuple[str, int]:
        bind_task(request)

        def work() -> None:
            step, attempt = tasked(request, SubmitRecording)
            bind_call(step)
            handled(
                lambda: submit_recording(step, self._world),
                is_last_attempt=attempt >= self._max_attempts,
                give_up=lambda: give_up_step(self._world, step, Reason.RECOGNIZER_UNAVAILABLE),
            )

        return answered(work)

    def result(self, request: Request) -> tuple[str, int]:
        bind_task(request)

        def work() -> None:
            step, attempt = tasked(request, CollectResult)
            bind_call(step)
            handled(
                lambda: collect_result(step, self._world),
                is_last_attempt=attempt >= self._max_attempts,
                give_up=lambda: give_up_step(self._world, step, Reason.RECOGNIZER_UNAVAILABLE),
            )

        return answered(work)

    def sweep(self, request: Request) -> tuple[str, int]:
        bind_task(request)
        return answered(lambda: handled(lambda: sweep_calls(self._world)))

    def reconcile(self, request: Request) -> tuple[str, int]:
        bind_task(request)
        return answered(lambda: handled(lambda: reconcile_bucket(self._world)))


def wire(settings: Settings) -> Transcribe:
    return Transcribe(open_world(settings, "transcribe"), settings.max_attempts)


@cache
def handlers() -> Transcribe:
    """Built when the first request comes: clients must not be made before the server forks."""
    return wire(load_settings())
