"""What a company is connected to. What was given as a secret is never given back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from shared.domain.breaker import Breaker, rests
from shared.rest.schemas.calls import Instant
from shared.services.repositories.integrations import PBXIntegration, PBXKind, PBXProblem

_DOMAIN = r"^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$"
_EXAMPLE: dict[str, Any] = {
    "kind": "onlinepbx",
    "domain": "pbx1234.onpbx.ru",
    "api_key": "as in the exchange's cabinet",
    "since": "2026-11-01T00:00:00+05:00",
}


class NewPBX(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    kind: PBXKind
    domain: str = Field(pattern=_DOMAIN, description="The account's, such as pbx1234.onpbx.ru.")
    api_key: SecretStr = Field(min_length=1, max_length=500, description="Kept sealed, and never shown again.")
    since: Instant | None = Field(default=None, description="Calls before are left. From now on when left out.")


class PBXView(BaseModel):
    kind: PBXKind
    domain: str
    since: datetime
    synced_until: datetime | None = Field(description="Every call that was over by then is here.")
    problem: PBXProblem | None = Field(description="What the last talk with the exchange failed for.")
    problem_since: datetime | None
    is_paused: bool
    hook_url: str | None = Field(description="Give it to the exchange as its webhook: calls then come within a minute.")

    @classmethod
    def of(cls, integration: PBXIntegration, hook_url: str | None) -> PBXView:
        return cls(
            kind=integration.kind,
            domain=integration.domain,
            since=integration.since,
            synced_until=integration.synced_until,
            problem=integration.problem,
            problem_since=integration.problem_since,
            is_paused=integration.is_paused,
            hook_url=hook_url,
        )


class PausedPBX(BaseModel):
    model_config = ConfigDict(extra="forbid")

    is_paused: bool = Field(strict=True)


class RecognizerHealth(BaseModel):
    """A recogniser of the company's; `rests_until` is set while it is left alone after failures."""

    name: str
    rests_until: datetime | None
    down_since: datetime | None
    failures: int = Field(description="In a row; 0 while all is well.")
    reason: str | None = Field(description="Of the last failure.")

    @classmethod
    def of(cls, name: str, breaker: Breaker | None, now: datetime) -> RecognizerHealth:
        if breaker is None:
            return cls(name=name, rests_until=None, down_since=None, failures=0, reason=None)
        return cls(
            name=name,
            rests_until=breaker.rests_until if rests(breaker, now) else None,
            down_since=breaker.opened_at,
            failures=breaker.failures,
            reason=breaker.reason,
        )


class Backlog(BaseModel):
    waiting: int = Field(description="Calls recorded and not yet with a recogniser.")
    with_recognizers: int
    max_outstanding: int = Field(description="As many as recognisers may have at a time.")
    oldest: datetime | None = Field(description="When the call began that has waited longest.")


class Recognizers(BaseModel):
    items: list[RecognizerHealth] = Field(description="In the order in which they are asked.")
    backlog: Backlog
