"""Checklists: segments of weighted items, and the template of what else is asked of every call."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.identity import ChecklistId
from shared.domain.transcript import Speaker


class Position(StrEnum):
    """Where in the call an item belongs."""

    ANYWHERE = "anywhere"
    OPENING = "opening"
    CLOSING = "closing"


class Item(BaseModel):
    """One thing that should be said. `phrases` are examples in any language; two or more work best."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    text: str
    phrases: tuple[str, ...] = ()
    weight: int = Field(default=1, ge=1, le=100)
    speaker: Speaker = Speaker.OPERATOR
    """Whose words count; UNKNOWN: anybody's."""
    position: Position = Position.ANYWHERE
    applies_when: tuple[str, ...] = ()
    """Examples of what must have been said (by anybody) for the item to apply; empty: it always applies."""
    is_critical: bool = False
    """Failing it fails the whole call."""


class ChecklistSegment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    items: tuple[Item, ...]


class Checklist(BaseModel):
    """A version of a checklist; an edit makes another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ChecklistId
    version: int = 1
    title: str
    segments: tuple[ChecklistSegment, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for segment in self.segments for item in segment.items)


class Choice(BaseModel):
    """One possible purpose, outcome, product or source, with example phrases in any language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    phrases: tuple[str, ...] = ()


class QuestionKind(StrEnum):
    BOOLEAN = "boolean"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"


class Question(BaseModel):
    """A question of the company's own. `phrases` are examples of what answers it (for a boolean: with yes)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    kind: QuestionKind
    phrases: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    """Of a question of the kind `choice`."""


class AnalysisTemplate(BaseModel):
    """What a company asks of every call besides its checklist."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purposes: tuple[Choice, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    products: tuple[Choice, ...] = ()
    sources: tuple[Choice, ...] = ()
    """From where customers know of the company."""
    topics: tuple[Choice, ...] = ()
    objections: tuple[Choice, ...] = ()
    """Why customers hesitate."""
    questions: tuple[Question, ...] = ()
    asks_about_customer: bool = False
    """Whether gender and age are guessed; nobody's are unless the company wants it."""
