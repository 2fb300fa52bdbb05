"""Which call each object of the audio bucket became: so that a second event costs one read, and a lost one shows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from shared.domain.identity import CallId, CompanyId
from shared.ports.document_store import DocumentStore
from shared.services.repositories.documents import from_document, to_document

KEPT = timedelta(days=30)
"""Far longer than an event is delivered late or the bucket is looked through for lost ones."""


class Receipt(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    call: CallId
    expires_at: datetime


class Receipts:
    def __init__(self, store: DocumentStore, company: CompanyId) -> None:
        self._store = store
        self._collection = f"companies/{company}/receipts"

    def call_of(self, path: str, generation: int) -> CallId | None:
        return self.calls_of([(path, generation)])[0]

    def calls_of(self, objects: Sequence[tuple[str, int]]) -> list[CallId | None]:
        """One answer for each (path, generation), in their order."""
        documents = self._store.get_many([self._path(path, generation) for path, generation in objects])
        return [from_document(Receipt, each.data).call if each else None for each in documents]

    def keep(self, path: str, generation: int, call: CallId, now: datetime) -> None:
        receipt = Receipt(call=call, expires_at=now + KEPT)
        self._store.set(self._path(path, generation), to_document(receipt))

    def _path(self, path: str, generation: int) -> str:
        # a path may be longer than an id, and hold what an id may not
        return f"{self._collection}/{hashlib.sha256(f'{path}#{generation}'.encode()).hexdigest()}"
