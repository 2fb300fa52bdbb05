"""Calls: what is sent, a row of the list, one call, its turns and its sound."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from shared.domain.analysis import CallSentiment, Score, Verdict
from shared.domain.audio import AudioFacts
from shared.domain.call import Call, Direction, Reason, Source, SpeakersBy, Stage, StageChange
from shared.domain.checklist import Checklist
from shared.domain.errors import InvalidInput
from shared.domain.phone import e164
from shared.domain.talk import TalkFigures
from shared.domain.transcript import Speaker, Turn, Word
from shared.rest.schemas.texts import Text
from shared.services.accept_call import MAX_END_MS, MAX_TURNS, CallFacts, SaidTurn
from shared.services.begin_revision import Again

_ROW_EXAMPLE: dict[str, Any] = {
    "id": "3f9a1c0b7d2e48a6915bc04d7e",
    "title": "Muzlatgich sotuvi",
    "source": "api_audio",
    "direction": "inbound",
    "customer_phone": "+998901234567",
    "operator": "op-101",
    "extension": "101",
    "started_at": "2026-11-19T10:10:00Z",
    "created_at": "2026-11-19T10:14:02.512000Z",
    "revision": 1,
    "stage": "analyzed",
    "reason": None,
    "retryable": False,
    "duration_ms": 184200,
    "language": "uz",
    "score": {"earned": 7, "possible": 9, "percent": 78, "uncertain": 1, "critical_failed": []},
    "sentiment": {
        "call": {"mood": "positive", "confidence": 0.71, "turns": [14, 9]},
        "operator": {"mood": "positive", "confidence": 0.66, "turns": [14]},
        "customer": {"mood": "neutral", "confidence": 0.58, "turns": [9]},
    },
    "purpose": "purchase",
    "outcome": "sold",
    "products": ["refrigerator"],
    "topics": ["price"],
    "objections": [],
    "acquisition": "social",
    "is_over": "yes",
    "satisfied": "yes",
    "agreed": "yes",
    "summary": "Mijoz muzlatgich so‘radi; operator muddatli to‘lovni tushuntirdi.",
    "cost_tiyin": 201500,
}


def _number(text: str) -> str:
    try:
        return e164(text)
    except InvalidInput as error:
        raise ValueError(error.message) from None


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant that UTC can say") from None


Phone = Annotated[Text, Field(max_length=40), AfterValidator(_number)]
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class SentFacts(BaseModel):
    """What the sender knows of the call; all of it may be left out."""

    model_config = ConfigDict(extra="forbid")

    title: Text = Field(default="", max_length=200)
    started_at: Instant | None = Field(default=None, description="With an offset; the time of sending when left out.")
    direction: Direction | None = None
    customer_phone: Phone | None = Field(default=None, description="Kept as E.164, such as +998901234567.")
    extension: Text | None = Field(default=None, pattern=r"^[0-9*#+]{1,20}$", description="The operator's, on the PBX.")

    def facts(self, **more: Any) -> CallFacts:
        return CallFacts(
            title=self.title.strip(),
            started_at=self.started_at,
            direction=self.direction,
            customer_phone=self.customer_phone,
            extension=self.extension,
            **more,
        )


class RecordingForm(SentFacts):
    """The text fields beside `file`."""

    operator_channel: Literal["0", "1"] | None = Field(
        default=None, description="Which channel of a stereo recording is the operator's; found by content if left out."
    )


class SentTurn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    speaker: Speaker
    start_ms: int = Field(ge=0, le=MAX_END_MS, strict=True)
    end_ms: int = Field(ge=1, le=MAX_END_MS, strict=True)
    text: Text = Field(min_length=1, max_length=100_000)

    def said(self) -> SaidTurn:
        return SaidTurn(speaker=self.speaker, start_ms=self.start_ms, end_ms=self.end_ms, text=self.text)


class SentTranscript(SentFacts):
    """A call whose speech was recognised elsewhere. Turns come in the order of their start."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "Muzlatgich sotuvi",
                    "started_at": "2026-11-19T15:10:00+05:00",
                    "direction": "inbound",
                    "customer_phone": "+998901234567",
                    "extension": "101",
                    "language": "uz",
                    "turns": [
                        {
                            "speaker": "operator",
                            "start_ms": 500,
                            "end_ms": 3900,
                            "text": "Assalomu alaykum, Namuna Savdo, eshitaman sizni.",
                        },
                        {
                            "speaker": "customer",
                            "start_ms": 4300,
                            "end_ms": 7100,
                            "text": "Va alaykum assalom. Muzlatgich narxini bilmoqchi edim.",
                        },
                    ],
                }
            ]
        },
    )

    language: Literal["uz", "ru", "en", "mixed"] | None = None
    turns: list[SentTurn] = Field(min_length=1, max_length=MAX_TURNS)


class AskedRevision(BaseModel):
    """Another look at a settled call."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"what": "swap_speakers", "revision": 1}]}
    )

    what: Again = Field(
        description="Swap operator and customer and judge again; judge by today's checklist; or listen anew."
    )
    revision: int = Field(ge=1, strict=True, description="The call's revision as it was seen: begun once, asked twice.")


class SpeakersFound(BaseModel):
    found_by: SpeakersBy
    confidence: float | None


class CallRow(BaseModel):
    """A call as a list shows it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROW_EXAMPLE]})

    id: str
    title: str
    source: Source
    direction: Direction | None
    customer_phone: str | None
    operator: str | None
    extension: str | None
    started_at: datetime
    created_at: datetime
    revision: int
    stage: Stage
    reason: Reason | None = Field(description="Why it was skipped or failed.")
    retryable: bool
    duration_ms: int | None
    language: str | None
    score: Score | None
    sentiment: CallSentiment | None
    purpose: str | None = Field(description="The id of one of the company's purposes.")
    outcome: str | None = Field(description="The id of one of the company's outcomes.")
    products: list[str] = Field(description="Ids of the company's products that were spoken of.")
    topics: list[str]
    objections: list[str]
    acquisition: str | None = Field(description="From where the customer knows of the company: one of its sources.")
    is_over: Verdict | None = Field(description="Whether the conversation came to its end.")
    satisfied: Verdict | None
    agreed: Verdict | None = Field(description="To buy.")
    summary: str | None
    cost_tiyin: int

    @classmethod
    def of(cls, call: Call) -> CallRow:
        return cls(**_row(call))


class CallPage(BaseModel):
    items: list[CallRow]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


class ChecklistName(BaseModel):
    id: str
    version: int
    title: str


class SpentOnCall(BaseModel):
    recognition_tiyin: int
    judgement_tiyin: int
    total_tiyin: int


class RecordingFile(BaseModel):
    name: str
    size_bytes: int
    content_type: str


class CallDetail(CallRow):
    """A call with what is known of its sound, its talk, its way and its cost."""

    model_config = ConfigDict(json_schema_extra={"examples": []})

    audio: AudioFacts | None
    talk: TalkFigures | None
    history: list[StageChange]
    turn_count: int
    checklist: ChecklistName | None
    cost: SpentOnCall
    recording: RecordingFile | None
    recognizer: str | None = Field(description="Who heard it, or has it now.")
    recognizers_tried: list[str] = Field(description="Who had it before, and came to nothing; once for each time.")
    speakers: SpeakersFound | None = Field(description="How it is known whose voice is whose; null: it is not.")

    @classmethod
    def detailed(cls, call: Call, checklist: Checklist | None) -> CallDetail:
        return cls(
            **_row(call),
            audio=call.audio,
            talk=call.talk,
            history=list(call.history),
            turn_count=call.turn_count,
            checklist=(
                ChecklistName(id=checklist.id, version=checklist.version, title=checklist.title) if checklist else None
            ),
            cost=SpentOnCall(
                recognition_tiyin=call.cost.recognition_tiyin,
                judgement_tiyin=call.cost.judgement_tiyin,
                total_tiyin=call.cost.total_tiyin,
            ),
            recording=(
                RecordingFile(
                    name=call.recording.name,
                    size_bytes=call.recording.size_bytes,
                    content_type=call.recording.content_type,
                )
                if call.recording
                else None
            ),
            recognizer=call.job.recognizer if call.job else None,
            recognizers_tried=[job.recognizer for job in call.former_jobs],
            speakers=(
                SpeakersFound(found_by=call.speakers_by, confidence=call.speakers_confidence)
                if call.speakers_by
                else None
            ),
        )


class TurnView(BaseModel):
    index: int
    speaker: Speaker
    start_ms: int
    end_ms: int
    text: str
    language: str | None
    words: list[Word]

    @classmethod
    def of(cls, turn: Turn, *, with_words: bool) -> TurnView:
        return cls(
            index=turn.index,
            speaker=turn.speaker,
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            text=turn.text,
            language=turn.language,
            words=list(turn.words) if with_words else [],
        )


class Turns(BaseModel):
    items: list[TurnView]


class AudioLink(BaseModel):
    """Where the recording is heard, with range requests, until `expires_at`."""

    url: str
    expires_at: datetime
    content_type: str
    duration_ms: int = Field(description="0 while the recording has not been measured.")
    peaks: list[list[int]] = Field(description="For each channel, loudness from 0 to 255 every `peak_ms`.")
    peak_ms: int


def _row(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "title": call.title,
        "source": call.source,
        "direction": call.direction,
        "customer_phone": call.customer_phone,
        "operator": call.operator,
        "extension": call.extension,
        "started_at": call.started_at,
        "created_at": call.created_at,
        "revision": call.revision,
        "stage": call.stage,
        "reason": call.reason,
        "retryable": call.retryable,
        "duration_ms": _duration_ms(call),
        "language": call.language,
        "score": call.score,
        "sentiment": call.sentiment,
        "purpose": call.purpose,
        "outcome": call.outcome,
        "products": list(call.products),
        "topics": list(call.topics),
        "objections": list(call.objections),
        "acquisition": call.acquisition,
        "is_over": call.is_over,
        "satisfied": call.satisfied,
        "agreed": call.agreed,
        "summary": call.summary,
        "cost_tiyin": call.cost.total_tiyin,
    }


def _duration_ms(call: Call) -> int | None:
    if call.audio is not None:
        return call.audio.duration_ms
    return call.talk.duration_ms if call.talk is not None else None
