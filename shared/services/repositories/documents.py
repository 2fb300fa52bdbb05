"""A frozen model as a document, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.domain.errors import DependencyUnavailable
from shared.ports.document_store import Value
from shared.services.repositories.migrations import FIRST_VERSION, upgraded, version_of

M = TypeVar("M", bound=BaseModel)

SCHEMA = "schema"
"""Every document says the version of its shape."""
SCHEMA_VERSION = version_of()


def to_document(model: BaseModel) -> dict[str, Value]:
    """The model's fields; those that are None are left out, because a missing field is never indexed."""
    return {SCHEMA: SCHEMA_VERSION, **_mapping(model.model_dump(exclude_none=True))}


def from_document(model: type[M], data: Mapping[str, Value]) -> M:
    """The model, of whatever older version the document is.

    Raises DependencyUnavailable for a newer one: a deploy is under way, and what replaces us will read it.
    """
    version = document_version(data)
    if version > SCHEMA_VERSION:
        raise DependencyUnavailable(f"a {model.__name__} of version {version} where this code knows {SCHEMA_VERSION}")
    content = {name: value for name, value in data.items() if name != SCHEMA}
    return model.model_validate(upgraded(model.__name__, version, content))


def document_version(data: Mapping[str, Value]) -> int:
    version = data.get(SCHEMA, FIRST_VERSION)
    return version if isinstance(version, int) else FIRST_VERSION


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
