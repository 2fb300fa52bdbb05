"""OpenAI's transcription, for when every other recogniser is down: it answers at once, and tells no times.

A recording is cut at silences into short pieces, so that each piece's place is its time.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from functools import cached_property
from typing import Any

from shared.adapters.stt.cutting import Piece, pieces
from shared.adapters.stt.vendor_jobs import VendorJob
from shared.domain.errors import (
    AlreadyExists,
    DependencyUnavailable,
    NotFound,
    RateLimited,
    RecognitionFailed,
)
from shared.domain.identity import JobId
from shared.domain.language import language_of
from shared.domain.transcript import Recognition, Segment
from shared.ports.object_store import ObjectStore
from shared.ports.recognizer import Done, JobState, Lost, RecognitionRequest

PIECE_MS = 20_000
_TIMEOUT_S = 120.0


class OpenAIRecognizer:
    """`Recognizer`. What was heard is kept in `results` until it is fetched: the vendor keeps nothing."""

    def __init__(self, api_key: str, results: ObjectStore, *, model: str, base_url: str | None = None) -> None:
        self._api_key = api_key
        self._results = results
        self._model = model
        self._base_url = base_url

    @property
    def name(self) -> str:
        return "openai"

    def submit(self, request: RecognitionRequest) -> JobId:
        """Submitting the same key again is the same job, and is paid for once."""
        job = JobId(hashlib.sha256(request.key.encode()).hexdigest())
        if self._results.stat(_path(job)) is not None:
            return job
        with pieces(request, longest_ms=PIECE_MS) as cut:
            segments = [found for piece in cut if (found := self._heard(piece, request)) is not None]
        segments.sort(key=lambda segment: (segment.start_ms, segment.channel))
        heard = Recognition(
            segments=tuple(segments),
            language=language_of(" ".join(segment.text for segment in segments)),
            model=self._model,
        )
        kept = {"speech": VendorJob.made(request, ()).model_dump(), "heard": heard.model_dump(mode="json")}
        with suppress(AlreadyExists):  # another did the same at the same time
            self._results.write(
                _path(job), [json.dumps(kept).encode()], content_type="application/json", if_absent=True
            )
        return job

    def fetch(self, job: JobId) -> JobState:
        try:
            kept = json.loads(b"".join(self._results.read(_path(job))))
        except NotFound:
            return Lost("no result of this job")
        heard = Recognition.model_validate(kept["heard"])
        return VendorJob.model_validate(kept["speech"]).suspicion(heard.segments) or Done(heard)

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> Any:
        from openai import OpenAI

        # the queue tries again, and knows better when
        return OpenAI(api_key=self._api_key, base_url=self._base_url, timeout=_TIMEOUT_S, max_retries=0)

    def _heard(self, piece: Piece, request: RecognitionRequest) -> Segment | None:
        import openai

        spoken = [
            span
            for span in request.speech[piece.channel]
            if span.end_ms > piece.start_ms and span.start_ms < piece.start_ms + PIECE_MS
        ]
        if not spoken:
            return None  # of silence it invents words
        try:
            with piece.path.open("rb") as file:
                answer = self._client.audio.transcriptions.create(model=self._model, file=file, response_format="json")
        except openai.APIStatusError as error:
            raise _ours(error) from error
        except openai.OpenAIError as error:
            raise DependencyUnavailable(f"OpenAI: {type(error).__name__}") from error
        text = str(getattr(answer, "text", "") or "").strip()
        if not text:
            return None
        return Segment(
            channel=piece.channel,
            start_ms=max(piece.start_ms, spoken[0].start_ms),
            end_ms=min(piece.start_ms + PIECE_MS, spoken[-1].end_ms, request.duration_ms),
            text=text,
            language=language_of(text),
        )


def _path(job: JobId) -> str:
    return f"recognitions/{job}.json"


def _ours(error: Any) -> Exception:
    """By status and code; the message is never repeated, for it may quote what was sent."""
    code = str(getattr(error, "code", None) or "")
    match error.status_code:
        case 429 if code != "insufficient_quota":
            after = error.response.headers.get("retry-after", "")
            return RateLimited("OpenAI", float(after) if after.replace(".", "", 1).isdigit() else None)
        case 400 | 413 | 415 | 422:
            return RecognitionFailed(f"OpenAI refuses the recording: {code or error.status_code}")
        case status:
            return DependencyUnavailable(f"OpenAI: HTTP {status} {code}".rstrip())
