"""Structured JSON logs in the shape Cloud Logging reads: severity, message, trace, and the ids in context.

Nothing here knows phone numbers, transcripts or keys; whoever logs passes names of facts, never their text.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_SEVERITIES = {"debug": "DEBUG", "info": "INFO", "warning": "WARNING", "error": "ERROR", "critical": "CRITICAL"}


def configure_logs(function: str, level: str, to: TextIO | None = None) -> None:
    """Once a process; to standard error unless told otherwise. Ids are bound by `structlog.contextvars` at the door."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            _as_cloud_logging,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(to or sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(function=function)


def _as_cloud_logging(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["severity"] = _SEVERITIES.get(method, "DEFAULT")
    event["message"] = event.pop("event", "")
    if trace := event.pop("trace_id", None):
        event["logging.googleapis.com/trace"] = trace
    return event
