"""Documents of every older shape are read by today's code, and brought to its shape once, whatever dies meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
from shared.adapters.embedded.sqlite_values import from_json
from shared.adapters.gcp.firestore_documents import FirestoreDocuments
from shared.domain.errors import DependencyUnavailable
from shared.domain.identity import ChecklistId, CompanyId, OperatorId
from shared.ports.document_store import DocumentStore, Query, Transaction, Value
from shared.services.migrate import migrate
from shared.services.repositories.calls import INDEXES, CallFilter, Calls
from shared.services.repositories.checklists import Checklists
from shared.services.repositories.companies import Companies
from shared.services.repositories.documents import SCHEMA_VERSION, from_document
from shared.services.repositories.migrations import MIGRATIONS, Migration
from shared.services.repositories.operators import Operators
from shared.services.repositories.users import find_user_by_username

OLD = Path(__file__).parent / "repositories" / "old_documents"
COMPANY = CompanyId("demo")


class StandingClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)


def a_store(folder: Path) -> SQLiteDocuments:
    return SQLiteDocuments(folder / "documents.sqlite3", INDEXES)


def kept(version: int, store: DocumentStore) -> dict[str, Mapping[str, Value]]:
    """The documents of that version, put into the store as they were kept."""
    documents: dict[str, Mapping[str, Value]] = {
        path: from_json(json.dumps(data)) for path, data in json.loads((OLD / f"{version}.json").read_text()).items()
    }
    for path, data in documents.items():
        store.set(path, data)
    return documents


def read_all(store: DocumentStore) -> None:
    """Everything that the product reads of a company, through its repositories."""
    company = Companies(store).get(COMPANY)
    calls = Calls(store, COMPANY)
    (call,) = calls.page(CallFilter(), newest_first=True, limit=10)
    analysis = calls.analysis(call.id, call.revision)
    user = find_user_by_username(store, "Zulfiya")
    assert company.checklist == ChecklistId("c")
    assert [turn.index for turn in calls.turns(call)] == [0, 1]
    assert analysis is not None
    assert len(calls.charges(call.id)) == 2
    assert Checklists(store, COMPANY).get(ChecklistId("c"), 1).title == "Greeting"
    assert Operators(store, COMPANY).find(OperatorId("op-101")) is not None
    assert user is not None
    assert user.company == COMPANY


@pytest.mark.parametrize("version", sorted(int(path.stem) for path in OLD.glob("*.json")))
class TestDocumentsOfAnOlderVersion:
    def test_they_are_read_before_and_after_they_are_migrated(self, tmp_path: Path, version: int) -> None:
        store = a_store(tmp_path)
        kept(version, store)
        read_all(store)
        migrate(store, StandingClock())
        read_all(store)

    @pytest.mark.emulator
    def test_migrating_them_on_firestore_changes_only_those_of_the_migrations(
        self, firestore_emulator: str, monkeypatch: pytest.MonkeyPatch, version: int
    ) -> None:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
        store = FirestoreDocuments(f"migrate-{version}")
        old = kept(version, store)
        migrated = migrate(store, StandingClock())
        read_all(store)
        after = {path: document.data for path in old if (document := store.get(path)) is not None}
        changed = [path for path in old if after[path] != old[path]]
        assert len(changed) == sum(each.rewritten for each in migrated) > 0
        assert after.keys() == old.keys()
        store.close()


def test_each_migration_has_a_number_of_its_own_and_the_newest_is_the_version_written() -> None:
    assert [migration.number for migration in MIGRATIONS] == list(range(2, 2 + len(MIGRATIONS)))
    assert MIGRATIONS[-1].number == SCHEMA_VERSION


class Thing(BaseModel):
    full_name: str


def renamed(content: Mapping[str, Value]) -> Mapping[str, Value]:
    if "name" not in content:
        return content
    return {"full_name": content["name"], **{key: value for key, value in content.items() if key != "name"}}


RENAMES = Migration(99, "Thing", "shops/*/things", "names are full names", renamed)


def filled(store: DocumentStore, shops: int, things: int) -> None:
    for shop in range(shops):
        store.set(f"shops/s{shop:03d}", {"name": "a shop"})
        for thing in range(things):
            store.set(f"shops/s{shop:03d}/things/t{thing:03d}", {"schema": 1, "name": f"thing {thing} of {shop}"})


def all_things(store: DocumentStore, shops: int) -> list[Mapping[str, Value]]:
    return [each.data for shop in range(shops) for each in store.query(Query(f"shops/s{shop:03d}/things"))]


def test_every_document_beneath_every_parent_is_rewritten_once(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    filled(store, shops=3, things=205)
    seen: list[int] = []
    first = migrate(store, StandingClock(), migrations=(RENAMES,), on_progress=lambda _, count: seen.append(count))
    again = migrate(store, StandingClock(), migrations=(RENAMES,))

    assert first[0].rewritten == 3 * 205 == seen[-1]
    assert (again[0].rewritten, again[0].was_done) == (0, True)
    assert all(thing["schema"] == 99 and "name" not in thing for thing in all_things(store, 3))
    assert store.get("shops/s000") is not None
    assert store.get("shops/s000").data == {"name": "a shop"}  # type: ignore[union-attr]


class Dies(Exception):
    pass


class DyingStore:
    """Dies at its `at`th write, before or after it."""

    def __init__(self, store: SQLiteDocuments, at: int, *, is_after: bool) -> None:
        self._store, self._left, self._is_after = store, at, is_after

    def __getattr__(self, name: str) -> object:
        found = getattr(self._store, name)
        return self._counted(found) if name in ("set", "transaction") else found

    def _counted(self, write: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object) -> object:
            self._left -= 1
            if self._left == 0 and not self._is_after:
                raise Dies
            answer = write(*given)
            if self._left == 0:
                raise Dies
            return answer

        return call


@pytest.mark.parametrize("is_after", [False, True])
def test_a_migration_killed_at_any_write_ends_as_if_it_had_not_been(tmp_path: Path, is_after: bool) -> None:
    (tmp_path / "whole").mkdir()
    whole = a_store(tmp_path / "whole")
    filled(whole, shops=2, things=3)
    migrate(whole, StandingClock(), migrations=(RENAMES,))
    expected = all_things(whole, 2)

    for at in range(1, 20):
        folder = tmp_path / str(at)
        folder.mkdir()
        store = a_store(folder)
        filled(store, shops=2, things=3)
        dying: DocumentStore = DyingStore(store, at, is_after=is_after)  # type: ignore[assignment]  # passes calls on
        try:
            migrate(dying, StandingClock(), migrations=(RENAMES,))
        except Dies:
            migrate(store, StandingClock(), migrations=(RENAMES,))
        else:
            assert at > 8, "it wrote less often than there are documents"
        assert all_things(store, 2) == expected, at


def test_a_document_written_while_the_migration_runs_is_not_taken_back(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    filled(store, shops=1, things=2)
    new: Mapping[str, Value] = {"schema": 99, "full_name": "written by the new code"}

    def write_meanwhile(transaction: Transaction) -> None:
        transaction.set("shops/s000/things/t001", new)

    store.transaction(write_meanwhile)
    migrate(store, StandingClock(), migrations=(RENAMES,))
    assert all_things(store, 1) == [{"schema": 99, "full_name": "thing 0 of 0"}, new]


def test_a_document_newer_than_the_code_is_left_for_the_code_that_knows_it() -> None:
    with pytest.raises(DependencyUnavailable, match="version 1000"):
        from_document(Thing, {"schema": 1000, "surname": "?"})
