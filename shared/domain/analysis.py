"""What a judge says of a call, what we make of it, and the score. No score without evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from shared.domain.checklist import AnalysisTemplate, Checklist, Item
from shared.domain.instructions import is_addressed_to_the_judge
from shared.domain.personal_data import PersonalSpan, personal_spans, together
from shared.domain.transcript import Speaker, Turn
from shared.domain.wording import tokens


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
    words: tuple[str, ...] = ()
    """What was said that shows it, letter by letter, strongest first."""
    reason: str = ""
    """Why it is so, in a sentence; empty where the judge gives none."""


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


class Finding(_Frozen):
    """Whether something is so. Like an item's, a YES without proof counts as uncertain."""

    verdict: Verdict
    confidence: float
    """0 to 1."""
    evidence: Evidence | None = None


class Remark(_Frozen):
    """Something that was said and matters, in the judge's words and in the speaker's own."""

    text: str = ""
    evidence: Evidence


class Objection(_Frozen):
    """Why the customer hesitated."""

    kind: str | None = None
    """The id of one of the template's objections; None for another."""
    evidence: Evidence


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"


class Customer(_Frozen):
    """What is guessed of the customer, where the company wants it."""

    gender: Gender | None = None
    age: int | None = None
    """Years, about."""


class QuestionAnswer(_Frozen):
    """The answer to a question of the template; a choice is answered by its id."""

    question: str
    value: bool | float | str
    evidence: Evidence


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
    is_over: Finding | None = None
    """Whether the conversation came to its end, and did not break off."""
    satisfied: Finding | None = None
    """Whether the customer got what they called for, by their own word."""
    agreed: Finding | None = None
    """Whether the customer agreed to buy."""
    decision: Remark | None = None
    """Why the customer decided so."""
    source: str | None = None
    """The id of one of the template's sources."""
    topics: tuple[str, ...] = ()
    objections: tuple[Objection, ...] = ()
    next_step: Remark | None = None
    customer: Customer | None = None
    questions: tuple[QuestionAnswer, ...] = ()
    """Only those that the call answers."""
    personal: tuple[PersonalSpan, ...] = ()
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


def counted_verdict(answer: Answer | Finding) -> Verdict:
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
        and not is_addressed_to_the_judge(tokens(evidence.quote))
        and evidence.speaker == turn.speaker
        and turn.start_ms <= evidence.start_ms <= evidence.end_ms <= turn.end_ms
    )
    return evidence.model_copy(update={"is_verified": is_true})


def verified_judgement(
    judgement: Judgement, checklist: Checklist, template: AnalysisTemplate, turns: tuple[Turn, ...]
) -> Judgement:
    """The judgement with every quote checked; answers to items the checklist does not have are dropped,

    evidence by a speaker the item does not ask about is unverified, and promises and remarks without proof go. What
    is guessed of the customer stays only where the template asks for it.
    """
    items: dict[str, Item] = {item.id: item for item in checklist.items}
    answers = tuple(_checked(a, items[a.item], turns) for a in judgement.answers if a.item in items)
    promises = tuple(
        p.model_copy(update={"evidence": e})
        for p in judgement.promises
        if (e := verified(p.evidence, turns)).is_verified and e.speaker == p.by
    )
    return judgement.model_copy(
        update={
            "answers": answers,
            "promises": promises,
            "sentiment": CallSentiment(
                call=_felt(judgement.sentiment.call, turns),
                operator=_felt(judgement.sentiment.operator, turns),
                customer=_felt(judgement.sentiment.customer, turns),
            ),
            "is_over": _found(judgement.is_over, turns),
            "satisfied": _found(judgement.satisfied, turns, of=Speaker.CUSTOMER),
            "agreed": _found(judgement.agreed, turns, of=Speaker.CUSTOMER),
            "decision": _proved(judgement.decision, turns),
            "next_step": _proved(judgement.next_step, turns),
            "objections": tuple(proved for each in judgement.objections if (proved := _proved(each, turns))),
            "questions": tuple(answer for each in judgement.questions if (answer := _proved(each, turns))),
            "customer": judgement.customer if template.asks_about_customer else None,
            "personal": together(_within(judgement.personal, turns), personal_spans(turns)),
        }
    )


_Felt = TypeVar("_Felt", Sentiment, Sentiment | None)
_Said = TypeVar("_Said", Remark, Objection, QuestionAnswer)


def _felt(sentiment: _Felt, turns: tuple[Turn, ...]) -> _Felt:
    if sentiment is None:
        return sentiment
    said = tuple(words for words in sentiment.words if any(words in turn.text for turn in turns))
    return sentiment.model_copy(update={"words": said})


def _found(finding: Finding | None, turns: tuple[Turn, ...], *, of: Speaker | None = None) -> Finding | None:
    """`of`: whose words alone prove it; of a speaker nobody knows, they may."""
    if finding is None or finding.evidence is None:
        return finding
    evidence = verified(finding.evidence, turns)
    if of is not None and evidence.speaker not in (of, Speaker.UNKNOWN):
        evidence = evidence.model_copy(update={"is_verified": False})
    return finding.model_copy(update={"evidence": evidence})


def _proved(said: _Said | None, turns: tuple[Turn, ...]) -> _Said | None:
    if said is None:
        return None
    evidence = verified(said.evidence, turns)
    return said.model_copy(update={"evidence": evidence}) if evidence.is_verified else None


def _within(spans: Iterable[PersonalSpan], turns: tuple[Turn, ...]) -> list[PersonalSpan]:
    return [s for s in spans if 0 <= s.turn < len(turns) and 0 <= s.start < s.end <= len(turns[s.turn].text)]


def _checked(answer: Answer, item: Item, turns: tuple[Turn, ...]) -> Answer:
    if answer.evidence is None:
        return answer
    evidence = verified(answer.evidence, turns)
    is_anybodys = Speaker.UNKNOWN in (item.speaker, evidence.speaker)
    if answer.verdict is Verdict.YES and not is_anybodys and evidence.speaker != item.speaker:
        evidence = evidence.model_copy(update={"is_verified": False})
    return answer.model_copy(update={"evidence": evidence})
