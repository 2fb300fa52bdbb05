"""Wires the analyze function."""

from __future__ import annotations

from functools import cache
from typing import Any

from shared.domain.call import Reason
from shared.runtime.door import bind_call, bind_event
from shared.runtime.open_world import open_world
from shared.runtime.settings import Settings, load_settings
from shared.services.analyze_call import analyze_call
from shared.services.dead_letters import record_dead_letter
from shared.services.steps import CallStep, give_up_step
from shared.services.world import World
from shared.triggers.outcome import handled
from shared.triggers.pubsub import published


class Analyze:
    def __init__(self, world: World, max_attempts: int) -> None:
        self._world = world
        self._max_attempts = max_attempts

    def call_transcribed(self, event: Any) -> None:
        bind_event(event)

        def work() -> None:
            step, attempt = published(event, CallStep)
            bind_call(step)
            handled(
                lambda: analyze_call(step, self._world),
                is_last_attempt=attempt >= self._max_attempts,
                give_up=lambda: give_up_step(self._world, step, Reason.JUDGE_UNAVAILABLE),
            )

        handled(work)

    def dead_letter(self, event: Any) -> None:
        bind_event(event)

        def work() -> None:
            step, _ = published(event, CallStep)
            bind_call(step)
            record_dead_letter(step, self._world)

        handled(work)


def wire(settings: Settings) -> Analyze:
    return Analyze(open_world(settings, "analyze"), settings.max_attempts)


@cache
def handlers() -> Analyze:
    """Built when the first request comes: clients must not be made before the server forks."""
    return wire(load_settings())
