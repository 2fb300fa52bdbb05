"""Recordings that somebody else puts into a bucket of Amazon S3, day by day, as Amazon Connect does.

A call is an object, known by its key; what is known of it, its name tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from shared.domain.errors import (
    DependencyUnavailable,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    RateLimited,
)
from shared.domain.pbx import PBXCall, PBXOperator, S3Access
from shared.domain.recording_names import facts_of_name

_CHUNK = 1 << 20
_SOUND = (".wav", ".mp3", ".ogg", ".opus", ".m4a", ".flac", ".amr")
_TIMEOUT_S = 30


class S3Archive:
    """`PBX`. `access` is an `S3Access` as JSON; the session keeper has nothing to keep."""

    def __init__(self, bucket: str, access: str, *, may_be_plain: bool = False) -> None:
        """`may_be_plain`: an endpoint may speak HTTP, which only this machine's may.

        Raises NotAuthenticated for what is no access at all, InvalidInput for an endpoint that we do not talk to.
        """
        self._bucket = bucket
        try:
            self._access = S3Access.model_validate_json(access)
        except ValidationError:
            raise NotAuthenticated("the archive's access is unreadable") from None
        endpoint = self._access.endpoint
        if endpoint is not None and not may_be_plain and not endpoint.startswith("https://"):
            # what speaks HTTP beside a function is the platform itself, with its credentials
            raise InvalidInput("endpoint", "an address that begins with https://")

    def calls(self, since: datetime, until: datetime) -> list[PBXCall]:
        found = [
            call
            for folder in self._access.folders(since, until)
            for each in self._listed(folder)
            if (call := self._call(each)) is not None and since <= call.started_at < until
        ]
        return sorted(found, key=lambda call: (call.started_at, call.id))

    def recording(self, call: str) -> Iterator[bytes]:
        body = self._asked("get_object", Key=call)["Body"]
        try:
            yield from body.iter_chunks(_CHUNK)
        except Exception as error:  # whatever breaks in the middle of a stream, another try may not
            raise DependencyUnavailable(f"S3: {type(error).__name__}") from error
        finally:
            body.close()

    def operators(self) -> list[PBXOperator]:
        """None: an archive knows nobody. The bucket is looked into all the same, so that a wrong key shows."""
        self._asked("list_objects_v2", MaxKeys=1)
        return []

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        access = self._access
        session = boto3.session.Session(
            aws_access_key_id=access.access_key_id,
            aws_secret_access_key=access.secret_access_key,
            region_name=access.region,
        )
        config = Config(connect_timeout=10, read_timeout=_TIMEOUT_S, retries={"total_max_attempts": 2})
        return session.client("s3", endpoint_url=access.endpoint, config=config)

    def _listed(self, folder: str) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = self._asked("list_objects_v2", Prefix=folder, **token)
            yield from page.get("Contents", ())
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _call(self, listed: dict[str, Any]) -> PBXCall | None:
        key = str(listed["Key"])
        if not key.lower().endswith(_SOUND) or not listed.get("Size"):
            return None
        told = facts_of_name(key, ZoneInfo(self._access.time_zone), self._access.names)
        written: datetime = listed["LastModified"].astimezone(UTC)
        started_at = told.started_at or written
        return PBXCall(
            id=key,
            started_at=started_at,
            ended_at=max(started_at, written),
            talk_s=None,
            direction=told.direction,
            customer_phone=told.customer_phone,
            extension=told.extension,
        )

    def _asked(self, what: str, **asked: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        keys = self._access.access_key_id + self._access.secret_access_key
        if not (keys.isascii() and keys.isprintable()):
            raise NotAuthenticated("no key of Amazon's has such letters")
        try:
            answer: dict[str, Any] = getattr(self._client, what)(Bucket=self._bucket, **asked)
        except ClientError as error:
            raise _ours(error) from error
        except BotoCoreError as error:
            raise DependencyUnavailable(f"S3: {type(error).__name__}") from error
        except ValueError as error:  # of an endpoint that is no address
            raise InvalidInput("endpoint", "an address such as https://s3.example.com") from error
        return answer


def _ours(error: Any) -> Exception:
    """By code; the message is never repeated, for it may name the key."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    match code:
        case "NoSuchKey" | "404":
            return NotFound("no such recording in the archive")
        case "NoSuchBucket":
            return InvalidInput("domain", "there is no such bucket")
        case "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException":
            return InvalidInput("region", "the bucket is in another region")
        case "AccountProblem" | "AllAccessDisabled" | "InvalidObjectState":
            return NotPermitted(f"S3: {code}")
        case "SlowDown" | "RequestLimitExceeded" | "Throttling":
            return RateLimited("S3", None)
        case "AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken" | "403":
            return NotAuthenticated(f"S3: {code}")
        case _:
            return DependencyUnavailable(f"S3: {code}")
