"""What a company is connected to. What was given as a secret is never given back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from shared.domain.breaker import Breaker, rests
from shared.domain.pbx import S3Access
from shared.rest.schemas.calls import Instant
from shared.rest.schemas.texts import Text
from shared.services.repositories.integrations import Backfill, PBXIntegration, PBXKind, PBXProblem

_DOMAIN = r"^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$"
_EXAMPLE: dict[str, Any] = {
    "kind": "onlinepbx",
    "domain": "pbx1234.onpbx.ru",
    "api_key": "as in the exchange's cabinet",
    "since": "2026-11-01T00:00:00+05:00",
}

_S3_EXAMPLE: dict[str, Any] = {
    "kind": "s3",
    "domain": "acme-recordings",
    "region": "eu-central-1",
    "access_key_id": "of a user who may list and read the bucket",
    "secret_access_key": "as Amazon showed it once",
    "folder": "connect/acme/CallRecordings/{year}/{month}/{day}/",
}


class NewOnlinePBX(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    kind: Literal[PBXKind.ONLINEPBX]
    domain: str = Field(pattern=_DOMAIN, description="The account's, such as pbx1234.onpbx.ru.")
    api_key: SecretStr = Field(min_length=1, max_length=500, description="Kept sealed, and never shown again.")
    since: Instant | None = Field(default=None, description="Calls before are left. From now on when left out.")


class NewS3Archive(BaseModel):
    """Recordings in a bucket: Amazon Connect's, or any that lies in folders of a day."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_S3_EXAMPLE]})

    kind: Literal[PBXKind.S3]
    domain: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="The bucket's name.")
    region: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    access_key_id: SecretStr = Field(min_length=1, max_length=200)
    secret_access_key: SecretStr = Field(min_length=1, max_length=200, description="Kept sealed, never shown again.")
    endpoint: str | None = Field(
        default=None, pattern=r"^https?://[A-Za-z0-9.:_-]{1,200}$", description="Of another than Amazon's."
    )
    folder: Text = Field(
        default="connect/CallRecordings/{year}/{month}/{day}/",
        max_length=500,
        description="Where the recordings of a day lie; {year}, {month} and {day} are its own.",
    )
    names: list[Annotated[Text, Field(max_length=300)]] = Field(
        default=[],
        max_length=10,
        description="How its files are called, such as {year}{month}{day}_{extension}_{phone}.",
    )
    time_zone: Text = Field(default="UTC", max_length=60, description="Of its folders and its own names.")
    since: Instant | None = Field(default=None, description="Calls before are left. From now on when left out.")

    @property
    def access(self) -> S3Access:
        """Raises InvalidInput naming the field."""
        return S3Access(
            region=self.region,
            access_key_id=self.access_key_id.get_secret_value(),
            secret_access_key=self.secret_access_key.get_secret_value(),
            endpoint=self.endpoint,
            folder=self.folder,
            names=tuple(self.names),
            time_zone=self.time_zone,
        )


NewPBX = Annotated[NewOnlinePBX | NewS3Archive, Field(discriminator="kind")]


class BackfillView(BaseModel):
    """The past that is being read, day by day."""

    since: datetime
    until: datetime
    done_until: datetime
    found: int = Field(description="Calls that were new.")
    is_paused: bool

    @classmethod
    def of(cls, backfill: Backfill) -> BackfillView:
        return cls(**backfill.model_dump())


class NewBackfill(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"since": "2026-08-01T00:00:00+05:00"}]})

    since: Instant = Field(description="Calls from then on, up to those that are here.")


class PBXView(BaseModel):
    kind: PBXKind
    domain: str
    since: datetime
    synced_until: datetime | None = Field(description="Every call that was over by then is here.")
    problem: PBXProblem | None = Field(description="What the last talk with the exchange failed for.")
    problem_since: datetime | None
    is_paused: bool
    backfill: BackfillView | None
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
            backfill=BackfillView.of(integration.backfill) if integration.backfill else None,
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
