"""Documents: a narrow port, shaped like Firestore, on which every repository is written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, TypeVar

Value: TypeAlias = "bool | int | float | str | bytes | datetime | Sequence[Value] | Mapping[str, Value] | None"
"""What a field may hold. Integers fit 64 bits, datetimes are aware and kept to the microsecond and come back
in UTC, a list holds no list directly, a mapping's keys are non-empty strings."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """`path` is slash-separated collection/id pairs; `version` changes with every write and is opaque."""

    path: str
    data: Mapping[str, Value]
    version: str

    @property
    def id(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Increment:
    """Adds to a number; a missing field counts as 0."""

    by: int | float


@dataclass(frozen=True, slots=True)
class ArrayUnion:
    """Appends those values that the list does not hold; a missing field counts as empty."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class DeleteField:
    """Removes the field."""


Change: TypeAlias = "Value | Increment | ArrayUnion | DeleteField"
Operator = Literal["==", "<", "<=", ">", ">=", "in", "array_contains"]


@dataclass(frozen=True, slots=True)
class Filter:
    """`field` is a dotted path. A document without the field never matches.

    Comparisons match values of the operand's own kind alone (numbers with numbers, text with text).
    """

    field: str
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Query:
    """Documents directly in `collection` (a path with an odd number of parts), never in another's.

    All filters must hold. Results come in the order of `order_by`: (dotted field, descending?) pairs, ties by
    document id in the direction of the last pair, ascending by id when there is none. A document that lacks a
    field of `order_by` is left out. At most one field is compared by inequality, and it is then the first of
    `order_by`. `start_after` is the (values of order_by…, id) of the last document seen.
    """

    collection: str
    filters: tuple[Filter, ...] = ()
    order_by: tuple[tuple[str, bool], ...] = ()
    start_after: tuple[Value, ...] | None = None
    limit: int | None = None


class Reader(Protocol):
    """What can be read, inside a transaction and outside."""

    def get(self, path: str) -> Document | None:
        """The document, or None."""
        ...

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        """One answer for each path, in the paths' order."""
        ...

    def query(self, query: Query) -> list[Document]: ...


class Writer(Protocol):
    """What can be written, inside a transaction (applied together, at its end) and outside (at once)."""

    def create(self, path: str, data: Mapping[str, Value]) -> None:
        """Raises AlreadyExists when there is one (inside a transaction: when it commits)."""
        ...

    def set(self, path: str, data: Mapping[str, Value]) -> None:
        """Replaces the whole document or makes it."""
        ...

    def update(self, path: str, changes: Mapping[str, Change], *, if_version: str | None = None) -> None:
        """Changes the named fields (keys are dotted paths) and leaves the others.

        Raises NotFound when there is no document, PreconditionFailed when it is not at `if_version`.
        """
        ...

    def delete(self, path: str) -> None:
        """Deleting what is not there does nothing. Documents beneath stay."""
        ...


class Transaction(Reader, Writer, Protocol):
    """Reads come before writes: a read after a write raises ValueError."""


class DocumentStore(Reader, Writer, Protocol):
    """All methods raise DependencyUnavailable when the store does not answer.

    A document over 1 MiB, a list within a list, a naive datetime, or an integer over 64 bits raises ValueError.
    """

    def count(self, query: Query) -> int:
        """How many documents match; `limit` caps it."""
        ...

    def sum(self, query: Query, field: str) -> int | float:
        """Sum of the numbers in `field` (dotted); documents without a number there add 0."""
        ...

    def transaction(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work`, then applies its writes all together or not at all.

        What it read has not changed when the writes apply; otherwise `work` runs again, so it must have no
        effects of its own. An exception leaves nothing written and goes up as it is. Raises Contended when it
        lost too many races.
        """
        ...
