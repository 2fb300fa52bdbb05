"""A judge over OpenAI's API, or any that speaks it: one request a call, its answer held to a schema."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from shared.domain.analysis import (
    Answer,
    CallSentiment,
    Customer,
    Evidence,
    Finding,
    Gender,
    Judgement,
    Mood,
    Objection,
    Promise,
    QuestionAnswer,
    Remark,
    Sentiment,
    Usage,
    Verdict,
)
from shared.domain.checklist import Choice, Question, QuestionKind
from shared.domain.errors import (
    DependencyUnavailable,
    JudgementFailed,
    NotAuthenticated,
    NotPermitted,
    RateLimited,
)
from shared.domain.instructions import without_instructions
from shared.domain.personal_data import PersonalKind, PersonalSpan
from shared.domain.transcript import Speaker, Turn
from shared.ports.judge import JudgeRequest

PROMPT = "judge-2"
_TIMEOUT_S = 120.0
_SEED = 7
_TRIES = 2
"""Of an answer that is no JSON of the schema, which weak servers give at times."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Feeling(_Strict):
    mood: Literal["positive", "neutral", "negative"]
    confidence: float = Field(ge=0, le=1)
    turns: list[int]
    words: list[str]
    reason: str


class _Found(_Strict):
    verdict: Literal["yes", "no", "uncertain"]
    confidence: float = Field(ge=0, le=1)
    turn: int | None
    quote: str | None


class _Remarked(_Strict):
    text: str
    turn: int
    quote: str


class _Customer(_Strict):
    gender: Literal["female", "male"] | None
    age: int | None = Field(ge=0, le=120)


class _Personal(_Strict):
    turn: int
    quote: str
    kind: Literal["name", "address", "phone", "card", "identity", "email", "number"]


class _Promised(_Strict):
    by: Literal["operator", "customer", "unknown"]
    turn: int
    quote: str
    due: str | None


class OpenAIJudge:
    """`Judge`. `base_url`: of a server that speaks OpenAI's API; None for OpenAI's own."""

    def __init__(self, api_key: str, *, model: str, base_url: str | None = None) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._model = model

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

    def judge(self, request: JudgeRequest) -> Judgement:
        schema = schema_of(request)
        answered, usage = self._answered(request, schema)
        return _judgement(answered, request, self._model, usage)

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> Any:
        from openai import OpenAI

        # the queue tries again, and knows better when
        return OpenAI(api_key=self._api_key, base_url=self._base_url, timeout=_TIMEOUT_S, max_retries=0)

    def _answered(self, request: JudgeRequest, schema: type[BaseModel]) -> tuple[Any, Usage]:
        import openai

        spent = Usage()
        for attempt in range(_TRIES):
            try:
                completion = self._client.chat.completions.create(**self._asked(request, schema))
            except openai.APIConnectionError as error:
                raise DependencyUnavailable(f"OpenAI: {type(error).__name__}") from error
            except openai.APIStatusError as error:
                raise _ours(error) from error
            except openai.OpenAIError as error:
                raise DependencyUnavailable(f"OpenAI: {type(error).__name__}") from error
            if completion.usage is not None:
                spent = Usage(
                    input_tokens=spent.input_tokens + completion.usage.prompt_tokens,
                    output_tokens=spent.output_tokens + completion.usage.completion_tokens,
                )
            if not completion.choices:
                raise DependencyUnavailable("OpenAI: an answer without a choice")
            choice = completion.choices[0]
            if choice.message.refusal:
                raise JudgementFailed("the model refused")
            if choice.finish_reason in ("length", "content_filter"):
                raise JudgementFailed(f"the answer was cut off: {choice.finish_reason}")
            try:
                return schema.model_validate_json(choice.message.content or ""), spent
            except ValidationError as error:
                if attempt + 1 == _TRIES:
                    # never the content: it holds words of the call
                    raise JudgementFailed(f"the answer is not of the schema: {error.error_count()} errors") from None
        raise AssertionError("unreachable")

    def _asked(self, request: JudgeRequest, schema: type[BaseModel]) -> dict[str, Any]:
        from openai.lib._pydantic import to_strict_json_schema

        asked: dict[str, Any] = {
            "model": self._model,
            "messages": [
                # what is the same for every call of a company comes first: it is cached
                {"role": "system", "content": prompt(request.summary_language)},
                {"role": "user", "content": json.dumps(_wanted(request), ensure_ascii=False)},
                {"role": "user", "content": json.dumps(_told(request), ensure_ascii=False)},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "judgement", "strict": True, "schema": to_strict_json_schema(schema)},
            },
            "temperature": 0,
            "seed": _SEED,
        }
        if self._base_url is None:
            asked["reasoning_effort"] = "none"  # else it thinks, at the price of output
        return asked


@cache
def prompt(language: str) -> str:
    """In the reader's language; Uzbek has one for both its scripts."""
    written_in = language.partition("-")[0]
    return (Path(__file__).parent / "prompts" / f"{PROMPT}.{written_in}.md").read_text(encoding="utf-8")


@cache
def prompt_version(language: str) -> str:
    return f"{PROMPT}:{hashlib.sha256(prompt(language).encode()).hexdigest()[:12]}"


def schema_of(request: JudgeRequest) -> type[BaseModel]:
    """What may be answered: the items of this checklist, the choices of this template, and no others."""
    answer = create_model(
        "Answer",
        __base__=_Strict,
        item=(_one_of([item.id for item in request.checklist.items]), ...),
        verdict=(_one_of([verdict.value for verdict in Verdict]), ...),
        confidence=(float, Field(ge=0, le=1)),
        turn=(int | None, ...),
        quote=(str | None, ...),
        explanation=(str, ...),
    )
    template = request.template
    objection = create_model(
        "Objection",
        __base__=_Strict,
        kind=(_one_of(_ids(template.objections)) | None, ...),
        turn=(int, ...),
        quote=(str, ...),
    )
    asked = create_model(
        "QuestionAnswer",
        __base__=_Strict,
        question=(_one_of([question.id for question in template.questions]), ...),
        value=(bool | float | str, ...),
        turn=(int, ...),
        quote=(str, ...),
    )
    customer: dict[str, Any] = {"guessed": (_Customer | None, ...)} if template.asks_about_customer else {}
    return create_model(
        "CallJudgement",
        __base__=_Strict,
        answers=(list[answer], ...),
        call=(_Feeling, ...),
        operator=(_Feeling | None, ...),
        customer=(_Feeling | None, ...),
        purpose=(_one_of(_ids(template.purposes)) | None, ...),
        outcome=(_one_of(_ids(template.outcomes)) | None, ...),
        products=(_some_of(_ids(template.products)), ...),
        promises=(list[_Promised], ...),
        is_over=(_Found, ...),
        satisfied=(_Found, ...),
        agreed=(_Found, ...),
        decision=(_Remarked | None, ...),
        source=(_one_of(_ids(template.sources)) | None, ...),
        topics=(_some_of(_ids(template.topics)), ...),
        objections=(list[objection], ...),
        next_step=(_Remarked | None, ...),
        questions=(list[asked], ...),
        personal=(list[_Personal], ...),
        **customer,
        summary=(str, ...),
        summary_turns=(list[int], ...),
    )


def _ids(choices: Sequence[Choice]) -> list[str]:
    return [choice.id for choice in choices]


def _one_of(values: Sequence[str]) -> Any:
    return Literal[tuple(values)] if values else str


def _some_of(values: Sequence[str]) -> Any:
    return list[_one_of(values)]  # type: ignore[misc]


def _wanted(request: JudgeRequest) -> dict[str, Any]:
    template = request.template
    return {
        "checklist": [
            {
                "id": item.id,
                "asks": item.text,
                "examples": list(item.phrases),
                "applies_when": list(item.applies_when),
                "by": item.speaker.value,
                "place": item.position.value,
            }
            for item in request.checklist.items
        ],
        **{
            name: [{"id": choice.id, "title": choice.title, "examples": list(choice.phrases)} for choice in choices]
            for name, choices in (
                ("purposes", template.purposes),
                ("outcomes", template.outcomes),
                ("products", template.products),
                ("sources", template.sources),
                ("topics", template.topics),
                ("objections", template.objections),
            )
        },
        "questions": [
            {
                "id": question.id,
                "asks": question.title,
                "kind": question.kind.value,
                "examples": list(question.phrases),
                "choices": [{"id": choice.id, "title": choice.title} for choice in question.choices],
            }
            for question in template.questions
        ],
        "summary_language": request.summary_language,
    }


def _told(request: JudgeRequest) -> dict[str, Any]:
    return {
        "day": f"{request.spoken_on.isoformat()}, {request.spoken_on:%A}",
        # what addresses the judge is left out: a model that does not read it cannot obey it
        "turns": [
            {"n": turn.index, "who": turn.speaker.value, "said": without_instructions(turn.text)}
            for turn in request.turns
        ],
    }


def _judgement(answered: Any, request: JudgeRequest, model: str, usage: Usage) -> Judgement:
    turns = {turn.index: turn for turn in request.turns}
    given = {each.item: each for each in reversed(answered.answers)}
    return Judgement(
        answers=tuple(_answer(item.id, given.get(item.id), turns) for item in request.checklist.items),
        sentiment=CallSentiment(
            call=_sentiment(answered.call, turns),
            operator=_side(answered.operator, turns, Speaker.OPERATOR),
            customer=_side(answered.customer, turns, Speaker.CUSTOMER),
        ),
        purpose=_known(answered.purpose, request.template.purposes),
        outcome=_known(answered.outcome, request.template.outcomes),
        products=_known_ones(answered.products, request.template.products),
        summary=answered.summary.strip(),
        summary_turns=tuple(dict.fromkeys(n for n in answered.summary_turns if n in turns)),
        promises=tuple(found for each in answered.promises if (found := _promise(each, turns)) is not None),
        is_over=_finding(answered.is_over, turns),
        satisfied=_finding(answered.satisfied, turns),
        agreed=_finding(answered.agreed, turns),
        decision=_remark(answered.decision, turns),
        source=_known(answered.source, request.template.sources),
        topics=_known_ones(answered.topics, request.template.topics),
        objections=tuple(
            Objection(kind=_known(each.kind, request.template.objections), evidence=said)
            for each in answered.objections
            if (said := _evidence(each.turn, each.quote, turns)) is not None
        ),
        next_step=_remark(answered.next_step, turns),
        customer=_customer(getattr(answered, "guessed", None)),
        questions=_question_answers(answered.questions, request.template.questions, turns),
        personal=tuple(span for each in answered.personal if (span := _span(each, turns)) is not None),
        model=model,
        prompt_version=prompt_version(request.summary_language),
        usage=usage,
    )


def _answer(item: str, given: Any, turns: dict[int, Turn]) -> Answer:
    if given is None:
        return Answer(item=item, verdict=Verdict.UNCERTAIN, confidence=0.0)
    return Answer(
        item=item,
        verdict=Verdict(given.verdict),
        confidence=given.confidence,
        evidence=_evidence(given.turn, given.quote, turns),
        explanation=given.explanation.strip(),
    )


def _evidence(number: int | None, quote: str | None, turns: dict[int, Turn]) -> Evidence | None:
    """Where the quote really is: a model miscounts turns more easily than it misquotes them."""
    words = (quote or "").strip()
    if not words:
        return None
    said = [turn for turn in turns.values() if words in turn.text]
    nearest = min(
        said, key=lambda turn: abs(turn.index - (number or 0)), default=None if number is None else turns.get(number)
    )
    if nearest is None:
        return None
    return Evidence(
        turn=nearest.index,
        quote=words,
        speaker=nearest.speaker,
        start_ms=nearest.start_ms,
        end_ms=nearest.end_ms,
    )


def _promise(given: _Promised, turns: dict[int, Turn]) -> Promise | None:
    evidence = _evidence(given.turn, given.quote, turns)
    if evidence is None:
        return None
    try:
        due = date.fromisoformat(given.due) if given.due else None
    except ValueError:
        due = None
    return Promise(by=evidence.speaker, evidence=evidence, due=due)


def _finding(given: _Found, turns: dict[int, Turn]) -> Finding:
    evidence = _evidence(given.turn, given.quote, turns)
    return Finding(verdict=Verdict(given.verdict), confidence=given.confidence, evidence=evidence)


def _remark(given: _Remarked | None, turns: dict[int, Turn]) -> Remark | None:
    evidence = _evidence(given.turn, given.quote, turns) if given else None
    return Remark(text=given.text.strip(), evidence=evidence) if given and evidence else None


def _customer(given: _Customer | None) -> Customer | None:
    if given is None:
        return None
    return Customer(gender=Gender(given.gender) if given.gender else None, age=given.age)


def _question_answers(
    given: Sequence[Any], questions: Sequence[Question], turns: dict[int, Turn]
) -> tuple[QuestionAnswer, ...]:
    """The first answer to each question that is of its kind and quotes what was said."""
    asked = {question.id: question for question in questions}
    found: dict[str, QuestionAnswer] = {}
    for each in given:
        evidence = _evidence(each.turn, each.quote, turns)
        if each.question in asked and evidence is not None and _is_of_kind(each.value, asked[each.question]):
            found.setdefault(each.question, QuestionAnswer(question=each.question, value=each.value, evidence=evidence))
    return tuple(found[question.id] for question in questions if question.id in found)


def _is_of_kind(value: object, question: Question) -> bool:
    match question.kind:
        case QuestionKind.BOOLEAN:
            return isinstance(value, bool)
        case QuestionKind.NUMBER:
            return isinstance(value, float) and not isinstance(value, bool)
        case QuestionKind.CHOICE:
            return value in _ids(question.choices)
        case QuestionKind.TEXT:
            return isinstance(value, str) and bool(value.strip())


def _span(given: _Personal, turns: dict[int, Turn]) -> PersonalSpan | None:
    evidence = _evidence(given.turn, given.quote, turns)
    start = turns[evidence.turn].text.find(evidence.quote) if evidence else -1
    if evidence is None or start < 0:
        return None
    end = start + len(evidence.quote)
    return PersonalSpan(turn=evidence.turn, start=start, end=end, kind=PersonalKind(given.kind))


def _side(given: _Feeling | None, turns: dict[int, Turn], side: Speaker) -> Sentiment | None:
    """None for a side that says nothing, whatever the model thinks of it."""
    if not any(turn.speaker is side for turn in turns.values()):
        return None
    if given is None:
        return Sentiment(mood=Mood.NEUTRAL, confidence=0.0)
    return _sentiment(given, {n: turn for n, turn in turns.items() if turn.speaker is side})


def _sentiment(given: _Feeling, turns: dict[int, Turn]) -> Sentiment:
    shown = tuple(dict.fromkeys(n for n in given.turns if n in turns))
    return Sentiment(
        mood=Mood(given.mood),
        confidence=given.confidence,
        turns=shown,
        words=tuple(dict.fromkeys(words for each in given.words if (words := each.strip()))),
        reason=given.reason.strip(),
    )


def _known(chosen: str | None, choices: Sequence[Choice]) -> str | None:
    return chosen if chosen in _ids(choices) else None


def _known_ones(chosen: Sequence[str], choices: Sequence[Choice]) -> tuple[str, ...]:
    ids = _ids(choices)
    return tuple(dict.fromkeys(each for each in chosen if each in ids))


def _ours(error: Any) -> Exception:
    """By status and code; the message is never repeated, for it may quote what was sent."""
    code = str(getattr(error, "code", None) or "")
    match error.status_code:
        case 429 if code == "insufficient_quota":
            return NotPermitted("OpenAI: the quota is used up")
        case 429:
            after = error.response.headers.get("retry-after", "")
            return RateLimited("OpenAI", float(after) if after.replace(".", "", 1).isdigit() else None)
        case 401:
            return NotAuthenticated("OpenAI refuses the key")
        case 403 | 404:
            return NotPermitted(f"OpenAI: {code or error.status_code}")
        case 400 | 413 | 422:
            return JudgementFailed(f"OpenAI refuses the request: {code or error.status_code}")
        case status:
            return DependencyUnavailable(f"OpenAI: HTTP {status}")
