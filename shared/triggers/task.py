"""A Cloud Tasks request becomes a command; so does Cloud Scheduler's, which carries none."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from shared.domain.errors import InvalidInput

if TYPE_CHECKING:
    from flask import Request

C = TypeVar("C", bound=BaseModel)


def tasked(request: Request, command: type[C]) -> tuple[C, int]:
    """The command and which attempt this is, from 1. Raises InvalidInput."""
    try:
        body = command.model_validate_json(request.get_data() or b"{}")
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(".".join(map(str, first["loc"])) or "body", first["msg"]) from error
    return body, 1 + request.headers.get("X-CloudTasks-TaskRetryCount", default=0, type=int)
