"""What every DocumentStore does. Firestore is the reference: its emulator runs the same sentences."""

from __future__ import annotations

import itertools
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.errors import AlreadyExists, NotFound, PreconditionFailed
from shared.ports.document_store import (
    ArrayUnion,
    Change,
    DeleteField,
    Document,
    DocumentStore,
    Filter,
    Increment,
    Operator,
    Query,
    Transaction,
    Value,
)
from tests.contracts.document_stores import Place, a_store, close, from_processes, raise_number

CALLS = "companies/c1/calls"
CALL = f"{CALLS}/a"


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return "sqlite", str(tmp_path / "documents.sqlite3")
    os.environ["FIRESTORE_EMULATOR_HOST"] = request.getfixturevalue("firestore_emulator")
    return "firestore", f"test-{uuid.uuid4().hex[:20]}"


@pytest.fixture
def store(place: Place) -> Iterator[DocumentStore]:
    store = a_store(place)
    yield store
    close(store)


@pytest.fixture
def examples(place: Place) -> int:
    """How many examples a law is tried on: a write costs the emulator ten milliseconds."""
    return 100 if place[0] == "sqlite" else 15


# -- documents ------------------------------------------------------------------------------------------------


def test_a_document_that_is_not_there_is_none(store: DocumentStore) -> None:
    assert store.get(CALL) is None
    assert store.get_many([CALL]) == [None]
    assert store.get_many([]) == []


def test_a_created_document_is_read_back(store: DocumentStore) -> None:
    store.create(CALL, {"title": "ўзбекча", "empty": {}})

    document = store.get(CALL)
    assert document is not None
    assert (document.path, document.id) == (CALL, "a")
    assert document.data == {"title": "ўзбекча", "empty": {}}


def test_an_empty_document_is_a_document(store: DocumentStore) -> None:
    store.create(CALL, {})

    assert data(store) == {}


def test_creating_twice_is_refused_and_changes_nothing(store: DocumentStore) -> None:
    store.create(CALL, {"n": 1})

    with pytest.raises(AlreadyExists):
        store.create(CALL, {"n": 2})
    assert data(store) == {"n": 1}


def test_setting_replaces_the_whole_document(store: DocumentStore) -> None:
    store.set(CALL, {"a": 1, "b": {"c": 1}})
    store.set(CALL, {"b": {"d": 2}})

    assert data(store) == {"b": {"d": 2}}


def test_deleting_leaves_documents_beneath_and_need_not_find_any(store: DocumentStore) -> None:
    store.set(CALL, {})
    store.set(f"{CALL}/turns/0", {"text": "ha"})

    store.delete(CALL)
    store.delete(CALL)

    assert store.get(CALL) is None
    assert store.get(f"{CALL}/turns/0") is not None


def test_many_documents_come_in_the_order_asked_for(store: DocumentStore) -> None:
    store.set(f"{CALLS}/a", {"n": 1})
    store.set(f"{CALLS}/b", {"n": 2})

    found = store.get_many([f"{CALLS}/b", f"{CALLS}/x", f"{CALLS}/a", f"{CALLS}/b"])

    assert [each and each.data["n"] for each in found] == [2, None, 1, 2]


def test_the_version_changes_with_every_change(store: DocumentStore) -> None:
    versions = []
    for change in (1, 2, 3):
        store.set(CALL, {"n": change})
        versions.append(version(store))
    store.update(CALL, {"n": 4})
    versions.append(version(store))
    store.delete(CALL)
    store.create(CALL, {"n": 1})
    versions.append(version(store))

    assert len(set(versions)) == 5
    assert version(store) == versions[-1]


@pytest.mark.parametrize(
    "path",
    ["companies", CALLS, "companies//calls/a", f"{CALLS}/", f"{CALLS}/.", f"{CALLS}/..", f"{CALLS}/__a__", "", "/a/b"],
)
def test_a_path_that_names_no_document_is_refused(store: DocumentStore, path: str) -> None:
    for refused in (
        lambda: store.get(path),
        lambda: store.get_many([path]),
        lambda: store.create(path, {}),
        lambda: store.set(path, {}),
        lambda: store.update(path, {"a": 1}),
        lambda: store.delete(path),
    ):
        with pytest.raises(ValueError, match="name"):
            refused()


@pytest.mark.parametrize(
    "value",
    [
        [[1]],
        [{"a": [[1]]}],
        datetime(2026, 1, 1),  # noqa: DTZ001 - naive on purpose
        2**63,
        -(2**63) - 1,
        float("nan"),
        float("inf"),
        "\ud800",
        {"": 1},
        {"__a__": 1},
        object(),
        "x" * 1_048_576,
        ["xxxxxxxx"] * 120_000,
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_could_not_be_given_back_is_refused(store: DocumentStore, value: Any) -> None:
    store.set(CALL, {"kept": 1})
    writes: list[Callable[[], None]] = [
        lambda: store.create(f"{CALLS}/b", {"v": value}),
        lambda: store.set(CALL, {"v": value}),
        lambda: store.update(CALL, {"v": value}),
        lambda: store.update(CALL, {"v": ArrayUnion((value,))}),
    ]
    for refused in writes:
        with pytest.raises(ValueError):  # noqa: PT011 - each store says it in its own words
            refused()

    assert data(store) == {"kept": 1}


def test_a_document_nested_too_deep_is_refused(store: DocumentStore) -> None:
    def nested(levels: int) -> Mapping[str, Value]:
        return {"a": nested(levels - 1)} if levels else {"leaf": 1}

    store.set(CALL, nested(19))
    with pytest.raises(ValueError, match="deep"):
        store.set(CALL, nested(20))

    assert data(store) == nested(19)


# -- every value comes back as it went in ---------------------------------------------------------------------

KEYS = st.text(min_size=1, max_size=8).filter(lambda key: not (key.startswith("__") and key.endswith("__")))
INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5)), timezone(timedelta(hours=-3, minutes=-30))]),
)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(st.none(), st.booleans(), INTEGERS, FLOATS, st.text(max_size=20), st.binary(max_size=20), INSTANTS)


def mappings(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Mapping[str, Value]]:
    return st.dictionaries(KEYS, values, max_size=4)


VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: mappings(inner) | st.lists(SCALARS | mappings(inner), max_size=4),
    max_leaves=12,
)


def exact(value: Value) -> object:
    """Tells 1 from 1.0 from True and -0.0 from 0.0, which `==` does not; an instant is the instant."""
    match value:
        case datetime():
            return value.tzinfo is UTC or value.utcoffset(), value.astimezone(UTC)
        case dict():
            return {key: exact(each) for key, each in value.items()}
        case list():
            return [exact(each) for each in value]
        case _:
            return type(value), repr(value)


def in_utc(value: Value) -> Value:
    match value:
        case datetime():
            return value.astimezone(UTC)
        case dict():
            return {key: in_utc(each) for key, each in value.items()}
        case list():
            return [in_utc(each) for each in value]
        case _:
            return value


def test_every_value_comes_back_as_it_went_in(store: DocumentStore, examples: int) -> None:
    @settings(max_examples=examples)
    @given(mappings(VALUES))
    def law(document: Mapping[str, Value]) -> None:
        store.set(CALL, document)
        assert exact(data(store)) == exact(in_utc(document))

        store.update(CALL, {"changed": document})
        assert exact(data(store)["changed"]) == exact(in_utc(document))

    law()


def test_an_instant_comes_back_as_a_plain_datetime(store: DocumentStore) -> None:
    store.set(CALL, {"at": [datetime(2026, 11, 23, 5, tzinfo=timezone(timedelta(hours=5)))]})

    assert data(store) == {"at": [datetime(2026, 11, 23, tzinfo=UTC)]}
    assert type(cast("list[object]", data(store)["at"])[0]) is datetime


# -- updates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        pytest.param({"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}, id="others stay"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"d": 3}}, {"a": {"d": 3}}, id="a mapping is replaced"),
        pytest.param({"a": {"b": 1}}, {"a.c": 2}, {"a": {"b": 1, "c": 2}}, id="a path reaches inside"),
        pytest.param({}, {"a.b.c": 1}, {"a": {"b": {"c": 1}}}, id="a path makes its mappings"),
        pytest.param({"a": 1}, {"a.b": 2}, {"a": {"b": 2}}, id="a path leads through what is no mapping"),
        pytest.param({"a": [1]}, {"a.b": {}}, {"a": {"b": {}}}, id="a path leads through a list"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a.b": DeleteField()}, {"a": {"c": 2}}, id="a field is deleted"),
        pytest.param({"a": {"b": 1}}, {"a.b": DeleteField()}, {"a": {}}, id="an emptied mapping stays"),
        pytest.param({"a": 1}, {"x.y": DeleteField(), "a.b": DeleteField()}, {"a": 1}, id="nothing to delete"),
        pytest.param({"n": 1}, {"n": Increment(2)}, {"n": 3}, id="an integer stays one"),
        pytest.param({"n": 1}, {"n": Increment(0.5)}, {"n": 1.5}, id="a float makes a float"),
        pytest.param({}, {"a.09": Increment(-2)}, {"a": {"09": -2}}, id="a missing number counts as 0"),
        pytest.param({"n": "x"}, {"n": Increment(2)}, {"n": 2}, id="text counts as 0"),
        pytest.param({"n": True}, {"n": Increment(2)}, {"n": 2}, id="true counts as 0"),
        pytest.param({"n": 2**63 - 2}, {"n": Increment(5)}, {"n": 2**63 - 1}, id="an integer stops at the top"),
        pytest.param({"n": -(2**63)}, {"n": Increment(-5)}, {"n": -(2**63)}, id="an integer stops at the bottom"),
        pytest.param({"l": [1]}, {"l": ArrayUnion((2, 1, 2))}, {"l": [1, 2]}, id="a union appends what is new"),
        pytest.param({"l": [1, "1"]}, {"l": ArrayUnion((1.0, True))}, {"l": [1, "1", True]}, id="1 is 1.0, not true"),
        pytest.param(
            {"l": [{"a": 1}]}, {"l": ArrayUnion(({"a": 1.0}, {"a": 2}))}, {"l": [{"a": 1}, {"a": 2}]}, id="maps"
        ),
        pytest.param(
            {"l": 1}, {"l": ArrayUnion((None,)), "m": ArrayUnion((b"x",))}, {"l": [None], "m": [b"x"]}, id="none"
        ),
        pytest.param({}, {"a-b.ўз.`.x y": 1}, {"a-b": {"ўз": {"`": {"x y": 1}}}}, id="keys that need quoting"),
        pytest.param({"a.b": 1}, {"a.b": 2}, {"a.b": 1, "a": {"b": 2}}, id="a dot in a key is no path"),
    ],
)
def test_an_update_changes_the_named_fields(
    store: DocumentStore, before: Mapping[str, Value], changes: Mapping[str, Change], after: Mapping[str, Value]
) -> None:
    store.set(CALL, before)

    store.update(CALL, changes)

    assert exact(data(store)) == exact(after)


def test_updating_what_is_not_there_is_refused(store: DocumentStore) -> None:
    with pytest.raises(NotFound):
        store.update(CALL, {"a": Increment(1)})
    assert store.get(CALL) is None


def test_an_update_at_the_seen_version_goes_through_and_at_another_does_not(store: DocumentStore) -> None:
    store.set(CALL, {"n": 1})
    seen = version(store)

    store.update(CALL, {"n": 2}, if_version=seen)
    with pytest.raises(PreconditionFailed):
        store.update(CALL, {"n": 3}, if_version=seen)
    assert data(store) == {"n": 2}

    store.delete(CALL)
    with pytest.raises(PreconditionFailed):
        store.update(CALL, {"n": 3}, if_version=seen)


def test_a_version_nobody_issued_is_no_version(store: DocumentStore) -> None:
    store.set(CALL, {"n": 1})

    with pytest.raises(PreconditionFailed):
        store.update(CALL, {"n": 3}, if_version="W/ anything")


@pytest.mark.parametrize(
    "changes", [{}, {"a": 1, "a.b": 2}, {"a.b": Increment(1), "a": 1}, {"": 1}, {"a..b": 1}, {".a": 1}, {"__a__": 1}]
)
def test_changes_that_mean_nothing_are_refused(store: DocumentStore, changes: Mapping[str, Change]) -> None:
    store.set(CALL, {"kept": 1})

    with pytest.raises(ValueError):  # noqa: PT011
        store.update(CALL, changes)
    assert data(store) == {"kept": 1}


def test_a_document_cannot_grow_over_its_limit_by_updates(store: DocumentStore) -> None:
    store.set(CALL, {"a": "x" * 600_000})

    with pytest.raises(ValueError):  # noqa: PT011
        store.update(CALL, {"b": "x" * 600_000})
    assert set(data(store)) == {"a"}


# -- queries --------------------------------------------------------------------------------------------------

KINDS: Mapping[str, Value] = {
    "none": None,
    "false": False,
    "true": True,
    "zero": 0,
    "one": 1,
    "one-float": 1.0,
    "minus": -5,
    "instant": datetime(2026, 1, 1, tzinfo=UTC),
    "text-empty": "",
    "text-a": "a",
    "text-nul": "a\x00b",
    "text-list": "[1]",
    "bytes-empty": b"",
    "bytes-a": b"a",
    "list": [1],
    "list-true": [True, "a"],
    "mapping": {"v": 1},
}


@pytest.fixture
def kinds(store: DocumentStore) -> DocumentStore:
    for name, value in KINDS.items():
        store.set(f"{CALLS}/{name}", {"v": value})
    store.set(f"{CALLS}/missing", {"other": 1})
    return store


@pytest.mark.parametrize(
    ("op", "value", "found"),
    [
        ("==", None, ["none"]),
        ("==", True, ["true"]),
        ("==", 1, ["one", "one-float"]),
        ("==", 1.0, ["one", "one-float"]),
        ("==", 0, ["zero"]),
        ("==", "a", ["text-a"]),
        ("==", "[1]", ["text-list"]),
        ("==", "a\x00b", ["text-nul"]),
        ("==", b"a", ["bytes-a"]),
        ("==", datetime(2026, 1, 1, 5, tzinfo=timezone(timedelta(hours=5))), ["instant"]),
        ("in", [True, "a", 0], ["text-a", "true", "zero"]),
        ("<", 1, ["minus", "zero"]),
        (">=", 0, ["one", "one-float", "zero"]),
        (">", False, ["true"]),
        ("<=", True, ["false", "true"]),
        ("<", "a\x01", ["text-a", "text-empty", "text-list", "text-nul"]),
        (">=", "", ["text-a", "text-empty", "text-list", "text-nul"]),
        (">", "[", ["text-a", "text-list", "text-nul"]),
        (">", b"", ["bytes-a"]),
        ("<=", b"\xff", ["bytes-a", "bytes-empty"]),
        (">", datetime(2025, 1, 1, tzinfo=UTC), ["instant"]),
        ("<", datetime(2026, 1, 1, tzinfo=UTC), []),
        ("array_contains", 1, ["list"]),
        ("array_contains", 1.0, ["list"]),
        ("array_contains", True, ["list-true"]),
        ("array_contains", "a", ["list-true"]),
        ("array_contains", "b", []),
    ],
)
def test_a_filter_matches_values_of_its_own_kind(kinds: DocumentStore, op: Any, value: Value, found: list[str]) -> None:
    is_range = op in {"<", "<=", ">", ">="}
    query = Query(CALLS, filters=(Filter("v", op, value),), order_by=(("v", False),) if is_range else ())

    assert sorted(ids(kinds.query(query))) == found
    assert kinds.count(query) == len(found)


def test_the_order_begins_with_none_and_leaves_out_what_lacks_the_field(kinds: DocumentStore) -> None:
    up = ids(kinds.query(Query(CALLS, order_by=(("v", False),))))
    down = ids(kinds.query(Query(CALLS, order_by=(("v", True),))))

    assert up[0] == "none"
    assert set(up) == set(KINDS)
    assert down == up[::-1]


def test_a_page_after_a_value_of_any_kind_is_the_rest(kinds: DocumentStore) -> None:
    for descends in (False, True):
        whole = kinds.query(Query(CALLS, order_by=(("v", descends),)))
        for position, document in enumerate(whole):
            query = Query(CALLS, order_by=(("v", descends),), start_after=(document.data["v"], document.id))
            assert ids(kinds.query(query)) == ids(whole)[position + 1 :]


def test_a_query_sees_its_own_collection_alone(store: DocumentStore) -> None:
    for path in ("companies/c1/calls/a", "companies/c2/calls/b", "companies/c1/calls/a/calls/c", "calls/d"):
        store.set(path, {})

    assert [each.path for each in store.query(Query("companies/c1/calls"))] == ["companies/c1/calls/a"]


def test_without_an_order_documents_come_by_id(store: DocumentStore) -> None:
    for name in ("b", "ў", "a", "A", "10", "9", "\U0001f600", "\uffee"):
        store.set(f"{CALLS}/{name}", {})

    everything = ["10", "9", "A", "a", "b", "ў", "\uffee", "\U0001f600"]
    assert ids(store.query(Query(CALLS))) == everything
    assert ids(store.query(Query(CALLS, start_after=("a",), limit=2))) == ["b", "ў"]


def test_a_filter_reaches_into_mappings(store: DocumentStore) -> None:
    store.set(f"{CALLS}/a", {"audio": {"x-y": {"0": 5}}})
    store.set(f"{CALLS}/b", {"audio": {"x-y": {"0": 7}}})
    store.set(f"{CALLS}/c", {"audio": [7]})

    query = Query(CALLS, filters=(Filter("audio.x-y.0", ">", 5),), order_by=(("audio.x-y.0", True),))
    assert ids(store.query(query)) == ["b"]


def test_a_sum_passes_over_what_is_no_number(kinds: DocumentStore) -> None:
    assert kinds.sum(Query(CALLS), "v") == -3
    assert kinds.sum(Query(CALLS), "v.v") == 1
    assert kinds.sum(Query(CALLS), "nothing") == 0


def test_a_sum_of_integers_is_one_and_a_sum_with_a_float_is_a_float(store: DocumentStore) -> None:
    store.set(f"{CALLS}/a", {"n": 2, "f": 1})
    store.set(f"{CALLS}/b", {"n": 3, "f": 0.5})

    assert exact(store.sum(Query(CALLS), "n")) == exact(5)
    assert exact(store.sum(Query(CALLS), "f")) == exact(1.5)


def test_a_limit_caps_a_count(store: DocumentStore) -> None:
    for number in range(4):
        store.set(f"{CALLS}/{number}", {"n": number})

    assert store.count(Query(CALLS)) == 4
    assert store.count(Query(CALLS, limit=3)) == 3
    assert store.count(Query(CALLS, order_by=(("n", True),), start_after=(2, "2"))) == 2
    assert store.count(Query("companies/c1/nothing")) == 0


@pytest.mark.parametrize(
    "query",
    [
        Query("companies/c1"),
        Query("companies//calls"),
        Query(CALLS, limit=0),
        Query(CALLS, start_after=()),
        Query(CALLS, start_after=("a", "b")),
        Query(CALLS, order_by=(("n", False),), start_after=("b",)),
        Query(CALLS, order_by=(("n", False), ("n", True))),
        Query(CALLS, filters=(Filter("n", ">", 1),)),
        Query(CALLS, filters=(Filter("n", ">", 1),), order_by=(("m", False), ("n", False))),
        Query(CALLS, filters=(Filter("n", ">", 1), Filter("m", "<", 1)), order_by=(("n", False),)),
        Query(CALLS, filters=(Filter("n", ">", None),), order_by=(("n", False),)),
        Query(CALLS, filters=(Filter("n", "==", [1]),)),
        Query(CALLS, filters=(Filter("n", "==", {"a": 1}),)),
        Query(CALLS, filters=(Filter("n", "==", float("nan")),)),
        Query(CALLS, filters=(Filter("n", "in", []),)),
        Query(CALLS, filters=(Filter("n", "in", "abc"),)),
        Query(CALLS, filters=(Filter("n", "in", [None]),)),
        Query(CALLS, filters=(Filter("n", "in", list(range(31))),)),
        Query(CALLS, filters=(Filter("n", "array_contains", None),)),
        Query(CALLS, filters=(Filter("n", "array_contains", 1), Filter("m", "array_contains", 1))),
        Query(CALLS, filters=(Filter("a..b", "==", 1),)),
        Query(CALLS, filters=(Filter('a"b', "==", 1),)),
    ],
    ids=repr,
)
def test_a_query_of_another_form_is_refused(store: DocumentStore, query: Query) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        store.query(query)
    with pytest.raises(ValueError):  # noqa: PT011
        store.count(query)


def test_a_sum_has_no_limit_and_no_beginning(store: DocumentStore) -> None:
    for query in (Query(CALLS, limit=1), Query(CALLS, start_after=("a",))):
        with pytest.raises(ValueError, match="sum"):
            store.sum(query, "n")


# -- a query is a filter and a sort ---------------------------------------------------------------------------

MIXED_NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([-2.5, 0.0, 0.1, 1.0, 1.5, 0.1 + 0.2, 1e300]))
OF_ONE_KIND: Sequence[st.SearchStrategy[Value]] = (
    MIXED_NUMBERS,
    FLOATS,
    st.text("ab\x00\x01ў[{'", max_size=2),
    st.binary(max_size=2),
    st.booleans(),
    st.sampled_from([datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=each) for each in range(4)]),
)
MISSING = object()


@st.composite
def collections(draw: st.DrawFn) -> tuple[list[dict[str, Value]], Query]:
    """Documents whose fields a and b.c each hold one kind of value, None or nothing, and a query of them."""
    values = {"a": draw(st.sampled_from(OF_ONE_KIND)), "b.c": draw(st.sampled_from(OF_ONE_KIND))}
    documents = []
    for _ in range(draw(st.integers(0, 8))):
        document: dict[str, Value] = {"tags": draw(st.lists(st.sampled_from(["x", "y", "z"]), max_size=2))}
        if draw(st.integers(0, 4)):
            document["a"] = draw(values["a"] | st.none())
        if draw(st.integers(0, 4)):
            document["b"] = {"c": draw(values["b.c"] | st.none())}
        documents.append(document)
    orders: list[tuple[str, ...]] = [(), ("a",), ("b.c",), ("a", "b.c"), ("b.c", "a")]
    order = draw(st.sampled_from(orders))
    order_by = tuple((name, draw(st.booleans())) for name in order)
    filters: list[Filter] = []
    if draw(st.booleans()) and order:
        ranges: list[tuple[Operator, ...]] = [("<",), ("<=",), (">",), (">=",), (">", "<="), (">=", "<"), ("<", "<=")]
        for op in draw(st.sampled_from(ranges)):
            filters.append(Filter(order[0], op, draw(values[order[0]])))
    if draw(st.booleans()):
        name = draw(st.sampled_from(["a", "b.c"]))
        filters.append(
            draw(
                st.builds(Filter, st.just(name), st.just("=="), values[name] | st.none())
                | st.builds(Filter, st.just(name), st.just("in"), st.lists(values[name], min_size=1, max_size=3))
            )
        )
    if draw(st.booleans()):
        filters.append(Filter("tags", "array_contains", draw(st.sampled_from(["x", "y"]))))
    limit = draw(st.none() | st.integers(1, 5))
    return documents, Query("", filters=tuple(filters), order_by=order_by, limit=limit)


def test_a_query_is_a_filter_and_a_sort_and_its_pages_are_one_list(store: DocumentStore, examples: int) -> None:
    numbers = itertools.count()

    @settings(max_examples=examples * 3)
    @given(collections(), st.integers(1, 3))
    def law(example: tuple[list[dict[str, Value]], Query], page: int) -> None:
        documents, query = example
        query = replace(query, collection=f"companies/c{next(numbers)}/calls")
        for number, document in enumerate(documents):
            store.set(f"{query.collection}/{number}", document)
        expected = model(documents, query)

        assert ids(store.query(query)) == expected
        assert store.count(query) == len(expected)
        assert paged(store, query, page) == model(documents, replace(query, limit=None))

    law()


def model(documents: Sequence[Mapping[str, Value]], query: Query) -> list[str]:
    """The ids the query should find, by plain Python."""
    found = [
        (str(number), document)
        for number, document in enumerate(documents)
        if all(matches(document, each) for each in query.filters)
        and all(field(document, name) is not MISSING for name, _ in query.order_by)
    ]
    found.sort(key=lambda each: each[0], reverse=bool(query.order_by) and query.order_by[-1][1])
    for name, descends in reversed(query.order_by):

        def key(each: tuple[str, Mapping[str, Value]], name: str = name) -> tuple[bool, Any]:
            value = field(each[1], name)
            return value is not None, 0 if value is None else rank(value)

        # Python's sort is stable in reverse too, so the later keys' order stays.
        found.sort(key=key, reverse=descends)
    return [name for name, _ in found][: query.limit]


def rank(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def field(document: Mapping[str, Value], dotted: str) -> Any:
    value: Any = document
    for part in dotted.split("."):
        if not isinstance(value, dict) or part not in value:
            return MISSING
        value = value[part]
    return value


def matches(document: Mapping[str, Value], filter_: Filter) -> bool:
    value: Any = field(document, filter_.field)
    operand: Any = filter_.value
    if value is MISSING:
        return False
    compare: Mapping[str, Callable[[], bool]] = {
        "==": lambda: bool(value == operand),
        "in": lambda: value is not None and value in operand,
        "array_contains": lambda: operand in value,
        "<": lambda: value is not None and rank(value) < rank(operand),
        "<=": lambda: value is not None and rank(value) <= rank(operand),
        ">": lambda: value is not None and rank(value) > rank(operand),
        ">=": lambda: value is not None and rank(value) >= rank(operand),
    }
    return compare[filter_.op]()


def paged(store: DocumentStore, query: Query, size: int) -> list[str]:
    found: list[str] = []
    after: tuple[Value, ...] | None = None
    while True:
        page = store.query(replace(query, limit=size, start_after=after))
        found += ids(page)
        assert len(found) == len(set(found)), "a page repeats another"
        if len(page) < size:
            return found
        last = page[-1]
        after = (*(field(last.data, name) for name, _ in query.order_by), last.id)


# -- transactions ---------------------------------------------------------------------------------------------


def test_a_transaction_returns_what_its_work_returns_and_applies_its_writes_in_order(store: DocumentStore) -> None:
    store.set(f"{CALLS}/old", {"n": 1})

    def work(transaction: Transaction) -> str:
        old, none = transaction.get_many([f"{CALLS}/old", f"{CALLS}/none"])
        assert old is not None
        assert none is None
        assert transaction.get(f"{CALLS}/none") is None
        assert ids(transaction.query(Query(CALLS))) == ["old"]
        transaction.create(CALL, {"n": old.data["n"]})
        transaction.update(CALL, {"n": Increment(2)})
        transaction.set(f"{CALLS}/set", {"x": 1})
        transaction.set(f"{CALLS}/set", {"y": 1})
        transaction.delete(f"{CALLS}/old")
        return "done"

    assert store.transaction(work) == "done"
    assert data(store) == {"n": 3}
    assert ids(store.query(Query(CALLS))) == ["a", "set"]
    assert data(store, f"{CALLS}/set") == {"y": 1}


def test_nothing_is_written_when_the_work_raises(store: DocumentStore) -> None:
    class Unexpected(Exception):
        pass

    def work(transaction: Transaction) -> None:
        transaction.set(CALL, {})
        raise Unexpected

    with pytest.raises(Unexpected):
        store.transaction(work)
    assert store.get(CALL) is None


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda t: t.create(f"{CALLS}/there", {}), AlreadyExists),
        (lambda t: t.update(f"{CALLS}/none", {"a": 1}), NotFound),
        (lambda t: t.update(f"{CALLS}/there", {"a": 1}, if_version="other"), PreconditionFailed),
        (lambda t: t.set(f"{CALLS}/x", {"a": 2**63}), ValueError),
        (lambda t: t.get(CALL), ValueError),
        (lambda t: t.get_many([CALL]), ValueError),
        (lambda t: t.query(Query(CALLS)), ValueError),
    ],
    ids=["exists", "not found", "version", "value", "get after write", "get many after write", "query after write"],
)
def test_one_refusal_leaves_nothing_of_the_transaction(
    store: DocumentStore, write: Callable[[Transaction], None], error: type[Exception]
) -> None:
    store.set(f"{CALLS}/there", {})

    def work(transaction: Transaction) -> None:
        transaction.set(CALL, {})
        write(transaction)

    with pytest.raises(error):
        store.transaction(work)
    assert store.get(CALL) is None


def test_a_transaction_sees_no_write_of_its_own_before_its_end(store: DocumentStore) -> None:
    def work(transaction: Transaction) -> None:
        transaction.set(CALL, {})
        assert store.get(CALL) is None

    store.transaction(work)
    assert store.get(CALL) is not None


def test_threads_and_processes_that_count_at_once_lose_nothing(store: DocumentStore, place: Place) -> None:
    store.set(CALL, {"number": 0, "blind": 0})
    processes, threads, times = (2, 3, 20) if place[0] == "sqlite" else (4, 3, 5)

    from_processes(place, CALL, processes=processes, threads=threads, times=times)

    expected = processes * threads * times
    assert data(store) == {"number": expected, "blind": expected}


def test_a_transaction_whose_read_was_overtaken_runs_again_or_was_alone(store: DocumentStore, place: Place) -> None:
    store.set(CALL, {"number": 0})
    overtaken = a_store(place)
    runs = []

    def work(transaction: Transaction) -> None:
        runs.append(1)
        raise_number(transaction, CALL)

    rivals = [threading.Thread(target=overtaken.transaction, args=(work,)) for _ in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()

    assert data(store) == {"number": 2}
    assert len(runs) >= 2
    close(overtaken)


def test_a_transaction_that_met_what_was_made_meanwhile_runs_again(store: DocumentStore, place: Place) -> None:
    rival = a_store(place)
    runs = []

    def work(transaction: Transaction) -> None:
        there = transaction.get(CALL)
        runs.append(there is not None)
        if not there and len(runs) == 1 and place[0] != "sqlite":  # SQLite's transaction is alone
            rival.create(CALL, {"by": "rival"})
        transaction.set(CALL, {"by": "rival, then us" if there else "us"})

    store.transaction(work)

    assert runs == ([False] if place[0] == "sqlite" else [False, True])
    assert data(store) == {"by": "us" if place[0] == "sqlite" else "rival, then us"}
    close(rival)


def test_a_transaction_stands_on_what_it_only_read(store: DocumentStore, place: Place) -> None:
    store.set(f"{CALLS}/price", {"n": 2})
    store.set(CALL, {"n": 1})

    def work(transaction: Transaction) -> None:
        price = transaction.get(f"{CALLS}/price")
        call = transaction.get(CALL)
        assert price is not None
        assert call is not None
        transaction.update(CALL, {"n": Increment(2), "price": price.data["n"]})

    store.transaction(work)

    assert data(store) == {"n": 3, "price": 2}


# -- looking --------------------------------------------------------------------------------------------------


def ids(documents: Sequence[Document]) -> list[str]:
    return [document.id for document in documents]


def data(store: DocumentStore, path: str = CALL) -> dict[str, Value]:
    document = store.get(path)
    assert document is not None
    return dict(document.data)


def version(store: DocumentStore) -> str:
    document = store.get(CALL)
    assert document is not None
    return document.version
