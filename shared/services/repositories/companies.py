"""Companies: the only collection at the root besides the index of usernames."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.company import Company
from shared.domain.errors import NotFound
from shared.domain.identity import CompanyId
from shared.ports.document_store import DocumentStore, Query
from shared.services.repositories.documents import from_document, to_document

_PAGE = 200


class Companies:
    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def find(self, company: CompanyId) -> Company | None:
        document = self._store.get(f"companies/{company}")
        return from_document(Company, document.data) if document else None

    def get(self, company: CompanyId) -> Company:
        """Raises NotFound."""
        found = self.find(company)
        if found is None:
            raise NotFound(f"no company {company}")
        return found

    def create(self, company: Company) -> None:
        """Raises AlreadyExists."""
        self._store.create(f"companies/{company.id}", to_document(company))

    def put(self, company: Company) -> None:
        """Makes the company or replaces it as it stands."""
        self._store.set(f"companies/{company.id}", to_document(company))

    def all(self) -> Iterator[Company]:
        """Every company by id, read a page at a time."""
        after: tuple[str, ...] | None = None
        while True:
            documents = self._store.query(Query("companies", start_after=after, limit=_PAGE))
            for document in documents:
                yield from_document(Company, document.data)
            if len(documents) < _PAGE:
                return
            after = (documents[-1].id,)
