"""Aisha: Uzbek, Russian and English, submitted and polled; it has no webhook and names times of segments alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from shared.adapters.stt.cutting import Piece, pieces
from shared.adapters.stt.vendor_jobs import Part, VendorJob, body_of, checked
from shared.domain.errors import DependencyUnavailable
from shared.domain.identity import JobId
from shared.domain.language import language_of
from shared.domain.transcript import Recognition, Segment
from shared.ports.recognizer import Done, JobState, Lost, Pending, RecognitionRequest

VENDOR = "Aisha"
LONGEST_MS = 30 * 60 * 1000
"""Of a file. The vendor names no limit; half an hour of ours is 11 MB."""
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_BROKEN = {"FAILED", "FAILURE", "ERROR"}


class Aisha:
    """`Recognizer`. `language` is what calls are in whose language nobody knows yet."""

    def __init__(self, key: str, *, url: str, language: str = "uz") -> None:
        self._url = url.rstrip("/")
        self._language = language
        self._http = httpx.Client(timeout=_TIMEOUT, headers={"X-Api-Key": key})

    @property
    def name(self) -> str:
        return "aisha"

    def submit(self, request: RecognitionRequest) -> JobId:
        language = request.language_hint if request.language_hint in ("uz", "ru", "en") else self._language
        with pieces(request, longest_ms=LONGEST_MS) as cut:
            parts = [
                Part(id=self._submitted(piece, language), channel=piece.channel, start_ms=piece.start_ms)
                for piece in cut
            ]
        return VendorJob.made(request, parts).id()

    def fetch(self, job: JobId) -> JobState:
        ours = VendorJob.of(job)
        if ours is None:
            return Lost("no job of this vendor's")
        segments: list[Segment] = []
        for part in ours.parts:
            body = self._body(part)
            if body is None:
                return Lost("HTTP 404")
            status = str(body.get("status") or "").upper()
            if status in _BROKEN:
                return Lost(status)
            if status != "SUCCESS":
                return Pending()
            segments += _segments(body, part, ours)
        suspicion = ours.suspicion(segments)
        if suspicion is not None:
            return suspicion
        segments.sort(key=lambda segment: (segment.start_ms, segment.channel))
        language = language_of(" ".join(segment.text for segment in segments))
        return Done(Recognition(segments=tuple(segments), language=language, model="aisha-v2"))

    def close(self) -> None:
        self._http.close()

    def _submitted(self, piece: Piece, language: str) -> str:
        # without diarization there are no times at all, and a channel's turns could not be told apart
        form = {"language": language, "has_diarization": "true", "title": "call"}
        with piece.path.open("rb") as file:
            try:
                answer = self._http.post(
                    f"{self._url}/api/v2/stt/post/", data=form, files={"audio": (piece.path.name, file, "audio/mpeg")}
                )
            except httpx.HTTPError as error:
                raise DependencyUnavailable(f"{VENDOR}: {type(error).__name__}") from error
        body = body_of(checked(answer, VENDOR, "a submission"), VENDOR)
        if body.get("id") is None:
            raise DependencyUnavailable(f"{VENDOR}: a submission without an id")
        return str(body["id"])

    def _body(self, part: Part) -> dict[str, Any] | None:
        try:
            answer = self._http.get(f"{self._url}/api/v2/stt/get/{part.id}/")
        except httpx.HTTPError as error:
            raise DependencyUnavailable(f"{VENDOR}: {type(error).__name__}") from error
        return None if answer.status_code == 404 else body_of(checked(answer, VENDOR, "a job"), VENDOR)


def _segments(body: dict[str, Any], part: Part, job: VendorJob) -> Iterator[Segment]:
    told = body.get("diarization")
    found = [segment for each in told or () if isinstance(each, dict) and (segment := _segment(each, part, job))]
    text = str(body.get("transcript") or "").strip()
    if found or not text:
        yield from found
        return
    # no times: one long segment, from which no turn can be told
    yield Segment(
        channel=part.channel,
        start_ms=part.start_ms,
        end_ms=max(part.start_ms + 1, job.duration_ms),
        text=text,
        language=language_of(text),
    )


def _segment(each: dict[str, Any], part: Part, job: VendorJob) -> Segment | None:
    text = str(each.get("text") or "").strip()
    try:
        begin, end = round(float(each["start"]) * 1000), round(float(each["end"]) * 1000)
    except (KeyError, TypeError, ValueError):
        return None
    if not text:
        return None
    return Segment(
        channel=part.channel,
        start_ms=part.start_ms + max(0, begin),
        end_ms=part.start_ms + max(begin + 1, end),
        text=text,
        language=language_of(text),
        speaker_label=str(each["speaker"]) if job.channels < 2 and each.get("speaker") is not None else None,
    )
