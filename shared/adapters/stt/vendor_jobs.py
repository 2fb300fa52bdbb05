"""What vendors have in common: a recording is several files to them, and their refusals mean the same to us."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import httpx
import structlog
from pydantic import BaseModel, ConfigDict

from shared.domain.audio import total_ms
from shared.domain.errors import DependencyUnavailable, RateLimited, RecognitionFailed
from shared.domain.identity import JobId
from shared.domain.transcript import Segment
from shared.ports.recognizer import Lost, RecognitionRequest

log = structlog.get_logger(__name__)

_SUSPICIOUS_SPEECH_MS, _SUSPICIOUS_LETTERS = 60_000, 50
"""So much speech with so little text is an outage of the vendor's, and not silence."""


class Part(BaseModel):
    """One of the vendor's jobs: a piece of one channel."""

    model_config = ConfigDict(frozen=True)

    id: str
    channel: int
    start_ms: int


class VendorJob(BaseModel):
    """A job of ours is all of the vendor's: their ids travel in its id."""

    model_config = ConfigDict(frozen=True)

    parts: tuple[Part, ...]
    speech_ms: int
    duration_ms: int
    channels: int = 1

    @classmethod
    def made(cls, request: RecognitionRequest, parts: Sequence[Part]) -> VendorJob:
        speech_ms = sum(total_ms(spans) for spans in request.speech)
        return cls(parts=tuple(parts), speech_ms=speech_ms, duration_ms=request.duration_ms, channels=request.channels)

    def id(self) -> JobId:
        return JobId(base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("="))

    @classmethod
    def of(cls, job: JobId) -> VendorJob | None:
        try:
            return cls.model_validate_json(base64.urlsafe_b64decode(job + "=" * (-len(job) % 4)))
        except ValueError:
            return None

    def suspicion(self, segments: Sequence[Segment]) -> Lost | None:
        letters = sum(len(segment.text) for segment in segments)
        if self.speech_ms >= _SUSPICIOUS_SPEECH_MS and letters < _SUSPICIOUS_LETTERS:
            return Lost(f"{letters} letters for {self.speech_ms // 1000} s of speech")
        return None


def checked(answer: httpx.Response, vendor: str, what: str) -> httpx.Response:
    """Raises RateLimited, RecognitionFailed for what will never be taken, DependencyUnavailable for the rest."""
    match answer.status_code:
        case 429:
            after = answer.headers.get("Retry-After", "")
            raise RateLimited(vendor, float(after) if after.isdigit() else None)
        case 400 | 413 | 415 | 422:
            raise RecognitionFailed(f"{vendor} refuses {what}: HTTP {answer.status_code}")
        case 401 | 402 | 403:
            # nothing is wrong with the recording: it waits until somebody pays or mends the key
            log.error("recognizer_refuses_us", vendor=vendor, status=answer.status_code)
            raise DependencyUnavailable(f"{vendor} refuses us: HTTP {answer.status_code}")
        case status if status >= 300:
            raise DependencyUnavailable(f"{vendor}: HTTP {status}")
    return answer


def body_of(answer: httpx.Response, vendor: str) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        raise DependencyUnavailable(f"{vendor}: no JSON") from error
    if not isinstance(body, dict):
        raise DependencyUnavailable(f"{vendor}: no object")
    return body
