"""Our own topics' messages, in the form of the framework's Pub/Sub CloudEvent, become commands."""

from __future__ import annotations

import base64
import json
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from shared.domain.errors import InvalidInput

C = TypeVar("C", bound=BaseModel)


class _Message(BaseModel):
    data: str = ""
    attributes: dict[str, str] = Field(default_factory=dict)


class _Published(BaseModel):
    message: _Message
    delivery_attempt: int = Field(default=1, alias="deliveryAttempt")
    """Counted only under a dead-letter policy; the emulator never says it."""


def published(event: Any, command: type[C]) -> tuple[C, int]:
    """The command and which attempt this is (1 when unknown). Raises InvalidInput."""
    try:
        envelope = _Published.model_validate(event.get_data() or {})
        body = json.loads(base64.b64decode(envelope.message.data, validate=True) or b"null")
        return command.model_validate(body), envelope.delivery_attempt
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput("message." + ".".join(map(str, first["loc"])), first["msg"]) from error
    except ValueError as error:
        raise InvalidInput("message.data", "is not base64 of JSON") from error
