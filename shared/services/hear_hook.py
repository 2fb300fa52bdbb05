"""A recogniser says that a job is done: we look sooner than planned, with our own credentials."""

from __future__ import annotations

from shared.domain.errors import NotFound
from shared.ports.task_queue import Task
from shared.services.hook_token import call_of_hook, company_of_pbx_hook
from shared.services.repositories.integrations import Integrations
from shared.services.steps import CallStep
from shared.services.sync_pbx import HINT_DELAY, plan_sync
from shared.services.world import World

AT_MOST_EVERY_S = 10
"""Hints that come closer together are one look: whoever holds an address cannot flood the queue."""


def hear_hook(token: str, world: World) -> None:
    """Raises NotFound for an address that we did not make. Nothing is read: the answer is fast."""
    company, call, revision = call_of_hook(world.signing_secret, token)
    window = int(world.clock.now().timestamp()) // AT_MOST_EVERY_S
    step = CallStep(company=company, call=call, revision=revision)
    world.tasks.enqueue(
        Task(
            queue="recognition-results",
            entry_point="transcribe_result",
            body=step.model_dump(),
            name=f"{call}-{company}-{revision}-hook-{window}",
        )
    )


def hear_pbx_hook(token: str, world: World) -> None:
    """Plans a look at the company's history, once a minute at most. Raises NotFound."""
    company = company_of_pbx_hook(world.signing_secret, token)
    if Integrations(world.documents, company).find_pbx() is None:
        raise NotFound("no such hook")
    plan_sync(world, company, "hint", world.clock.now() + HINT_DELAY)
