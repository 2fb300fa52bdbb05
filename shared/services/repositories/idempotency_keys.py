"""What a client's own keys were used for, so that one key is never two things."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from shared.domain.errors import AlreadyExists, InvalidInput
from shared.domain.identity import CompanyId
from shared.ports.document_store import DocumentStore

KEPT = timedelta(days=7)
FIELD = "Idempotency-Key"


class IdempotencyKeys:
    def __init__(self, store: DocumentStore, company: CompanyId) -> None:
        self._store = store
        self._collection = f"companies/{company}/idempotency_keys"

    def claim(self, key: str, fingerprint: str, now: datetime) -> None:
        """The key stands for content of that fingerprint from now on; again for the same content is nothing new.

        Raises InvalidInput when it stood for other content.
        """
        path = f"{self._collection}/{hashlib.sha256(key.encode()).hexdigest()}"
        try:
            self._store.create(path, {"fingerprint": fingerprint, "created_at": now, "expires_at": now + KEPT})
        except AlreadyExists:
            known = self._store.get(path)
            if known is not None and known.data["fingerprint"] != fingerprint:
                raise InvalidInput(FIELD, "this key was sent before, with other content") from None
