"""Everything a use case may need of the world, and the limits it works within."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.ports.audio_scanner import AudioScanner
from shared.ports.clock import Clock, Ids
from shared.ports.document_store import DocumentStore
from shared.ports.event_bus import EventBus
from shared.ports.judge import Judge
from shared.ports.object_store import ObjectStore
from shared.ports.pbx import PBX, SessionKeeper
from shared.ports.recognizer import Recognizer
from shared.ports.secret_box import SecretBox
from shared.ports.task_queue import TaskQueue

CALL_TRANSCRIBED = "call-transcribed"
CALL_ANALYZED = "call-analyzed"
DEAD_LETTERS = "dead-letters"
"""Messages that no delivery of theirs succeeded, with what their own topic was in the attribute `topic`."""

QUEUE_RECOGNITION = "recognition-live"
QUEUE_RECOGNITION_BACKFILL = "recognition-backfill"
"""For calls of the past, which must not delay today's."""
QUEUE_PBX_SYNC = "pbx-sync"
QUEUE_PBX_RECORDINGS = "pbx-recordings"
QUEUE_PBX_BACKFILL = "pbx-recordings-backfill"


@dataclass(frozen=True, slots=True)
class Limits:
    """`lease` outlives the function's own time-out, so that two never work at once."""

    lease: timedelta = timedelta(minutes=10)
    step_due: timedelta = timedelta(minutes=10)
    first_poll: timedelta = timedelta(seconds=20)
    last_poll: timedelta = timedelta(minutes=5)
    recognition_patience: timedelta = timedelta(hours=2)
    recognition_attempts: int = 3
    """Submissions to one recogniser, until the next takes over or the call is given up."""
    turn_away: timedelta = timedelta(seconds=30)
    """For how long a call waits whose company has as many with recognisers as it may."""
    recording_patience: timedelta = timedelta(hours=2)
    """After the end of a call, until its recording is given up for lost."""
    backfill_after: timedelta = timedelta(days=1)
    """A call that ended longer ago is one of the past."""


class World(Protocol):
    """Each part is built when first asked for: a function pays for what it uses."""

    @property
    def documents(self) -> DocumentStore: ...
    @property
    def audio(self) -> ObjectStore: ...
    @property
    def artifacts(self) -> ObjectStore: ...
    @property
    def events(self) -> EventBus: ...
    @property
    def tasks(self) -> TaskQueue: ...
    @property
    def scanner(self) -> AudioScanner: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def ids(self) -> Ids: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def hook_base_url(self) -> str | None:
        """Where recognisers reach us, or None when they cannot."""
        ...

    @property
    def signing_secret(self) -> bytes:
        """Signs what leaves the house and comes back: hook tokens, access tokens."""
        ...

    @property
    def secrets(self) -> SecretBox: ...

    def pbx(self, kind: str, domain: str, api_key: str, session: SessionKeeper) -> PBX:
        """Raises InvalidInput when there is no exchange of that kind."""
        ...

    def recognizer(self, name: str) -> Recognizer:
        """Raises InvalidInput when there is none of that name."""
        ...

    def judge(self, name: str) -> Judge:
        """Raises InvalidInput when there is none of that name."""
        ...
