"""What Cloud Tasks takes, held in every world, so that what works on one machine works there."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

from shared.ports.task_queue import Task

MAX_BODY_BYTES = 1_000_000
MAX_SCHEDULE = timedelta(days=30)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,500}")


def checked_body(task: Task, now: datetime) -> bytes:
    """The body as JSON. Raises ValueError for a task that Cloud Tasks would refuse, TypeError for what is no JSON."""
    body = json.dumps(dict(task.body), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    if task.name is not None and not _NAME.fullmatch(task.name):
        raise ValueError("a task's name has 1 to 500 letters, digits, - and _")
    if len(body) > MAX_BODY_BYTES:
        raise ValueError(f"a task has at most {MAX_BODY_BYTES} bytes")
    if task.schedule_at is not None and task.schedule_at.tzinfo is None:
        raise ValueError("a task's schedule_at is aware")
    if task.schedule_at is not None and task.schedule_at > now + MAX_SCHEDULE:
        raise ValueError("a task is scheduled at most 30 days ahead")
    return body
