"""A call, and where it stands: `(revision, stage)` with its history, lease and reasons."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.analysis import CallSentiment, Score, Verdict
from shared.domain.audio import AudioFacts
from shared.domain.identity import CallId, ChecklistId, CompanyId, JobId, OperatorId
from shared.domain.talk import TalkFigures


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Stage(StrEnum):
    """Where a call stands, in the order of the flow. The last three are final."""

    DISCOVERED = "discovered"
    RECORDED = "recorded"
    TRANSCRIBING = "transcribing"
    TRANSCRIBED = "transcribed"
    ANALYZING = "analyzing"
    ANALYZED = "analyzed"
    SKIPPED = "skipped"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (Stage.ANALYZED, Stage.SKIPPED, Stage.FAILED)

    @property
    def rank(self) -> int:
        """Position in the flow; every final stage ranks last."""
        return len(Stage) if self.is_final else list(Stage).index(self)


class Reason(StrEnum):
    """Why a call was skipped or failed; the page's catalogues say each in the reader's words."""

    # skipped: nothing is wrong, there is nothing to judge
    TOO_SHORT = "too_short"
    MISSED = "missed"
    NO_SPEECH = "no_speech"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    NO_BALANCE = "no_balance"
    # failed, and can never succeed
    EMPTY_FILE = "empty_file"
    NOT_AUDIO = "not_audio"
    TRUNCATED = "truncated"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    TOO_MANY_CHANNELS = "too_many_channels"
    DECODER_STUCK = "decoder_stuck"
    RECOGNITION_REJECTED = "recognition_rejected"
    JUDGEMENT_REJECTED = "judgement_rejected"
    # failed, and worth another try
    RECORDING_GONE = "recording_gone"
    RECOGNIZER_UNAVAILABLE = "recognizer_unavailable"
    JUDGE_UNAVAILABLE = "judge_unavailable"
    INTERNAL = "internal"


SKIP_REASONS = frozenset(
    {Reason.TOO_SHORT, Reason.MISSED, Reason.NO_SPEECH, Reason.UNSUPPORTED_LANGUAGE, Reason.NO_BALANCE}
)
RETRYABLE_REASONS = frozenset(
    {Reason.RECORDING_GONE, Reason.RECOGNIZER_UNAVAILABLE, Reason.JUDGE_UNAVAILABLE, Reason.INTERNAL}
)


class Source(StrEnum):
    """The road a call came by."""

    PBX = "pbx"
    BUCKET = "bucket"
    API_AUDIO = "api_audio"
    API_TRANSCRIPT = "api_transcript"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class SpeakersBy(StrEnum):
    """How it was decided whose voice is whose."""

    PERSON = "person"
    SENDER = "sender"
    COMPANY = "company"
    CONTENT = "content"
    ORDER = "order"
    """Whoever was called speaks first; where the direction is unknown too, hardly more than a guess."""


class StageChange(Frozen):
    revision: int
    stage: Stage
    at: datetime
    reason: Reason | None = None


class Lease(Frozen):
    """Who works on the call now. A crashed worker's lease runs out by itself."""

    stage: Stage
    token: str
    expires_at: datetime


class Recording(Frozen):
    """Where the audio lies: an object of the audio bucket at one generation."""

    path: str
    generation: int
    size_bytes: int
    sha256: str = ""
    content_type: str = ""
    name: str = ""
    """The file's own name, as its sender called it."""


class Job(Frozen):
    """One submission to a recogniser."""

    recognizer: str
    id: JobId
    submitted_at: datetime
    attempt: int = 1
    """Counts submissions; a job that the recogniser lost is submitted again."""


class Cost(Frozen):
    """What the call cost, in tiyin (1/100 UZS), by what it was spent on."""

    recognition_tiyin: int = 0
    judgement_tiyin: int = 0

    @property
    def total_tiyin(self) -> int:
        return self.recognition_tiyin + self.judgement_tiyin


class Call(Frozen):
    """What a row of a list needs, in one read. Turns and analyses are documents beneath it."""

    id: CallId
    company: CompanyId
    source: Source
    created_at: datetime
    started_at: datetime
    """When the conversation began; the upload's time when nobody said."""
    title: str = ""
    direction: Direction | None = None
    customer_phone: str | None = None
    """E.164."""
    extension: str | None = None
    pbx_id: str | None = None
    """The exchange's own name for it, of a call that came from one."""
    ended_at: datetime | None = None
    """When the exchange says that it was over."""
    operator: OperatorId | None = None
    operator_channel: int | None = None
    """0 or 1: which channel of a stereo recording is the operator's; it is settled when it is transcribed."""
    speakers_by: SpeakersBy | None = None
    """None: nobody knows who speaks."""
    speakers_confidence: float | None = None
    """0 to 1."""

    revision: int = 1
    stage: Stage = Stage.DISCOVERED
    reason: Reason | None = None
    failed_at_stage: Stage | None = None
    retryable: bool = False
    history: tuple[StageChange, ...] = ()
    lease: Lease | None = None
    due_at: datetime | None = None
    """When a call that is not settled should have moved on; the sweep looks for those past it."""

    recording: Recording | None = None
    audio: AudioFacts | None = None
    job: Job | None = None
    former_jobs: tuple[Job, ...] = ()
    """Submissions that came to nothing: lost, broken or too late. They are our waste, and nobody is charged."""
    language: str | None = None
    """uz, ru, en or mixed."""
    turn_count: int = 0
    turns_revision: int | None = None
    """The revision that made the turns; a later one may have analysed them anew."""
    analysis_revision: int | None = None
    """The revision whose analysis is the newest; a later one may have failed."""
    talk: TalkFigures | None = None

    checklist: ChecklistId | None = None
    checklist_version: int | None = None
    score: Score | None = None
    sentiment: CallSentiment | None = None
    purpose: str | None = None
    outcome: str | None = None
    products: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    """Ids of the template's, each once."""
    acquisition: str | None = None
    """From where the customer knows of the company: the id of one of the template's sources."""
    is_over: Verdict | None = None
    satisfied: Verdict | None = None
    agreed: Verdict | None = None
    """To buy. Of all three: as counted, so that what has no proof is uncertain."""
    summary: str | None = None
    cost: Cost = Field(default_factory=Cost)


def moved(
    call: Call, stage: Stage, at: datetime, *, reason: Reason | None = None, due_in: timedelta | None = None
) -> Call:
    """The call at `stage`, its history one longer and its lease given back.

    A skip or failure names a reason of its own kind; every other stage has none.
    """
    becomes = None if reason is None else Stage.SKIPPED if reason in SKIP_REASONS else Stage.FAILED
    if becomes is not (stage if stage in (Stage.SKIPPED, Stage.FAILED) else None):
        raise ValueError(f"{stage} with reason {reason}")
    failed = stage is Stage.FAILED
    return call.model_copy(
        update={
            "stage": stage,
            "reason": reason,
            "failed_at_stage": call.stage if failed else None,
            "retryable": failed and reason in RETRYABLE_REASONS,
            "history": (
                *call.history,
                StageChange(revision=call.revision, stage=stage, at=at, reason=reason),
            ),
            "lease": None,
            "due_at": None if stage.is_final or due_in is None else at + due_in,
        }
    )


def next_revision(call: Call, stage: Stage, at: datetime, *, due_in: timedelta, **facts: object) -> Call:
    """The settled call begun again at `stage`; `facts` are its fields that change with it."""
    return moved(call.model_copy(update={"revision": call.revision + 1, **facts}), stage, at, due_in=due_in)


def is_behind(call: Call, revision: int, stage: Stage) -> bool:
    """True when an event about `(revision, stage)` is news to the call; False when it is settled history."""
    return (call.revision, call.stage.rank) < (revision, stage.rank)
