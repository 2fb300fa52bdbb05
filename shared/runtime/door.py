"""What every function does as a delivery comes in: ids into the log's context, an outcome into a status."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from shared.domain.errors import PermanentError
from shared.services.steps import CallStep
from shared.triggers.outcome import DeliverAgain

if TYPE_CHECKING:
    from flask import Request

log = structlog.get_logger(__name__)


def bind_event(event: Any) -> None:
    structlog.contextvars.bind_contextvars(delivery=event["id"], trace_id=event["id"], company=None, call=None)


def bind_task(request: Request) -> None:
    task = request.headers.get("X-CloudTasks-TaskName") or request.headers.get("X-CloudScheduler-JobName")
    trace = request.headers.get("X-Cloud-Trace-Context", "").partition("/")[0] or task
    structlog.contextvars.bind_contextvars(delivery=task, trace_id=trace, company=None, call=None)


def bind_call(step: CallStep) -> None:
    structlog.contextvars.bind_contextvars(company=step.company, call=step.call, revision=step.revision)


def answered(work: Callable[[], object]) -> tuple[str, int]:
    """204 when the task is done with, 503 when it should come again.

    A task whose body can never be understood is done with: the queue would only bring it again.
    """
    try:
        work()
    except DeliverAgain as again:
        return str(again), 503
    except PermanentError as error:
        log.error("task_refused", error=type(error).__name__, detail=str(error))
    return "", 204
