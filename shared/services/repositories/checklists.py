"""Checklists of one company: the newest version in the document itself, every version beneath it."""

from __future__ import annotations

from shared.domain.checklist import Checklist
from shared.domain.errors import NotFound
from shared.domain.identity import ChecklistId, CompanyId
from shared.ports.document_store import DocumentStore, Query, Transaction
from shared.services.repositories.documents import from_document, to_document


class Checklists:
    def __init__(self, store: DocumentStore, company: CompanyId) -> None:
        self._store = store
        self._collection = f"companies/{company}/checklists"

    def find(self, checklist: ChecklistId, version: int | None = None) -> Checklist | None:
        """That version, or the newest."""
        path = f"{self._collection}/{checklist}"
        document = self._store.get(path if version is None else _version_path(path, version))
        return from_document(Checklist, document.data) if document else None

    def get(self, checklist: ChecklistId, version: int | None = None) -> Checklist:
        """Raises NotFound."""
        found = self.find(checklist, version)
        if found is None:
            raise NotFound(f"no checklist {checklist}" + ("" if version is None else f" of version {version}"))
        return found

    def all(self) -> list[Checklist]:
        """The newest version of each, by id."""
        return [from_document(Checklist, document.data) for document in self._store.query(Query(self._collection))]

    def save(self, checklist: Checklist) -> Checklist:
        """Keeps the checklist as a new version, whatever version it says; the same content makes none.

        A call keeps the version that scored it, so a version is never changed.
        """
        path = f"{self._collection}/{checklist.id}"

        def add_version(transaction: Transaction) -> Checklist:
            document = transaction.get(path)
            known = from_document(Checklist, document.data) if document else None
            version = known.version + 1 if known else 1
            if known is not None and known == checklist.model_copy(update={"version": known.version}):
                return known
            saved = checklist.model_copy(update={"version": version})
            transaction.set(path, to_document(saved))
            transaction.create(_version_path(path, version), to_document(saved))
            return saved

        return self._store.transaction(add_version)


def _version_path(path: str, version: int) -> str:
    return f"{path}/versions/{version}"
