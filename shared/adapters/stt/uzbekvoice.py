"""UzbekVoice, once MohirAI: Uzbek, Russian and their mix, submitted and asked for later.

Both channels of a stereo recording are jobs of their own, so who said what is known; of a mono one the vendor tells
voices apart. A job of ours is all of the vendor's: their ids travel in its id.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import structlog
from pydantic import BaseModel, ConfigDict

from shared.adapters.stt.cutting import Piece, pieces
from shared.domain.audio import total_ms
from shared.domain.errors import DependencyUnavailable, RateLimited, RecognitionFailed
from shared.domain.identity import JobId
from shared.domain.language import language_of
from shared.domain.transcript import Recognition, Segment, Word
from shared.ports.recognizer import Done, JobState, Lost, Pending, RecognitionRequest

log = structlog.get_logger(__name__)

LONGEST_MS = 55 * 60 * 1000
"""Of a file; the vendor says an hour and 50 MB, which an hour of ours is far below."""
_SUSPICIOUS_SPEECH_MS, _SUSPICIOUS_LETTERS = 60_000, 50
"""So much speech with so little text is an outage of the vendor's, and not silence."""
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_GAP_MS = 1_500
"""A longer pause between words begins another segment."""
_MIXED = ("uz-ru", "ru-uz")
"""The vendor's name of the mix has two spellings, and which one it takes has changed."""
_DONE = {"success", "completed", "done"}
_BROKEN = {"failure", "failed", "error", "revoked"}
_LABEL = re.compile(r"speaker\s*\d+\s*:\s*", re.IGNORECASE)


class _Part(BaseModel):
    """One of the vendor's jobs."""

    model_config = ConfigDict(frozen=True)

    id: str
    channel: int
    start_ms: int


class _Job(BaseModel):
    model_config = ConfigDict(frozen=True)

    parts: tuple[_Part, ...]
    speech_ms: int
    duration_ms: int

    def id(self) -> JobId:
        return JobId(base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("="))

    @staticmethod
    def of(job: JobId) -> _Job | None:
        try:
            return _Job.model_validate_json(base64.urlsafe_b64decode(job + "=" * (-len(job) % 4)))
        except ValueError:
            return None


class UzbekVoice:
    """`Recognizer`. `language` is what calls are in whose language nobody knows yet."""

    def __init__(self, key: str, *, url: str, language: str = "uz-ru", model: str = "general") -> None:
        self._url = url.rstrip("/")
        self._language = language
        self._model = model
        self._http = httpx.Client(timeout=_TIMEOUT, headers={"Authorization": key})

    @property
    def name(self) -> str:
        return "uzbekvoice"

    def submit(self, request: RecognitionRequest) -> JobId:
        language = request.language_hint if request.language_hint in ("uz", "ru") else self._language
        with pieces(request, longest_ms=LONGEST_MS) as cut:
            parts = tuple(
                _Part(
                    id=self._submitted(piece, language, request, is_mono=request.channels < 2),
                    channel=piece.channel,
                    start_ms=piece.start_ms,
                )
                for piece in cut
            )
        speech_ms = sum(total_ms(spans) for spans in request.speech)
        return _Job(parts=parts, speech_ms=speech_ms, duration_ms=request.duration_ms).id()

    def fetch(self, job: JobId) -> JobState:
        ours = _Job.of(job)
        if ours is None:
            return Lost("no job of this vendor's")
        segments: list[Segment] = []
        progress: list[float] = []
        for part in ours.parts:
            state = self._state(part, ours)
            if isinstance(state, Lost):
                return state
            if isinstance(state, Pending):
                progress.append(state.progress or 0.0)
            else:
                progress.append(1.0)
                segments += state
        if min(progress, default=1.0) < 1.0:
            return Pending(sum(progress) / len(progress))
        letters = sum(len(segment.text) for segment in segments)
        if ours.speech_ms >= _SUSPICIOUS_SPEECH_MS and letters < _SUSPICIOUS_LETTERS:
            return Lost(f"{letters} letters for {ours.speech_ms // 1000} s of speech")
        segments.sort(key=lambda segment: (segment.start_ms, segment.channel))
        language = language_of(" ".join(segment.text for segment in segments))
        return Done(Recognition(segments=tuple(segments), language=language, model=self._model))

    def close(self) -> None:
        self._http.close()

    # -- one job of the vendor's --------------------------------------------------------------------------------

    def _submitted(self, piece: Piece, language: str, request: RecognitionRequest, *, is_mono: bool) -> str:
        spellings = (language, *(other for other in _MIXED if other != language)) if language in _MIXED else (language,)
        for number, spelling in enumerate(spellings):
            answer = self._post(piece, spelling, request, is_mono=is_mono)
            if answer.status_code in (400, 422) and number + 1 < len(spellings):
                continue
            body = _body(_checked(answer, "a submission"))
            if not body.get("id"):
                raise DependencyUnavailable("UzbekVoice: a submission without an id")
            return str(body["id"])
        raise AssertionError("unreachable")

    def _post(self, piece: Piece, language: str, request: RecognitionRequest, *, is_mono: bool) -> httpx.Response:
        form = {
            "language": language,
            "model": self._model,
            "return_offsets": "true",
            "run_diarization": "phone" if is_mono else "false",
            "blocking": "false",
            **({"webhook_notification_url": request.webhook_url} if request.webhook_url is not None else {}),
        }
        with piece.path.open("rb") as file:
            try:
                return self._http.post(
                    f"{self._url}/api/v1/stt", data=form, files={"file": (piece.path.name, file, "audio/mpeg")}
                )
            except httpx.HTTPError as error:
                raise DependencyUnavailable(f"UzbekVoice: {type(error).__name__}") from error

    def _state(self, part: _Part, job: _Job) -> Pending | Lost | list[Segment]:
        try:
            answer = self._http.get(f"{self._url}/api/v1/tasks", params={"id": part.id})
        except httpx.HTTPError as error:
            raise DependencyUnavailable(f"UzbekVoice: {type(error).__name__}") from error
        if answer.status_code in (404, 408, 500):
            return Lost(f"HTTP {answer.status_code}")  # of this address they mean the job, and are final
        body = _body(_checked(answer, "a job"))
        state = str(body.get("status") or body.get("state") or "").lower()
        if state in _BROKEN:
            return Lost(state)
        if state not in _DONE:
            progress = body.get("progress")
            return Pending(min(0.99, float(progress)) if isinstance(progress, int | float) else None)
        result = body.get("result")
        return list(_segments(result if isinstance(result, dict) else {}, part, job))


def _checked(answer: httpx.Response, what: str) -> httpx.Response:
    match answer.status_code:
        case 429:
            after = answer.headers.get("Retry-After", "")
            raise RateLimited("UzbekVoice", float(after) if after.isdigit() else None)
        case 400 | 413 | 415 | 422:
            raise RecognitionFailed(f"UzbekVoice refuses {what}: HTTP {answer.status_code}")
        case 401 | 402 | 403:
            # nothing is wrong with the recording: it waits until somebody pays or mends the key
            log.error("recognizer_refuses_us", status=answer.status_code)
            raise DependencyUnavailable(f"UzbekVoice refuses us: HTTP {answer.status_code}")
        case status if status >= 300:
            raise DependencyUnavailable(f"UzbekVoice: HTTP {status}")
    return answer


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        raise DependencyUnavailable("UzbekVoice: no JSON") from error
    if not isinstance(body, dict):
        raise DependencyUnavailable("UzbekVoice: no object")
    return body


def _segments(result: dict[str, Any], part: _Part, job: _Job) -> Iterator[Segment]:
    words = [
        (str(each.get("speaker")) if each.get("speaker") is not None else None, word)
        for each in result.get("offsets") or ()
        if isinstance(each, dict) and (word := _word(each, part.start_ms)) is not None
    ]
    run: list[tuple[str | None, Word]] = []
    for label, word in words:
        if run and (label != run[-1][0] or word.start_ms - run[-1][1].end_ms > _GAP_MS):
            yield _segment(run, part)
            run = []
        run.append((label, word))
    if run:
        yield _segment(run, part)
    if not words and (text := _LABEL.sub("", str(result.get("text") or "")).strip()):
        # no times at all: one long segment, from which no turn can be told
        yield Segment(
            channel=part.channel,
            start_ms=part.start_ms,
            end_ms=max(part.start_ms + 1, job.duration_ms),
            text=text,
            language=language_of(text),
        )


def _word(each: dict[str, Any], start_ms: int) -> Word | None:
    text = str(each.get("word") or "").strip()
    try:
        begin, end = int(each["start"]), int(each["end"])
    except (KeyError, TypeError, ValueError):
        return None
    return Word(text=text, start_ms=start_ms + begin, end_ms=start_ms + max(begin, end)) if text else None


def _segment(run: Sequence[tuple[str | None, Word]], part: _Part) -> Segment:
    words = tuple(word for _, word in run)
    text = " ".join(word.text for word in words)
    return Segment(
        channel=part.channel,
        start_ms=words[0].start_ms,
        end_ms=max(word.end_ms for word in words),
        text=text,
        words=words,
        language=language_of(text),
        speaker_label=run[0][0],
    )
