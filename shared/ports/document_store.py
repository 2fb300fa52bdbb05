"""Documents: a narrow port, shaped like Firestore, on which every repository is written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, TypeVar

Value: TypeAlias = "bool | int | float | str | bytes | datetime | Sequence[Value] | Mapping[str, Value] | None"
"""What a field may hold. Integers fit 64 bits, datetimes are aware and kept to the microsecond and come back
in UTC, floats are finite, a list holds no list directly, a mapping's keys are non-empty strings, not `__x__`."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """`path` is slash-separated collection/id pairs; `version` changes with every change and is opaque."""

    path: str
    data: Mapping[str, Value]
    version: str

    @property
    def id(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Increment:
    """Adds to a number; a field that is missing or no number counts as 0. An integer stops at 64 bits."""

    by: int | float


@dataclass(frozen=True, slots=True)
class ArrayUnion:
    """Appends those values that the list does not hold; a field that is missing or no list counts as empty."""

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
    The operand is no list or mapping, except that `in` takes a list of one to thirty; None compares by `==` alone.
    """

    field: str
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Query:
    """Documents directly in `collection` (a path with an odd number of parts), never in another's.

    All filters must hold. Results come in the order of `order_by`: (dotted field, descending?) pairs, ties by
    document id in the direction of the last pair, ascending by id when there is none. A document that lacks a
    field of `order_by` is left out. None comes first; values of one kind are ordered (text by its UTF-8 bytes);
    between kinds, and for lists and mappings, the order is the store's own. At most one field is compared by
    inequality, and it is then the first of `order_by`; at most one filter is `array_contains`. `start_after` is
    the (values of order_by…, id) of the last document seen.
    """

    collection: str
    filters: tuple[Filter, ...] = ()
    order_by: tuple[tuple[str, bool], ...] = ()
    start_after: tuple[Value, ...] | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """A composite index that a query needs: on `fields` ((dotted field, descending?) pairs) of every collection
    whose last name is `collection`. A single field needs none in Firestore.
    """

    collection: str
    fields: tuple[tuple[str, bool], ...]


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

        A path leads through mappings, which are made where something else stood. Raises NotFound when there is no
        document; with `if_version`, PreconditionFailed when it is not at that version or gone.
        """
        ...

    def delete(self, path: str) -> None:
        """Deleting what is not there does nothing. Documents beneath stay."""
        ...


class Transaction(Reader, Writer, Protocol):
    """Reads come before writes: a read after a write raises ValueError."""


class DocumentStore(Reader, Writer, Protocol):
    """All methods raise DependencyUnavailable when the store does not answer.

    A document over 1 MiB or 20 levels, a list within a list, a naive datetime, an integer over 64 bits or a float
    that is not finite raises ValueError, and so does a query or path that is not of the form described here.
    """

    def count(self, query: Query) -> int:
        """How many documents match; `limit` caps it."""
        ...

    def sum(self, query: Query, field: str) -> int | float:
        """Sum of the numbers in `field` (dotted); documents without a number there add 0.

        The query has neither `limit` nor `start_after` (ValueError).
        """
        ...

    def transaction(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work`, then applies its writes all together or not at all.

        What it read has not changed when the writes apply; otherwise `work` runs again, so it must have no
        effects of its own. An exception leaves nothing written and goes up as it is. Raises Contended when it
        lost too many races.
        """
        ...
