"""Signing in, staying signed in, and signing out.

An access token is short and checked without a read. A refresh token is good once: it is exchanged for the next of
its family, and whoever shows an older one ends the family, because one of two holders stole it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog
from pydantic import BaseModel, ConfigDict

from shared.domain.company import Role, User
from shared.domain.errors import ClaimHeld, InvalidInput, NotAuthenticated, RateLimited
from shared.domain.identity import CompanyId, OperatorId, UserId, company_id
from shared.ports.clock import Clock, Ids
from shared.ports.document_store import DocumentStore, Transaction
from shared.ports.passwords import Passwords
from shared.ports.tokens import Tokens
from shared.services.repositories.documents import from_document, to_document
from shared.services.repositories.sessions import Session, Sessions
from shared.services.repositories.users import Users, find_user_by_username, folded_username
from shared.services.viewer import Viewer

log = structlog.get_logger(__name__)

ACCESS = "access"
_SESSION_ID = re.compile(r"[A-Za-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    access_lifetime: timedelta = timedelta(minutes=15)
    session_lifetime: timedelta = timedelta(days=30)
    """Since the last refresh."""
    refresh_race: timedelta = timedelta(seconds=10)
    """Two tabs wake up together and refresh with the same cookie: for so long the loser is told to come again with
    the winner's, and the family lives on. It gets no token, so a thief gains nothing."""
    free_failures: int = 5
    first_lock: timedelta = timedelta(seconds=30)
    longest_lock: timedelta = timedelta(minutes=15)
    forget_failures: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    access_token: str
    refresh_token: str
    expires_in: timedelta
    """Of the access token."""
    session_lifetime: timedelta
    user: User


class _Attempts(BaseModel):
    """Attempts to sign in by one username since the last success."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failures: int
    last_at: datetime
    locked_until: datetime
    expires_at: datetime
    """The store's own time to live, where it has one."""


class _Shown(Enum):
    """What the refresh token that was shown turned out to be."""

    GOOD = auto()
    JUST_EXCHANGED = auto()
    REUSED = auto()
    OVER = auto()


class SignIn:
    def __init__(
        self,
        documents: DocumentStore,
        passwords: Passwords,
        tokens: Tokens,
        clock: Clock,
        ids: Ids,
        policy: SignInPolicy | None = None,
    ) -> None:
        self._documents = documents
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock
        self._ids = ids
        self._policy = policy or SignInPolicy()

    def sign_in(self, username: str, password: str) -> SignedIn:
        """Raises NotAuthenticated, the same for an unknown user, a wrong password and a blocked user; RateLimited
        after repeated failures, for unknown users too."""
        self._count_attempt(username)
        user = find_user_by_username(self._documents, username)
        is_right = self._passwords.is_right(password, user.password_hash if user else None)
        if user is None or not is_right or user.is_blocked:
            raise NotAuthenticated("wrong username or password")
        self._documents.delete(_attempts_path(username))
        if self._passwords.is_outdated(user.password_hash):
            Users(self._documents, user.company).set_password_hash(user.id, self._passwords.hash(password))
        return self._begin(user)

    def refresh(self, refresh_token: str) -> SignedIn:
        """The next tokens of the family.

        Raises NotAuthenticated; ClaimHeld when another request exchanged this very token a moment ago.
        """
        company, session_id, shown_hash = _parsed(refresh_token)
        now = self._clock.now()
        secret = secrets.token_urlsafe(32)

        def rotate(session: Session) -> Session | None:
            match self._shown(session, shown_hash, now):
                case _Shown.GOOD:
                    return session.model_copy(
                        update={
                            "secret_hash": _hash(secret),
                            "former_hash": session.secret_hash,
                            "rotated_at": now,
                            "expires_at": now + self._policy.session_lifetime,
                        }
                    )
                case _Shown.REUSED:
                    return session.model_copy(update={"revoked_at": now})
                case _Shown.JUST_EXCHANGED | _Shown.OVER:
                    return None

        session = Sessions(self._documents, company).change(session_id, rotate)
        if session is None:
            raise NotAuthenticated("no such session")
        match self._shown(session, shown_hash, now):
            case _Shown.OVER:
                raise NotAuthenticated("the session is over")
            case _Shown.REUSED:
                log.warning("refresh_token_reused", company=company, session=session_id)
                raise NotAuthenticated("the session is over")
            case _Shown.JUST_EXCHANGED:
                raise ClaimHeld("another request has just exchanged this refresh token")
            case _Shown.GOOD:
                pass
        user = Users(self._documents, company).find(session.user)
        if user is None or user.is_blocked:
            self._revoke(company, session_id)
            raise NotAuthenticated("the session is over")
        return self._signed_in(user, session_id, secret)

    def sign_out(self, refresh_token: str) -> None:
        """Ends the session, if the token is of one; what is over stays over."""
        try:
            company, session_id, shown_hash = _parsed(refresh_token)
        except NotAuthenticated:
            return
        now = self._clock.now()

        def end(session: Session) -> Session | None:
            is_of_family = any(
                known is not None and hmac.compare_digest(known, shown_hash)
                for known in (session.secret_hash, session.former_hash)
            )
            return session.model_copy(update={"revoked_at": now}) if is_of_family else None

        Sessions(self._documents, company).change(session_id, end)

    def viewer(self, access_token: str) -> Viewer:
        """Who holds the token. Raises NotAuthenticated.

        What it says of role and rights may be as old as the token: a block shows at the next refresh.
        """
        claims = self._tokens.read(ACCESS, access_token)
        try:
            return Viewer(
                user=UserId(claims["sub"]),
                company=CompanyId(claims["company"]),
                role=Role(claims["role"]),
                operator=OperatorId(claims["operator"]) if "operator" in claims else None,
                session=claims["session"],
            )
        except (KeyError, ValueError) as error:
            raise NotAuthenticated("the token is not valid") from error

    def _shown(self, session: Session, shown_hash: str, now: datetime) -> _Shown:
        if session.revoked_at is not None or session.expires_at <= now:
            return _Shown.OVER
        if hmac.compare_digest(session.secret_hash, shown_hash):
            return _Shown.GOOD
        is_former = session.former_hash is not None and hmac.compare_digest(session.former_hash, shown_hash)
        if is_former and now - session.rotated_at <= self._policy.refresh_race:
            return _Shown.JUST_EXCHANGED
        return _Shown.REUSED

    def _begin(self, user: User) -> SignedIn:
        now = self._clock.now()
        secret = secrets.token_urlsafe(32)
        session = Session(
            id=self._ids.new(),
            user=user.id,
            secret_hash=_hash(secret),
            created_at=now,
            rotated_at=now,
            expires_at=now + self._policy.session_lifetime,
        )
        Sessions(self._documents, user.company).create(session)
        return self._signed_in(user, session.id, secret)

    def _signed_in(self, user: User, session: str, secret: str) -> SignedIn:
        claims = {"sub": user.id, "company": user.company, "role": user.role.value, "session": session}
        if user.operator is not None:
            claims["operator"] = user.operator
        return SignedIn(
            access_token=self._tokens.issue(ACCESS, claims, lifetime=self._policy.access_lifetime),
            refresh_token=f"{user.company}.{session}.{secret}",
            expires_in=self._policy.access_lifetime,
            session_lifetime=self._policy.session_lifetime,
            user=user,
        )

    def _revoke(self, company: CompanyId, session_id: str) -> None:
        now = self._clock.now()
        Sessions(self._documents, company).change(session_id, lambda s: s.model_copy(update={"revoked_at": now}))

    def _count_attempt(self, username: str) -> None:
        """Counts the attempt before it is known to fail, so that a thousand at once are not all the first."""
        path = _attempts_path(username)
        now = self._clock.now()

        def count(transaction: Transaction) -> float:
            document = transaction.get(path)
            known = from_document(_Attempts, document.data) if document else None
            if known is not None and now < known.locked_until:
                return (known.locked_until - now).total_seconds()
            is_fresh = known is not None and now - known.last_at < self._policy.forget_failures
            failures = 1 + (known.failures if known is not None and is_fresh else 0)
            attempts = _Attempts(
                failures=failures,
                last_at=now,
                locked_until=now + self._lock_after(failures),
                expires_at=now + self._policy.forget_failures,
            )
            transaction.set(path, to_document(attempts))
            return 0

        retry_after_s = self._documents.transaction(count)
        if retry_after_s > 0:
            raise RateLimited("too many failed sign-ins", retry_after_s=retry_after_s)

    def _lock_after(self, failures: int) -> timedelta:
        """Nothing for the first few, then twice as long each time, up to the longest."""
        if failures < self._policy.free_failures:
            return timedelta(0)
        factor = 1 << min(failures - self._policy.free_failures, 30)
        return min(self._policy.first_lock * factor, self._policy.longest_lock)


def _attempts_path(username: str) -> str:
    # nobody's company is known yet, and the name may be of any shape: this one is at the root, under its hash
    try:
        folded = folded_username(username)
    except InvalidInput:
        folded = username
    return f"sign_in_attempts/{_hash(folded)}"


def _parsed(refresh_token: str) -> tuple[CompanyId, str, str]:
    """Company, session and the secret's hash. Raises NotAuthenticated for what was never a token of ours."""
    company, _, rest = refresh_token.partition(".")
    session, _, secret = rest.partition(".")
    try:
        known = company_id(company)
    except InvalidInput as error:
        raise NotAuthenticated("the refresh token is not valid") from error
    if not _SESSION_ID.fullmatch(session) or not secret:
        raise NotAuthenticated("the refresh token is not valid")
    return known, session, _hash(secret)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
