"""What a company is connected to. Credentials are sealed; nobody reads them but who opens them to use them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.domain.errors import NotFound
from shared.domain.identity import CompanyId
from shared.ports.document_store import Change, DocumentStore
from shared.services.repositories.documents import from_document, to_document


class PBXKind(StrEnum):
    ONLINEPBX = "onlinepbx"
    S3 = "s3"
    """An archive of recordings in a bucket; its domain is the bucket."""


class PBXProblem(StrEnum):
    """What the last talk with the exchange failed for, until one succeeds."""

    REFUSED = "credentials_refused"
    CLOSED = "account_closed"
    UNAVAILABLE = "unavailable"


class Backfill(BaseModel):
    """The past that is being read: calls that began in `[since, until)`, done up to `done_until`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: datetime
    until: datetime
    done_until: datetime
    found: int = 0
    """Calls that were new."""
    is_paused: bool = False


class PBXIntegration(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: PBXKind
    domain: str
    sealed_key: str
    sealed_session: str | None = None
    since: datetime
    """Calls before are not asked for."""
    synced_until: datetime | None = None
    """Everything that began before, and was over by then, is here."""
    recent: tuple[str, ...] = ()
    """Calls seen in the time that is asked for again and again: they need not be looked up."""
    operators_at: datetime | None = None
    problem: PBXProblem | None = None
    problem_since: datetime | None = None
    is_paused: bool = False
    backfill: Backfill | None = None


class Integrations:
    def __init__(self, store: DocumentStore, company: CompanyId) -> None:
        self._store = store
        self._collection = f"companies/{company}/integrations"

    def find_pbx(self) -> PBXIntegration | None:
        document = self._store.get(f"{self._collection}/pbx")
        return from_document(PBXIntegration, document.data) if document else None

    def pbx(self) -> PBXIntegration:
        """Raises NotFound."""
        found = self.find_pbx()
        if found is None:
            raise NotFound("the company has no exchange")
        return found

    def put_pbx(self, integration: PBXIntegration) -> None:
        """Makes it or replaces it as it stands."""
        self._store.set(f"{self._collection}/pbx", to_document(integration))

    def note_pbx(self, **fields: Change) -> None:
        """Sets the named fields alone: workers note different things at once. Raises NotFound."""
        self._store.update(f"{self._collection}/pbx", fields)

    def delete_pbx(self) -> None:
        self._store.delete(f"{self._collection}/pbx")
