"""Speech to text: submit a recording, come back for the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from shared.domain.audio import Span
from shared.domain.identity import JobId
from shared.domain.transcript import Recognition
from shared.ports.object_store import ObjectStore


@dataclass(frozen=True, slots=True)
class RecognitionRequest:
    """What is to be recognised. `speech[channel]` says where speech was found; a recogniser may use it."""

    key: str
    """Ours, for this submission: the same key may be submitted again after a crash."""
    audio: ObjectStore
    path: str
    generation: int
    duration_ms: int
    channels: int
    speech: tuple[tuple[Span, ...], ...]
    language_hint: str | None
    webhook_url: str | None
    """Where the recogniser may tell that the job is done; it is a hint only."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Not done yet. `progress` is 0 to 1 when the recogniser says."""

    progress: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    recognition: Recognition


@dataclass(frozen=True, slots=True)
class Lost:
    """The recogniser does not know the job (any more), or it broke in a way that another try may not."""

    detail: str


JobState: TypeAlias = Pending | Done | Lost


class Recognizer(Protocol):
    @property
    def name(self) -> str: ...

    def submit(self, request: RecognitionRequest) -> JobId:
        """Hands the recording over and returns at once.

        Raises RateLimited or DependencyUnavailable (try later), RecognitionFailed (never try this recording
        again). Submitting the same key twice may make two jobs: where it can, it returns the first.
        """
        ...

    def fetch(self, job: JobId) -> JobState:
        """Where the job stands; may be asked any number of times. Raises as `submit`."""
        ...
