"""What a judge says of a call, what we make of it, and the score. No score without evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.domain.checklist import Checklist, Item
from shared.domain.transcript import Speaker, Turn


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Verdict(StrEnum):
    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    UNCERTAIN = "uncertain"


class Mood(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Evidence(_Frozen):
    """A quote with who said it and when. `is_verified` is set by `verified`, never by a judge."""

    turn: int
    quote: str
    speaker: Speaker
    start_ms: int
    end_ms: int
    is_verified: bool = False


class Answer(_Frozen):
    """A judge's answer to one item. A NO quotes the nearest thing that was said, when there is one."""

    item: str
    verdict: Verdict
    confidence: float
    """0 to 1."""
    evidence: Evidence | None = None
    explanation: str = ""


class Sentiment(_Frozen):
    mood: Mood
    confidence: float
    turns: tuple[int, ...] = ()
    """Indexes of the turns that prove it, strongest first."""


class CallSentiment(_Frozen):
    """Of the call as a whole, and of each side; None where that side is not known or says nothing."""

    call: Sentiment
    operator: Sentiment | None = None
    customer: Sentiment | None = None


class Promise(_Frozen):
    """Something one side said it would do."""

    by: Speaker
    evidence: Evidence
    due: date | None = None


class Usage(_Frozen):
    """What the judgement used, for its price."""

    input_tokens: int = 0
    output_tokens: int = 0


class Judgement(_Frozen):
    """A judge's whole answer on one call."""

    answers: tuple[Answer, ...]
    sentiment: CallSentiment
    purpose: str | None = None
    """The id of one of the template's purposes."""
    outcome: str | None = None
    products: tuple[str, ...] = ()
    summary: str = ""
    summary_turns: tuple[int, ...] = ()
    """Turns the summary rests on."""
    promises: tuple[Promise, ...] = ()
    model: str = ""
    prompt_version: str = ""
    usage: Usage = Usage()


class Score(_Frozen):
    """`percent` is None when no item could be answered with yes or no.

    A critical item answered NO makes it 0. N/A and uncertain items count neither way; `uncertain` says how
    many of the latter there were, so that a high score on little evidence is seen as such.
    """

    earned: int
    possible: int
    percent: int | None = None
    uncertain: int = 0
    critical_failed: tuple[str, ...] = ()


def score(checklist: Checklist, answers: Iterable[Answer]) -> Score:
    """Weighted share of YES among YES and NO. Items without an answer count as uncertain."""
    verdicts = {answer.item: counted_verdict(answer) for answer in answers}
    earned = possible = uncertain = 0
    critical_failed: list[str] = []
    for item in checklist.items:
        match verdicts.get(item.id, Verdict.UNCERTAIN):
            case Verdict.YES:
                earned += item.weight
                possible += item.weight
            case Verdict.NO:
                possible += item.weight
                if item.is_critical:
                    critical_failed.append(item.id)
            case Verdict.UNCERTAIN:
                uncertain += 1
            case Verdict.NOT_APPLICABLE:
                pass
    percent = None if possible == 0 else 0 if critical_failed else (200 * earned + possible) // (2 * possible)
    return Score(
        earned=earned,
        possible=possible,
        percent=percent,
        uncertain=uncertain,
        critical_failed=tuple(critical_failed),
    )


def counted_verdict(answer: Answer) -> Verdict:
    """A YES whose quote is not found in the transcript is not true: it counts as uncertain."""
    if answer.verdict is Verdict.YES and not (answer.evidence and answer.evidence.is_verified):
        return Verdict.UNCERTAIN
    return answer.verdict


def verified(evidence: Evidence, turns: tuple[Turn, ...]) -> Evidence:
    """The evidence checked against the transcript: quote in that turn, by that speaker, at that time."""
    turn = turns[evidence.turn] if 0 <= evidence.turn < len(turns) else None
    is_true = (
        turn is not None
        and bool(evidence.quote.strip())
        and evidence.quote in turn.text
        and evidence.speaker == turn.speaker
        and turn.start_ms <= evidence.start_ms <= evidence.end_ms <= turn.end_ms
    )
    return evidence.model_copy(update={"is_verified": is_true})


def verified_judgement(judgement: Judgement, checklist: Checklist, turns: tuple[Turn, ...]) -> Judgement:
    """The judgement with every quote checked; answers to items the checklist does not have are dropped,

    evidence by a speaker the item does not ask about is unverified, and promises without proof go.
    """
    items: dict[str, Item] = {item.id: item for item in checklist.items}
    answers = tuple(_checked(a, items[a.item], turns) for a in judgement.answers if a.item in items)
    promises = tuple(
        p.model_copy(update={"evidence": e})
        for p in judgement.promises
        if (e := verified(p.evidence, turns)).is_verified and e.speaker == p.by
    )
    return judgement.model_copy(update={"answers": answers, "promises": promises})


def _checked(answer: Answer, item: Item, turns: tuple[Turn, ...]) -> Answer:
    if answer.evidence is None:
        return answer
    evidence = verified(answer.evidence, turns)
    is_anybodys = Speaker.UNKNOWN in (item.speaker, evidence.speaker)
    if answer.verdict is Verdict.YES and not is_anybodys and evidence.speaker != item.speaker:
        evidence = evidence.model_copy(update={"is_verified": False})
    return answer.model_copy(update={"evidence": evidence})
