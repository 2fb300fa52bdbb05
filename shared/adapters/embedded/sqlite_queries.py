"""Firestore's queries in SQL, written so that an index on (collection, field…, id) serves them by seeking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.adapters.document_rules import RANGE_OPERATORS, FieldPath, Plain, field_path, plain
from shared.adapters.embedded.sqlite_values import (
    LEAST,
    SQLValue,
    extracted,
    is_of_kind,
    kind_bounds,
    operand,
    type_of,
)
from shared.ports.document_store import Filter, Index, Query


@dataclass(slots=True)
class Condition:
    """What follows WHERE, and ORDER BY after it."""

    terms: list[str] = field(default_factory=list)
    parameters: list[SQLValue] = field(default_factory=list)
    order: str = ""

    def add(self, term: str, parameters: Sequence[SQLValue] = ()) -> None:
        self.terms.append(term)
        self.parameters.extend(parameters)

    @property
    def where(self) -> str:
        return " AND ".join(self.terms)


def index_statement(index: Index) -> str:
    """Makes the index unless there is one. It covers its own collections alone, so that others do not pay."""
    name = "_".join((index.collection, *(f"{dotted}{'_desc' * down}" for dotted, down in index.fields)))
    fields = ", ".join(f"{extracted(field_path(dotted))}{' DESC' * down}" for dotted, down in index.fields)
    tie = " DESC" * index.fields[-1][1]
    return (
        f"CREATE INDEX IF NOT EXISTS {_identifier(name)} ON documents (collection, {fields}, id{tie}) "
        f"WHERE kind = {_text(index.collection)}"
    )


def conditions(query: Query) -> Iterator[Condition]:
    """The query's results are those of these selections, one after the other.

    Without a cursor there is one. After the cursor (a, b, id) come first the rest of its ties on a and b, then
    what follows b under a, then what follows a: each a single range of the index, however many ties there are.
    """
    order = [(field_path(dotted), descending) for dotted, descending in query.order_by]
    tie_descends = bool(order) and order[-1][1]
    columns = [extracted(path) for path, _ in order] + ["id"]
    directions = [descending for _, descending in order] + [tie_descends]
    if query.start_after is None:
        yield _condition(query, columns, directions, [], None)
        return
    cursor = [operand(plain(value)) for value in query.start_after[:-1]]
    last = query.start_after[-1]
    assert isinstance(last, str)
    cursor.append(("?", [last]))
    for length in reversed(range(len(columns))):
        yield _condition(query, columns, directions, cursor[:length], cursor[length])


def _condition(
    query: Query,
    columns: Sequence[str],
    directions: Sequence[bool],
    equal: Sequence[tuple[str, list[SQLValue]]],
    beyond: tuple[str, list[SQLValue]] | None,
) -> Condition:
    condition = Condition()
    # The kind is written out, not bound: only so does SQLite see that a partial index applies.
    condition.add(f"kind = {_text(query.collection.rpartition('/')[2])}")
    condition.add("collection = ?", [query.collection])
    ranges = [f for f in query.filters if f.op in RANGE_OPERATORS]
    for each in query.filters:
        if each.op not in RANGE_OPERATORS:
            _add_match(condition, each)
    for column, (sql, parameters) in zip(columns, equal, strict=False):
        condition.add(f"{column} = {sql}", parameters)
    lower = upper = False  # whether the index's next column already has a bound there
    if beyond is not None:
        sql, parameters = beyond
        descends = directions[len(equal)]
        condition.add(f"{columns[len(equal)]} {'<' if descends else '>'} {sql}", parameters)
        lower, upper = not descends, descends
    if ranges:
        # On the first column; when the cursor holds that one fast, the range is only checked.
        _add_ranges(condition, ranges, lower or bool(equal), upper or bool(equal))
        lower = True
    for position, column in enumerate(columns[:-1]):
        if position >= len(equal):
            is_bound = position > len(equal) or lower
            condition.add(f"{'+' * is_bound}{column} >= {LEAST}")
    # What is equal throughout is left out: SQLite would sort by it instead of walking the index.
    walked = list(zip(columns, directions, strict=True))[len(equal) :]
    condition.order = ", ".join(f"{column}{' DESC' * descends}" for column, descends in walked)
    return condition


def _add_match(condition: Condition, each: Filter) -> None:
    path = field_path(each.field)
    match each.op:
        case "==":
            _add_equal(condition, path, plain(each.value))
        case "in":
            values = plain(each.value)
            assert isinstance(values, list)
            options = Condition()
            for value in values:
                option = Condition()
                _add_equal(option, path, value)
                options.add(f"({option.where})", option.parameters)
            condition.add(f"({' OR '.join(options.terms)})", options.parameters)
        case _:
            _add_contains(condition, path, plain(each.value))


def _add_equal(condition: Condition, path: FieldPath, value: Plain) -> None:
    sql, parameters = operand(value)
    condition.add(f"{extracted(path)} = {sql}", parameters)
    if (kind := is_of_kind(path, value)) is not None:
        condition.add(kind)


def _add_contains(condition: Condition, path: FieldPath, value: Plain) -> None:
    sql, parameters = operand(value)
    types = {bool: "('true', 'false')", int: "('integer', 'real')", float: "('integer', 'real')"}
    of_kind = types.get(type(value), "('text')")
    # json_each also walks mappings and single values; only lists count.
    condition.add(f"{type_of(path)} = 'array'")
    each = extracted(path).replace("json_extract", "json_each", 1)
    condition.add(
        f"EXISTS (SELECT 1 FROM {each} AS e WHERE e.value = {sql} AND e.type IN {of_kind})",  # noqa: S608
        parameters,
    )


def _add_ranges(condition: Condition, ranges: Sequence[Filter], has_lower: bool, has_upper: bool) -> None:
    """All range filters, which are on one field. Each side of the index's range is given by one term.

    The others on that side are only checked: a `+` before the column keeps them from choosing where to begin.
    """
    column = extracted(field_path(ranges[0].field))
    for each in ranges:
        is_lower = each.op in {">", ">="}
        sql, parameters = operand(plain(each.value))
        condition.add(f"{'+' * (has_lower if is_lower else has_upper)}{column} {each.op} {sql}", parameters)
        has_lower, has_upper = has_lower or is_lower, has_upper or not is_lower
    for each in ranges:
        value = plain(each.value)
        at_least, at_most = kind_bounds(value)
        condition.add(f"{'+' * has_lower}{column} {at_least}")
        condition.add(f"{'+' * has_upper}{column} {at_most}")
        has_lower = has_upper = True
        if (kind := is_of_kind(field_path(each.field), value)) is not None:
            condition.add(kind)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
