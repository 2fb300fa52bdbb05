"""Breakers of vendors: one document each, at the root, since a vendor is down for every company alike."""

from __future__ import annotations

from datetime import datetime

from shared.domain.breaker import Breaker, after_failure, probed, rests
from shared.ports.document_store import DocumentStore, Transaction
from shared.services.repositories.documents import from_document, to_document


class Breakers:
    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def find(self, vendor: str) -> Breaker | None:
        document = self._store.get(_path(vendor))
        return from_document(Breaker, document.data) if document else None

    def admits(self, vendor: str, now: datetime) -> bool:
        """Whether the vendor may be asked; of several that ask when its rest is over, the first."""
        known = self.find(vendor)
        if known is None or known.rests_until is None:
            return True
        if rests(known, now):
            return False

        def probe(transaction: Transaction) -> bool:
            document = transaction.get(_path(vendor))
            current = from_document(Breaker, document.data) if document else None
            if current is None or current.rests_until is None:
                return True
            if rests(current, now):
                return False
            transaction.set(_path(vendor), to_document(probed(current, now)))
            return True

        return self._store.transaction(probe)

    def failed(self, vendor: str, now: datetime, reason: str) -> None:
        def count(transaction: Transaction) -> None:
            document = transaction.get(_path(vendor))
            known = from_document(Breaker, document.data) if document else None
            transaction.set(_path(vendor), to_document(after_failure(known, now, reason)))

        self._store.transaction(count)

    def worked(self, vendor: str) -> None:
        """One read while all is well, and a deletion when it is so again."""
        if self.find(vendor) is not None:
            self._store.delete(_path(vendor))


def _path(vendor: str) -> str:
    return f"breakers/{vendor}"
