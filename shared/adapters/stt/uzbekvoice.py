"""UzbekVoice, once MohirAI: Uzbek, Russian and their mix, submitted and asked for later.

Both channels of a stereo recording are jobs of their own, so who said what is known; of a mono one the vendor tells
voices apart. A job of ours is all of the vendor's: their ids travel in its id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import structlog

from shared.adapters.stt.cutting import Piece, pieces
from shared.adapters.stt.vendor_jobs import Part, VendorJob, body_of, checked
from shared.domain.errors import DependencyUnavailable
from shared.domain.identity import JobId
from shared.domain.language import language_of
from shared.domain.transcript import Recognition, Segment, Word
from shared.ports.recognizer import Done, JobState, Lost, Pending, RecognitionRequest

log = structlog.get_logger(__name__)

VENDOR = "UzbekVoice"
LONGEST_MS = 55 * 60 * 1000
"""Of a file; the vendor says an hour and 50 MB, which an hour of ours is far below."""
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_GAP_MS = 1_500
"""A longer pause between words begins another segment."""
_MIXED = ("uz-ru", "ru-uz")
"""The vendor's name of the mix has two spellings, and which one it takes has changed."""
_DONE = {"success", "completed", "done"}
_BROKEN = {"failure", "failed", "error", "revoked"}
_LABEL = re.compile(r"speaker\s*\d+\s*:\s*", re.IGNORECASE)


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
            parts = [
                Part(
                    id=self._submitted(piece, language, request, is_mono=request.channels < 2),
                    channel=piece.channel,
                    start_ms=piece.start_ms,
                )
                for piece in cut
            ]
        return VendorJob.made(request, parts).id()

    def fetch(self, job: JobId) -> JobState:
        ours = VendorJob.of(job)
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
        suspicion = ours.suspicion(segments)
        if suspicion is not None:
            return suspicion
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
            body = body_of(checked(answer, VENDOR, "a submission"), VENDOR)
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

    def _state(self, part: Part, job: VendorJob) -> Pending | Lost | list[Segment]:
        try:
            answer = self._http.get(f"{self._url}/api/v1/tasks", params={"id": part.id})
        except httpx.HTTPError as error:
            raise DependencyUnavailable(f"UzbekVoice: {type(error).__name__}") from error
        if answer.status_code in (404, 408, 500):
            return Lost(f"HTTP {answer.status_code}")  # of this address they mean the job, and are final
        body = body_of(checked(answer, VENDOR, "a job"), VENDOR)
        state = str(body.get("status") or body.get("state") or "").lower()
        if state in _BROKEN:
            return Lost(state)
        if state not in _DONE:
            progress = body.get("progress")
            return Pending(min(0.99, float(progress)) if isinstance(progress, int | float) else None)
        result = body.get("result")
        return list(_segments(result if isinstance(result, dict) else {}, part, job))


def _segments(result: dict[str, Any], part: Part, job: VendorJob) -> Iterator[Segment]:
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


def _segment(run: Sequence[tuple[str | None, Word]], part: Part) -> Segment:
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
