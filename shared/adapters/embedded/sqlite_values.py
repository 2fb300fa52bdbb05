"""How a document lies in SQLite: JSON whose scalars compare inside SQL as they do in Firestore.

Text, bytes and instants all become JSON strings, told apart by a first character that no other kind has and
that keeps each kind together in an index: `#2026-11-23T…Z`, `'text`, `*00ff`. None becomes minus infinity,
the one number a document cannot hold: it sorts before all others, and SQL's NULL is left to mean "missing".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias, cast

from shared.adapters.document_rules import FieldPath, Plain

SQLValue: TypeAlias = "int | str"
LEAST = "-9e999"
"""The SQL and JSON spelling of None."""

_INSTANT, _TEXT, _BYTES = "#", "'", "*"
_AFTER = {_INSTANT: "$", _TEXT: "(", _BYTES: "+"}
_quoted = json.JSONEncoder(ensure_ascii=False).encode


def to_json(value: Plain) -> str:
    match value:
        case None:
            return LEAST
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list():
            return "[" + ",".join(map(to_json, value)) + "]"
        case dict():
            return "{" + ",".join(f"{_quoted(key)}:{to_json(each)}" for key, each in value.items()) + "}"
        case _:
            return _quoted(_tagged(value))


def from_json(text: str) -> dict[str, Plain]:
    return cast("dict[str, Plain]", _untagged(json.loads(text, parse_float=_number)))


def extracted(path: FieldPath) -> str:
    """The SQL of a field's value; NULL when it is missing. Its very text is what an expression index matches."""
    return f"json_extract(data, {_json_path(path)})"


def type_of(path: FieldPath) -> str:
    """The SQL of a field's JSON type, which tells true from 1."""
    return f"json_type(data, {_json_path(path)})"


def operand(value: Plain) -> tuple[str, list[SQLValue]]:
    """SQL and parameter that equal `extracted` of a field that holds `value`."""
    match value:
        case None:
            return LEAST, []
        case bool() | int():
            return "?", [int(value)]
        case float():
            # SQLite reads decimals less exactly than Python: both sides are read by the same reader.
            return "json_extract(?, '$')", [repr(value)]
        case list() | dict():
            return "?", [to_json(value)]
        case _:
            return "?", [_tagged(value)]


def kind_bounds(value: Plain) -> tuple[str, str]:
    """The comparisons, in SQL, that hold of values of the operand's kind and of hardly any other."""
    match value:
        case bool():
            return ">= 0", "<= 1"
        case int() | float():
            return f"> {LEAST}", "< ''"
        case str() | bytes() | datetime():
            tag = _tagged(value)[0]
            return f">= {_literal(tag)}", f"< {_literal(_AFTER[tag])}"
        case _:
            raise ValueError(f"no range of {type(value).__name__}")


def is_of_kind(path: FieldPath, value: Plain) -> str | None:
    """SQL that tells true and false from 1 and 0, or None when the operand meets neither."""
    match value:
        case bool():
            return f"{type_of(path)} IN ('true', 'false')"
        case int() | float():
            return f"({extracted(path)} NOT IN (0, 1) OR {type_of(path)} IN ('integer', 'real'))"
        case _:
            return None


def _tagged(value: Plain) -> str:
    match value:
        case datetime():
            instant = value.astimezone(UTC).replace(tzinfo=None)
            return f"{_INSTANT}{instant.isoformat(timespec='microseconds')}Z"
        case bytes():
            return _BYTES + value.hex()
        case str():
            # SQLite's JSON functions end a string at NUL, so it is escaped in an order-preserving way.
            return _TEXT + value.replace("\x01", "\x01\x02").replace("\x00", "\x01\x01")
        case _:
            raise TypeError(type(value).__name__)


def _untagged(value: object) -> Plain:
    match value:
        case str():
            body = value[1:]
            match value[0]:
                case "'":
                    return body.replace("\x01\x01", "\x00").replace("\x01\x02", "\x01") if "\x01" in body else body
                case "#":
                    return datetime.fromisoformat(body)
                case _:
                    return bytes.fromhex(body)
        case dict():
            return {key: _untagged(each) for key, each in value.items()}
        case list():
            return [_untagged(each) for each in cast("Sequence[object]", value)]
        case _:
            return cast("Plain", value)


def _number(text: str) -> float | None:
    return None if text == LEAST else float(text)


def _json_path(path: FieldPath) -> str:
    return _literal("$" + "".join(f'."{part}"' for part in path))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
