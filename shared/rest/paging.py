"""Pages of a list: an opaque cursor says where the last one ended, and of which list."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.domain.errors import InvalidInput
from shared.ports.document_store import Value

MAX_LIMIT = 200
DEFAULT_LIMIT = 50


def cursor(values: Sequence[Value], question: Mapping[str, object]) -> str:
    """`values` are those of the last item seen, in the list's order; `question` is filters and order."""
    content = {"q": _mark(question), "v": [_plain(value) for value in values]}
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def after_cursor(text: str | None, question: Mapping[str, object], kinds: tuple[type, ...]) -> tuple[Value, ...] | None:
    """Where to go on: values of those `kinds`.

    Raises InvalidInput for what is no cursor, or one of a list asked for otherwise.
    """
    if text is None:
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        mark, values = content["q"], [_value(each) for each in content["v"]]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as error:
        raise InvalidInput("cursor", "not a cursor; send next_cursor as it came") from error
    if [type(value) for value in values] != list(kinds):
        raise InvalidInput("cursor", "not a cursor; send next_cursor as it came")
    if mark != _mark(question):
        raise InvalidInput("cursor", "a cursor goes with the filters and order it came with")
    return tuple(values)


def _mark(question: Mapping[str, object]) -> str:
    asked = sorted((name, str(value)) for name, value in question.items() if value is not None)
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]


def _plain(value: Value) -> object:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _value(plain: object) -> Value:
    match plain:
        case {"at": str(at)}:
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is None:
                raise ValueError("a naive instant")
            return moment
        case str() | int() | float() | None:
            return plain
    raise ValueError("not a value of ours")
