"""The embedded recogniser: writes down what is to be done; `shared.local.whisper_worker` does it."""

from __future__ import annotations

from pathlib import Path

from shared.adapters.embedded.recognition_jobs import RecognitionJobs, Recording
from shared.domain.errors import RecognitionFailed
from shared.domain.identity import JobId
from shared.ports.recognizer import Done, JobState, Lost, Pending, RecognitionRequest


class WhisperRecognizer:
    def __init__(self, jobs: Path) -> None:
        """`jobs` is the SQLite file that the worker reads; made when it is not there."""
        self._jobs = RecognitionJobs(jobs)

    @property
    def name(self) -> str:
        return "whisper"

    def submit(self, request: RecognitionRequest) -> JobId:
        return self._jobs.submit(
            request.key,
            Recording(
                bucket=request.audio.bucket,
                path=request.path,
                generation=request.generation,
                duration_ms=request.duration_ms,
                channels=request.channels,
                speech=request.speech,
                language_hint=request.language_hint,
                webhook_url=request.webhook_url,
            ),
        )

    def fetch(self, job: JobId) -> JobState:
        report = self._jobs.report(job)
        if report is None:
            return Lost("no such job")
        if report.recognition is not None:
            return Done(report.recognition)
        if report.state == "failed":
            raise RecognitionFailed(report.detail)
        return Lost(report.detail) if report.state == "lost" else Pending(report.progress)
