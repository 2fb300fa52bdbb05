"""Who said what, when: words as a recogniser hears them, turns as a person reads them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.domain.audio import Span


class Speaker(StrEnum):
    OPERATOR = "operator"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


class Word(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    text: str
    """As written, with its own punctuation, without surrounding space."""
    start_ms: int
    end_ms: int
    confidence: float = 1.0


class Segment(BaseModel):
    """A piece of speech on one channel as a recogniser returned it; `words` may be empty."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    channel: int
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()
    language: str | None = None
    speaker_label: str | None = None
    """The vendor's own diarisation label, when it has one."""


class Recognition(BaseModel):
    """What a recogniser made of one recording.

    `language` is what the recogniser believes was spoken. `is_supported` is False when it believes the speech
    is in a language it cannot transcribe: `segments` is then not to be trusted and never judged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    segments: tuple[Segment, ...]
    language: str | None
    is_supported: bool = True
    model: str = ""


class Turn(BaseModel):
    """One speaker's uninterrupted speech."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    index: int
    speaker: Speaker
    start_ms: int
    end_ms: int
    text: str
    language: str | None = None
    words: tuple[Word, ...] = ()
    """Kept in the artifact, not in the database: a long call's words do not fit a document."""

    @property
    def span(self) -> Span:
        return Span(start_ms=self.start_ms, end_ms=self.end_ms)
