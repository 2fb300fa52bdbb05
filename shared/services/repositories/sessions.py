"""Sessions of one company's users. A session is a family of refresh tokens, of which the last one is good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.domain.identity import CompanyId, UserId
from shared.ports.document_store import DocumentStore, Transaction
from shared.services.repositories.documents import from_document, to_document


class Session(BaseModel):
    """`secret_hash` is of the refresh token that is good now. The tokens themselves are kept nowhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    user: UserId
    secret_hash: str
    former_hash: str | None = None
    """Of the token before."""
    created_at: datetime
    rotated_at: datetime
    expires_at: datetime
    """Also the store's own time to live, where it has one."""
    revoked_at: datetime | None = None


class Sessions:
    def __init__(self, store: DocumentStore, company: CompanyId) -> None:
        self._store = store
        self._collection = f"companies/{company}/sessions"

    def create(self, session: Session) -> None:
        self._store.create(f"{self._collection}/{session.id}", to_document(session))

    def change(self, session: str, work: Callable[[Session], Session | None]) -> Session | None:
        """Runs `work` on the session as it stands and keeps what it returns, all or nothing; None changes nothing.

        `work` may run several times. Returns the session as it stood before, or None when there is none.
        """
        path = f"{self._collection}/{session}"

        def in_transaction(transaction: Transaction) -> Session | None:
            document = transaction.get(path)
            if document is None:
                return None
            before = from_document(Session, document.data)
            after = work(before)
            if after is not None and after != before:
                transaction.set(path, to_document(after))
            return before

        return self._store.transaction(in_transaction)
