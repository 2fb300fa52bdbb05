"""An analysis as a person reads it: every item of the checklist with its answer, and the proof."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import BaseModel

from shared.domain.analysis import Answer, CallSentiment, Evidence, Promise, Score, Verdict, counted_verdict
from shared.domain.checklist import AnalysisTemplate, Checklist, Choice, Item
from shared.domain.transcript import Speaker
from shared.services.repositories.calls import Analysis


class AnswerView(BaseModel):
    verdict: Verdict
    counted: Verdict
    """What the score counts: a YES whose quote is not in the transcript is uncertain."""
    confidence: float
    explanation: str
    evidence: Evidence | None

    @classmethod
    def of(cls, answer: Answer) -> AnswerView:
        return cls(
            verdict=answer.verdict,
            counted=counted_verdict(answer),
            confidence=answer.confidence,
            explanation=answer.explanation,
            evidence=answer.evidence,
        )


class AnsweredItem(BaseModel):
    id: str
    text: str
    weight: int
    speaker: Speaker
    is_critical: bool
    answer: AnswerView | None

    @classmethod
    def of(cls, item: Item, answer: Answer | None) -> AnsweredItem:
        return cls(
            id=item.id,
            text=item.text,
            weight=item.weight,
            speaker=item.speaker,
            is_critical=item.is_critical,
            answer=AnswerView.of(answer) if answer else None,
        )


class AnsweredSegment(BaseModel):
    id: str
    title: str
    items: list[AnsweredItem]


class AnsweredChecklist(BaseModel):
    id: str
    version: int
    title: str
    segments: list[AnsweredSegment]

    @classmethod
    def of(cls, checklist: Checklist, answers: Iterable[Answer]) -> AnsweredChecklist:
        by_item = {answer.item: answer for answer in answers}
        return cls(
            id=checklist.id,
            version=checklist.version,
            title=checklist.title,
            segments=[
                AnsweredSegment(
                    id=segment.id,
                    title=segment.title,
                    items=[AnsweredItem.of(item, by_item.get(item.id)) for item in segment.items],
                )
                for segment in checklist.segments
            ],
        )


class Named(BaseModel):
    """A purpose, outcome or product; its title is its id when the template has it no more."""

    id: str
    title: str


class PromiseView(BaseModel):
    by: Speaker
    due: date | None
    evidence: Evidence

    @classmethod
    def of(cls, promise: Promise) -> PromiseView:
        return cls(by=promise.by, due=promise.due, evidence=promise.evidence)


class AnalysisView(BaseModel):
    revision: int
    checklist: AnsweredChecklist | None
    score: Score | None
    sentiment: CallSentiment
    purpose: Named | None
    outcome: Named | None
    products: list[Named]
    summary: str
    summary_turns: list[int]
    promises: list[PromiseView]
    model: str
    prompt_version: str
    created_at: datetime

    @classmethod
    def of(cls, analysis: Analysis, checklist: Checklist | None, template: AnalysisTemplate) -> AnalysisView:
        judgement = analysis.judgement
        return cls(
            revision=analysis.revision,
            checklist=AnsweredChecklist.of(checklist, judgement.answers) if checklist else None,
            score=analysis.score if checklist else None,
            sentiment=judgement.sentiment,
            purpose=_named(judgement.purpose, template.purposes),
            outcome=_named(judgement.outcome, template.outcomes),
            products=[_of(product, template.products) for product in judgement.products],
            summary=judgement.summary,
            summary_turns=list(judgement.summary_turns),
            promises=[PromiseView.of(promise) for promise in judgement.promises],
            model=judgement.model or analysis.judge,
            prompt_version=judgement.prompt_version,
            created_at=analysis.created_at,
        )


def _named(id_: str | None, choices: Iterable[Choice]) -> Named | None:
    return None if id_ is None else _of(id_, choices)


def _of(id_: str, choices: Iterable[Choice]) -> Named:
    return Named(id=id_, title=next((choice.title for choice in choices if choice.id == id_), id_))
