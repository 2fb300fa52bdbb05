"""An analysis as a person reads it: every item of the checklist with its answer, and the proof."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import BaseModel

from shared.domain.analysis import (
    Answer,
    CallSentiment,
    Customer,
    Evidence,
    Finding,
    Promise,
    QuestionAnswer,
    Remark,
    Score,
    Verdict,
    counted_verdict,
)
from shared.domain.checklist import AnalysisTemplate, Checklist, Choice, Item, Question
from shared.domain.personal_data import PersonalSpan
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


class FindingView(BaseModel):
    verdict: Verdict
    """As counted: a YES whose quote is not in the transcript is uncertain."""
    confidence: float
    evidence: Evidence | None

    @classmethod
    def of(cls, finding: Finding) -> FindingView:
        return cls(verdict=counted_verdict(finding), confidence=finding.confidence, evidence=finding.evidence)


class ObjectionView(BaseModel):
    kind: Named | None
    evidence: Evidence


class AnsweredQuestion(BaseModel):
    """A question of the company's own; a choice is answered by its title."""

    id: str
    title: str
    value: bool | float | str
    evidence: Evidence

    @classmethod
    def of(cls, answer: QuestionAnswer, questions: Iterable[Question]) -> AnsweredQuestion:
        asked = next((question for question in questions if question.id == answer.question), None)
        chosen = next((choice.title for choice in asked.choices if choice.id == answer.value), None) if asked else None
        return cls(
            id=answer.question,
            title=asked.title if asked else answer.question,
            value=answer.value if chosen is None else chosen,
            evidence=answer.evidence,
        )


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
    is_over: FindingView | None
    """Whether the conversation came to its end."""
    satisfied: FindingView | None
    agreed: FindingView | None
    """To buy."""
    decision: Remark | None
    source: Named | None
    """From where the customer knows of the company."""
    topics: list[Named]
    objections: list[ObjectionView]
    next_step: Remark | None
    customer: Customer | None
    """Guessed, where the company asks for it."""
    questions: list[AnsweredQuestion]
    personal: list[PersonalSpan]
    """Where the turns name somebody."""
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
            is_over=_finding(judgement.is_over),
            satisfied=_finding(judgement.satisfied),
            agreed=_finding(judgement.agreed),
            decision=judgement.decision,
            source=_named(judgement.source, template.sources),
            topics=[_of(topic, template.topics) for topic in judgement.topics],
            objections=[
                ObjectionView(kind=_named(each.kind, template.objections), evidence=each.evidence)
                for each in judgement.objections
            ],
            next_step=judgement.next_step,
            customer=judgement.customer,
            questions=[AnsweredQuestion.of(answer, template.questions) for answer in judgement.questions],
            personal=list(judgement.personal),
            model=judgement.model or analysis.judge,
            prompt_version=judgement.prompt_version,
            created_at=analysis.created_at,
        )


def _finding(finding: Finding | None) -> FindingView | None:
    return FindingView.of(finding) if finding else None


def _named(id_: str | None, choices: Iterable[Choice]) -> Named | None:
    return None if id_ is None else _of(id_, choices)


def _of(id_: str, choices: Iterable[Choice]) -> Named:
    return Named(id=id_, title=next((choice.title for choice in choices if choice.id == id_), id_))
