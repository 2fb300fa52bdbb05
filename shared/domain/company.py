"""A company, its people, and what each may do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, field_validator

from shared.domain.checklist import AnalysisTemplate
from shared.domain.identity import ChecklistId, CompanyId, OperatorId, UserId
from shared.domain.money import Tariff
from shared.domain.recording_names import checked_convention


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Company(_Frozen):
    id: CompanyId
    name: str
    language: str = "uz"
    """Of summaries and the page's first visit: uz, uz-Cyrl, ru or en."""
    time_zone: str = "Asia/Tashkent"
    recognizer: str = "whisper"
    fallbacks: tuple[str, ...] = ()
    """Recognisers that take over, in this order, when the first one is down or cannot."""
    max_outstanding: int = 50
    """Calls that recognisers may have at a time; more wait, so that nobody's thousand calls delay everybody's."""
    judge: str = "e5"
    operator_channel: int | None = None
    """Which channel of a stereo recording is the operator's, where the call itself does not say."""
    recording_names: tuple[str, ...] = ()
    """How its own files are called (shared/domain/recording_names.py), before the usual conventions."""
    min_duration_ms: int = 500
    max_duration_ms: int = 3 * 60 * 60 * 1000

    @property
    def recognizers(self) -> tuple[str, ...]:
        """In the order in which they are asked, each once."""
        return tuple(dict.fromkeys((self.recognizer, *self.fallbacks)))

    @field_validator("recording_names")
    @classmethod
    def _checked_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_convention(name) for name in names)

    checklist: ChecklistId | None = None
    """The checklist calls are scored by when nothing more exact is assigned."""
    template: AnalysisTemplate = AnalysisTemplate()
    tariff: Tariff = Tariff()
    created_at: datetime


class Operator(_Frozen):
    id: OperatorId
    name: str
    extension: str | None = None
    is_active: bool = True
    """False once the exchange has them no more; their calls stay theirs."""


class Role(StrEnum):
    PLATFORM_ADMIN = "platform_admin"
    COMPANY_ADMIN = "company_admin"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    ANALYST = "analyst"


class Permission(StrEnum):
    CALLS_READ = "calls.read"
    CALLS_READ_OWN = "calls.read_own"
    CALLS_WRITE = "calls.write"
    CALLS_LISTEN = "calls.listen"
    CHECKLISTS_READ = "checklists.read"
    INTEGRATIONS_MANAGE = "integrations.manage"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.PLATFORM_ADMIN: frozenset(Permission),
    Role.COMPANY_ADMIN: frozenset(Permission),
    Role.SUPERVISOR: frozenset(Permission) - {Permission.INTEGRATIONS_MANAGE},
    Role.ANALYST: frozenset({Permission.CALLS_READ, Permission.CALLS_READ_OWN, Permission.CHECKLISTS_READ}),
    Role.OPERATOR: frozenset({Permission.CALLS_READ_OWN, Permission.CALLS_LISTEN, Permission.CHECKLISTS_READ}),
}


class User(_Frozen):
    id: UserId
    company: CompanyId
    username: str
    """Unique on the whole installation, lower case; an e-mail address is one."""
    name: str
    role: Role
    operator: OperatorId | None = None
    """The operator this user is, for the role `operator`."""
    language: str | None = None
    password_hash: str
    is_blocked: bool = False
    created_at: datetime
