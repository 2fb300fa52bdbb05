"""Companies, users and checklists as they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
from shared.domain.company import Company, Role, User
from shared.domain.errors import AlreadyExists, InvalidInput, NotFound
from shared.domain.identity import ChecklistId, CompanyId, UserId
from shared.services.repositories.checklists import Checklists
from shared.services.repositories.companies import Companies
from shared.services.repositories.users import Users, find_user_by_username, folded_username
from tests.rest.door import BEGONA, NAMUNA, NOON, a_checklist


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteDocuments]:
    documents = SQLiteDocuments(tmp_path / "documents.sqlite3")
    yield documents
    documents.close()


def a_user(username: str, company: CompanyId = NAMUNA, id_: str = "u1") -> User:
    return User(
        id=UserId(id_),
        company=company,
        username=username,
        name="Aziza",
        role=Role.SUPERVISOR,
        password_hash="",
        created_at=NOON,
    )


def test_all_companies_come_however_many_there_are(store: SQLiteDocuments) -> None:
    companies = Companies(store)
    names = [f"c{number:03d}" for number in range(401)]
    for name in names:
        companies.put(Company(id=CompanyId(name), name=name, created_at=NOON))

    assert [company.id for company in companies.all()] == names


def test_a_company_that_is_not_there_is_not_found(store: SQLiteDocuments) -> None:
    with pytest.raises(NotFound):
        Companies(store).get(NAMUNA)


def test_a_username_is_one_persons_on_the_whole_installation(store: SQLiteDocuments) -> None:
    Users(store, NAMUNA).create(a_user("Aziza"))

    with pytest.raises(AlreadyExists):
        Users(store, BEGONA).create(a_user("aZIZA ", BEGONA, "u2"))

    found = find_user_by_username(store, "AZIZA")
    assert found is not None
    assert (found.company, found.username) == (NAMUNA, "aziza")
    assert Users(store, BEGONA).find(UserId("u2")) is None


def test_a_user_is_not_kept_in_another_company(store: SQLiteDocuments) -> None:
    with pytest.raises(ValueError, match="begona"):
        Users(store, NAMUNA).create(a_user("aziza", BEGONA))


@pytest.mark.parametrize("text", ["", " ", "a b", "a/b", ".", "..", "__x__", "a" * 255])
def test_what_no_store_can_name_is_no_username(text: str) -> None:
    with pytest.raises(InvalidInput):
        folded_username(text)


def test_an_edit_makes_a_version_and_the_old_one_stays(store: SQLiteDocuments) -> None:
    checklists = Checklists(store, NAMUNA)
    first = checklists.save(a_checklist())
    second = checklists.save(first.model_copy(update={"title": "Yangi"}))

    assert (first.version, second.version) == (1, 2)
    assert checklists.get(ChecklistId("sales")) == second
    assert checklists.get(ChecklistId("sales"), 1) == first
    assert [each.version for each in checklists.all()] == [2]


def test_the_same_content_again_makes_no_version(store: SQLiteDocuments) -> None:
    checklists = Checklists(store, NAMUNA)

    assert checklists.save(a_checklist()) == checklists.save(a_checklist())


def test_another_companys_checklist_is_not_found(store: SQLiteDocuments) -> None:
    Checklists(store, NAMUNA).save(a_checklist())

    with pytest.raises(NotFound):
        Checklists(store, BEGONA).get(ChecklistId("sales"))
