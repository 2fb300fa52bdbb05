"""Operators of one company, and whose extension is whose."""

from __future__ import annotations

from shared.domain.company import Operator
from shared.domain.identity import CompanyId, OperatorId
from shared.ports.document_store import DocumentStore, Filter, Query
from shared.services.repositories.documents import from_document, to_document


class Operators:
    def __init__(self, store: DocumentStore, company: CompanyId) -> None:
        self._store = store
        self._collection = f"companies/{company}/operators"

    def find(self, operator: OperatorId) -> Operator | None:
        document = self._store.get(f"{self._collection}/{operator}")
        return from_document(Operator, document.data) if document else None

    def of_extension(self, extension: str) -> Operator | None:
        """Whose it is now; who had it before is not active any more."""
        query = Query(self._collection, filters=(Filter("extension", "==", extension),))
        found = [from_document(Operator, document.data) for document in self._store.query(query)]
        return next((each for each in found if each.is_active), None)

    def all(self) -> list[Operator]:
        return [from_document(Operator, document.data) for document in self._store.query(Query(self._collection))]

    def put(self, operator: Operator) -> None:
        """Makes the operator or replaces it as it stands."""
        self._store.set(f"{self._collection}/{operator.id}", to_document(operator))
