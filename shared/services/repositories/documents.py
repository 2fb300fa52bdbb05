"""A frozen model as a document, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.ports.document_store import Value

M = TypeVar("M", bound=BaseModel)

SCHEMA = "schema"
"""Every document says the version of its shape."""
SCHEMA_VERSION = 1


def to_document(model: BaseModel) -> dict[str, Value]:
    """The model's fields; those that are None are left out, because a missing field is never indexed."""
    return {SCHEMA: SCHEMA_VERSION, **_mapping(model.model_dump(exclude_none=True))}


def from_document(model: type[M], data: Mapping[str, Value]) -> M:
    return model.model_validate({name: value for name, value in data.items() if name != SCHEMA})


def _mapping(data: Mapping[Any, object]) -> dict[str, Value]:
    return {str(_value(key)): _value(value) for key, value in data.items()}


def _value(value: object) -> Value:
    match value:
        case Enum():
            return str(value.value)
        case bool() | int() | float() | str() | bytes() | datetime() | None:
            return value
        case date():
            return value.isoformat()
        case Mapping():
            return _mapping(value)
        case list() | tuple() | set() | frozenset():
            return [_value(each) for each in value]
    raise TypeError(f"a document cannot hold {type(value).__name__}")
