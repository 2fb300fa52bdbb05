"""What a document store takes, checked alike whichever store answers: values, paths, changes and queries.

Every refusal is a ValueError, raised before anything is sent. The limits are Firestore's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from shared.ports.document_store import ArrayUnion, Change, DeleteField, Increment, Query, Value

Plain: TypeAlias = "bool | int | float | str | bytes | datetime | list[Plain] | dict[str, Plain] | None"
"""A `Value` made of Python's own types alone, every datetime in UTC."""
PlainChange: TypeAlias = "Plain | Increment | ArrayUnion | DeleteField"
FieldPath: TypeAlias = tuple[str, ...]

MAX_DOCUMENT_BYTES = 1_048_576
MAX_DEPTH = 20
MAX_DISJUNCTIONS = 30
RANGE_OPERATORS = frozenset({"<", "<=", ">", ">="})

_RESERVED = re.compile(r"__.*__", re.DOTALL)
_UNQUERYABLE = re.compile(r'["\\\x00-\x1f]')


def plain(value: Value, *, depth: int = 0) -> Plain:
    """The value in plain types, or ValueError when no store could give it back unchanged."""
    match value:
        case None | bool():
            return value
        case int():
            if not -(2**63) <= value < 2**63:
                raise ValueError("an integer does not fit 64 bits")
            return int(value)
        case float():
            if not math.isfinite(value):
                raise ValueError("a float is not finite")
            return float(value)
        case str():
            value.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
            return str(value)
        case bytes():
            return bytes(value)
        case datetime():
            return _utc(value)
        case Mapping():
            _check_depth(depth + 1)
            return {_key(key): plain(each, depth=depth + 1) for key, each in value.items()}
        case Sequence():
            _check_depth(depth + 1)
            if any(isinstance(each, Sequence) and not isinstance(each, str | bytes) for each in value):
                raise ValueError("a list holds a list")
            return [plain(each, depth=depth + 1) for each in value]
        case _:
            raise ValueError(f"a {type(value).__name__} is not a value of a document")


def plain_document(path: str, data: Mapping[str, Value]) -> dict[str, Plain]:
    """A whole document in plain types, small enough to be stored at `path`."""
    document = plain(data)
    if not isinstance(document, dict):
        raise ValueError("a document is a mapping")
    check_size(path, document)
    return document


def check_size(path: str, document: Mapping[str, Plain]) -> None:
    """ValueError over 1 MiB, as Firestore counts it: names, values and 32 bytes more."""
    name = sum(len(part.encode()) + 1 for part in path.split("/")) + 16
    if name + 32 + _size_bytes(document) > MAX_DOCUMENT_BYTES:
        raise ValueError("a document is larger than 1 MiB")


def plain_changes(changes: Mapping[str, Change]) -> dict[FieldPath, PlainChange]:
    """The changes by parsed field path; no path is, or lies beneath, another."""
    if not changes:
        raise ValueError("an update changes at least one field")
    parsed: dict[FieldPath, PlainChange] = {}
    for dotted, change in changes.items():
        match change:
            case Increment(by):
                parsed[field_path(dotted)] = Increment(_number(by))
            case ArrayUnion(values):
                parsed[field_path(dotted)] = ArrayUnion(tuple(_elements(values)))
            case DeleteField():
                parsed[field_path(dotted)] = change
            case _:
                parsed[field_path(dotted)] = plain(change, depth=dotted.count(".") + 1)
    for path in parsed:
        _check_depth(len(path))
        if any(path[:length] in parsed for length in range(1, len(path))):
            raise ValueError(f"{'.'.join(path)} and a field above it change together")
    return parsed


def field_path(dotted: str) -> FieldPath:
    """`a.b.c` in parts. A key that holds a dot itself has no path: it is only reached by reading."""
    return tuple(_key(part) for part in dotted.split("."))


def split_document(path: str) -> tuple[str, str]:
    """The collection and id of a document's path."""
    parts = _segments(path)
    if len(parts) % 2:
        raise ValueError(f"{path!r} names a collection, not a document")
    return "/".join(parts[:-1]), parts[-1]


def checked(query: Query) -> Query:
    """The query in plain types, or ValueError where Firestore would refuse it or answer by surprise."""
    if len(_segments(query.collection)) % 2 == 0:
        raise ValueError(f"{query.collection!r} names a document, not a collection")
    ordered = [field for field, _ in query.order_by]
    if len(set(ordered)) != len(ordered):
        raise ValueError("a field is ordered by twice")
    for field in (*ordered, *(f.field for f in query.filters)):
        field_path(field)
        if _UNQUERYABLE.search(field):
            raise ValueError("a queried field's name has no quote, backslash or control character")
    _check_filters(query)
    if query.start_after is not None and (
        len(query.start_after) != len(ordered) + 1 or not isinstance(query.start_after[-1], str)
    ):
        raise ValueError("start_after is one value for each field of order_by, and the id")
    if query.limit is not None and query.limit < 1:
        raise ValueError("a limit is at least 1")
    return query


def summable(query: Query) -> Query:
    """The query, or ValueError: Firestore would count a limit over the documents that have the summed field."""
    if query.limit is not None or query.start_after is not None:
        raise ValueError("a sum takes neither limit nor start_after")
    return query


def _check_filters(query: Query) -> None:
    ranged = {f.field for f in query.filters if f.op in RANGE_OPERATORS}
    if ranged and (len(ranged) > 1 or not query.order_by or query.order_by[0][0] not in ranged):
        raise ValueError("at most one field is compared by inequality, and it is the first of order_by")
    if sum(f.op == "array_contains" for f in query.filters) > 1:
        raise ValueError("at most one array_contains")
    disjunctions = 1
    for each in query.filters:
        if each.op == "in":
            if isinstance(each.value, str | bytes) or not isinstance(each.value, Sequence) or not each.value:
                raise ValueError("`in` takes a list of one or more values")
            disjunctions *= len(each.value)
            operands: Sequence[Value] = each.value
        else:
            operands = [each.value]
        for operand in operands:
            value = plain(operand)
            if isinstance(value, list | dict) or (value is None and each.op != "=="):
                raise ValueError(f"{each.op} does not compare with a {type(value).__name__}")
    if disjunctions > MAX_DISJUNCTIONS:
        raise ValueError(f"`in` takes at most {MAX_DISJUNCTIONS} values, over all filters together")


def _segments(path: str) -> list[str]:
    parts = path.split("/")
    for part in parts:
        if part in {"", ".", ".."} or _RESERVED.fullmatch(part) or len(part.encode()) > 1_500:
            raise ValueError(f"{part[:40]!r} is no name of a document or collection")
    return parts


def _key(key: object) -> str:
    if not isinstance(key, str) or not key or _RESERVED.fullmatch(key):
        raise ValueError("a field's name is a non-empty string, not of the form __name__")
    if len(key.encode()) > 1_500:
        raise ValueError("a field's name is longer than 1,500 bytes")
    return str(key)


def _elements(values: Sequence[Value]) -> list[Plain]:
    elements = plain(values)
    assert isinstance(elements, list)
    return elements


def _number(by: float) -> int | float:
    number = plain(by)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError("an increment is a number")
    return number


def _utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError("a datetime is naive")
    try:
        utc = instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a datetime lies outside the years 1 to 9999") from error
    return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=UTC)


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"a document is nested more than {MAX_DEPTH} levels deep")


def _size_bytes(value: Plain | Mapping[str, Plain]) -> int:
    match value:
        case None | bool():
            return 1
        case int() | float() | datetime():
            return 8
        case str():
            return len(value.encode()) + 1
        case bytes():
            return len(value)
        case list():
            return sum(_size_bytes(each) for each in value)
        case _:
            return sum(len(key.encode()) + 1 + _size_bytes(each) for key, each in value.items())
