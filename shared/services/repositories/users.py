"""Users of one company, and the one index that spans companies: usernames.

A person signs in with a username alone, so it is unique on the whole installation: `usernames/{folded}` says
whose it is.
"""

from __future__ import annotations

import re
import unicodedata

from pydantic import BaseModel, ConfigDict

from shared.domain.company import User
from shared.domain.errors import AlreadyExists, InvalidInput, NotFound
from shared.domain.identity import CompanyId, UserId
from shared.ports.document_store import DocumentStore, Transaction
from shared.services.repositories.documents import from_document, to_document

# what a document's id may hold on Firestore, and what a person can type
_USERNAME = re.compile(r"(?!\.{1,2}$)(?!__.*__$)[^\s/\x00-\x1f\x7f]{1,254}")


class Username(BaseModel):
    """Whose a username is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    company: CompanyId
    user: UserId


_NOBODY = Username(company=CompanyId("nobody"), user=UserId("nobody"))


def folded_username(text: str) -> str:
    """The one spelling of a username: case, width and composition of letters do not matter.

    Raises InvalidInput.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
    if not _USERNAME.fullmatch(folded) or len(folded.encode()) > 1000:
        raise InvalidInput("username", "1 to 254 letters, digits and marks, without spaces and /")
    return folded


class Users:
    def __init__(self, store: DocumentStore, company: CompanyId) -> None:
        self._store = store
        self._company = company
        self._collection = f"companies/{company}/users"

    def find(self, user: UserId) -> User | None:
        document = self._store.get(f"{self._collection}/{user}")
        return from_document(User, document.data) if document else None

    def get(self, user: UserId) -> User:
        """Raises NotFound."""
        found = self.find(user)
        if found is None:
            raise NotFound(f"no user {user}")
        return found

    def create(self, user: User) -> User:
        """Keeps the user with the username folded. Raises AlreadyExists when the username is anybody's."""
        if user.company != self._company:
            raise ValueError(f"user of {user.company} in {self._company}")
        user = user.model_copy(update={"username": folded_username(user.username)})
        name_path = _name_path(user.username)

        def add(transaction: Transaction) -> None:
            if transaction.get(name_path) is not None:
                raise AlreadyExists("the username is taken")
            transaction.create(name_path, to_document(Username(company=user.company, user=user.id)))
            transaction.create(f"{self._collection}/{user.id}", to_document(user))

        self._store.transaction(add)
        return user

    def set_password_hash(self, user: UserId, password_hash: str) -> None:
        """Raises NotFound."""
        self._store.update(f"{self._collection}/{user}", {"password_hash": password_hash})

    def set_blocked(self, user: UserId, is_blocked: bool) -> None:
        """Raises NotFound."""
        self._store.update(f"{self._collection}/{user}", {"is_blocked": is_blocked})


def find_user_by_username(store: DocumentStore, username: str) -> User | None:
    """The one user of that name, whichever company's. Two reads also for nobody, so that time tells nothing."""
    try:
        path = _name_path(folded_username(username))
    except InvalidInput:
        path = _name_path("nobody's name")  # holds a space, as no username does
    document = store.get(path)
    named = from_document(Username, document.data) if document else _NOBODY
    user = Users(store, named.company).find(named.user)
    return user if document else None


def _name_path(folded: str) -> str:
    return f"usernames/{folded}"
