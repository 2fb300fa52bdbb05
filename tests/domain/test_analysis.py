"""Laws of the score, and of evidence: nothing counts that the transcript does not hold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.analysis import (
    Answer,
    CallSentiment,
    Evidence,
    Judgement,
    Mood,
    Promise,
    Score,
    Sentiment,
    Verdict,
    counted_verdict,
    score,
    verified,
    verified_judgement,
)
from shared.domain.checklist import AnalysisTemplate, Checklist, ChecklistSegment, Item
from shared.domain.identity import ChecklistId
from shared.domain.transcript import Speaker, Turn

TURNS = (
    Turn(index=0, speaker=Speaker.OPERATOR, start_ms=0, end_ms=2_000, text="Assalomu alaykum, bank operatori."),
    Turn(index=1, speaker=Speaker.CUSTOMER, start_ms=2_000, end_ms=4_000, text="Ертага тўлайман."),
    Turn(index=2, speaker=Speaker.UNKNOWN, start_ms=4_000, end_ms=5_000, text="Rahmat"),
)


def a_quote(of: int = 0, quote: str = "bank operatori", **other: object) -> Evidence:
    said = TURNS[of]
    true = Evidence(turn=of, quote=quote, speaker=said.speaker, start_ms=said.start_ms, end_ms=said.end_ms)
    return true.model_copy(update=other)


def an_item(name: str = "greeting", **other: object) -> Item:
    return Item.model_validate({"id": name, "text": name} | other)


def a_checklist(*segments: Sequence[Item]) -> Checklist:
    return Checklist(
        id=ChecklistId("main"),
        title="Main",
        segments=tuple(
            ChecklistSegment(id=str(number), title=str(number), items=tuple(items))
            for number, items in enumerate(segments)
        ),
    )


def a_judgement(*answers: Answer, promises: Sequence[Promise] = ()) -> Judgement:
    calm = CallSentiment(call=Sentiment(mood=Mood.NEUTRAL, confidence=1))
    return Judgement(answers=answers, sentiment=calm, promises=tuple(promises))


def an_answer(item: str, verdict: Verdict, *, is_verified: bool = True) -> Answer:
    return Answer(item=item, verdict=verdict, confidence=1, evidence=a_quote(is_verified=is_verified))


@st.composite
def judged_items(draw: st.DrawFn, prefix: str = "i") -> tuple[list[Item], list[Answer]]:
    items = [
        an_item(f"{prefix}{number}", weight=draw(st.integers(1, 100)), is_critical=draw(st.integers(0, 5)) == 0)
        for number in range(draw(st.integers(0, 6)))
    ]
    answers = [
        an_answer(item.id, draw(st.sampled_from(Verdict)), is_verified=draw(st.booleans()))
        for item in items
        if draw(st.integers(0, 4))
    ]
    return items, draw(st.permutations(answers))


@given(judged_items())
def test_a_score_is_a_share_of_what_could_be_earned(judged: tuple[list[Item], list[Answer]]) -> None:
    items, answers = judged
    result = score(a_checklist(items), answers)

    assert 0 <= result.earned <= result.possible <= sum(item.weight for item in items)
    assert (result.percent is None) == (result.possible == 0)
    assert (result.percent or 0) in range(101)
    if result.percent is not None and not result.critical_failed:
        assert abs(result.percent * result.possible - 100 * result.earned) * 2 <= result.possible
    if result.critical_failed:
        assert result.percent == 0


@given(judged_items("a"), judged_items("b"))
def test_scoring_the_parts_agrees_with_scoring_the_whole(
    one: tuple[list[Item], list[Answer]], other: tuple[list[Item], list[Answer]]
) -> None:
    parts = [score(a_checklist(items), answers) for items, answers in (one, other)]
    whole = score(a_checklist(one[0], other[0]), one[1] + other[1])

    assert whole.earned == sum(part.earned for part in parts)
    assert whole.possible == sum(part.possible for part in parts)
    assert whole.uncertain == sum(part.uncertain for part in parts)
    assert whole.critical_failed == parts[0].critical_failed + parts[1].critical_failed


@given(judged_items())
def test_the_order_of_answers_and_answers_to_other_items_do_not_matter(
    judged: tuple[list[Item], list[Answer]],
) -> None:
    items, answers = judged
    foreign = an_answer("of another checklist", Verdict.YES)

    assert score(a_checklist(items), [foreign, *reversed(answers)]) == score(a_checklist(items), answers)


@given(judged_items())
def test_what_does_not_apply_and_what_is_uncertain_weigh_nothing(judged: tuple[list[Item], list[Answer]]) -> None:
    items, answers = judged
    extra = [an_item("na", weight=100), an_item("uncertain", weight=100), an_item("unanswered", weight=100)]
    more = [an_answer("na", Verdict.NOT_APPLICABLE), an_answer("uncertain", Verdict.UNCERTAIN)]

    before, after = score(a_checklist(items), answers), score(a_checklist(items, extra), answers + more)
    assert after == before.model_copy(update={"uncertain": before.uncertain + 2})


@given(judged_items())
def test_one_more_yes_never_lowers_a_score(judged: tuple[list[Item], list[Answer]]) -> None:
    items, answers = judged
    checklist = a_checklist(items, [an_item("more")])

    before = score(checklist, [*answers, an_answer("more", Verdict.NO)])
    after = score(checklist, [*answers, an_answer("more", Verdict.YES)])
    assert before.percent is not None
    assert after.percent is not None
    assert after.percent >= before.percent


def test_a_critical_no_makes_the_score_zero_and_names_the_item() -> None:
    checklist = a_checklist([an_item("a", weight=99), an_item("b", is_critical=True)])

    result = score(checklist, [an_answer("a", Verdict.YES), an_answer("b", Verdict.NO)])
    assert result == Score(earned=99, possible=100, percent=0, critical_failed=("b",))


def test_half_a_percent_is_rounded_up() -> None:
    items = [an_item(f"{number}", weight=1) for number in range(8)]
    answers = [an_answer(item.id, Verdict.YES if item.id == "0" else Verdict.NO) for item in items]

    assert score(a_checklist(items), answers).percent == 13  # 12.5


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_yes_without_proof_is_doubted(verdict: Verdict) -> None:
    unproven = an_answer("a", verdict, is_verified=False)
    bare = unproven.model_copy(update={"evidence": None})

    doubted = Verdict.UNCERTAIN if verdict is Verdict.YES else verdict
    assert counted_verdict(unproven) is doubted
    assert counted_verdict(bare) is doubted
    assert counted_verdict(an_answer("a", verdict)) is verdict


@pytest.mark.parametrize(
    "evidence",
    [
        a_quote(turn=3),
        a_quote(turn=-1),
        a_quote(quote="bank  operatori"),
        a_quote(quote="Bank operatori"),
        a_quote(quote=""),
        a_quote(quote=" "),
        a_quote(speaker=Speaker.CUSTOMER),
        a_quote(start_ms=-1),
        a_quote(end_ms=2_001),
        a_quote(start_ms=1_500, end_ms=1_000),
    ],
    ids=repr,
)
@pytest.mark.parametrize("claims", [True, False])
def test_a_quote_that_is_not_there_is_not_verified_whatever_it_claims(evidence: Evidence, claims: bool) -> None:
    assert not verified(evidence.model_copy(update={"is_verified": claims}), TURNS).is_verified


@given(st.sampled_from(TURNS), st.data())
def test_any_part_of_a_turn_is_a_true_quote_of_it_alone(turn: Turn, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(turn.text) - 1))
    end = data.draw(st.integers(start + 1, len(turn.text)))
    quote = turn.text[start:end]
    evidence = a_quote(turn.index, quote)

    checked = verified(evidence, TURNS)
    assert checked.is_verified == bool(quote.strip())
    assert checked.model_copy(update={"is_verified": False}) == evidence
    assert verified(checked, TURNS) == checked
    assert not verified(evidence, ()).is_verified


def test_answers_to_items_the_checklist_does_not_have_are_dropped() -> None:
    judgement = a_judgement(an_answer("greeting", Verdict.YES), an_answer("invented", Verdict.YES))

    checked = verified_judgement(judgement, a_checklist([an_item("greeting")]), AnalysisTemplate(), TURNS)
    assert [answer.item for answer in checked.answers] == ["greeting"]


@pytest.mark.parametrize(
    ("asked", "turn", "quote", "counts"),
    [
        (Speaker.OPERATOR, 0, "Assalomu alaykum", True),
        (Speaker.OPERATOR, 1, "тўлайман", False),
        (Speaker.OPERATOR, 2, "Rahmat", True),
        (Speaker.CUSTOMER, 0, "Assalomu alaykum", False),
        (Speaker.UNKNOWN, 0, "Assalomu alaykum", True),
        (Speaker.UNKNOWN, 1, "тўлайман", True),
    ],
)
def test_a_yes_is_proved_by_the_speaker_the_item_asks_about(
    asked: Speaker, turn: int, quote: str, counts: bool
) -> None:
    answer = Answer(item="greeting", verdict=Verdict.YES, confidence=1, evidence=a_quote(turn, quote))

    checked = verified_judgement(a_judgement(answer), a_checklist([an_item(speaker=asked)]), AnalysisTemplate(), TURNS)
    assert (counted_verdict(checked.answers[0]) is Verdict.YES) == counts


def test_a_promise_is_kept_only_with_the_promisers_own_words() -> None:
    theirs = Promise(by=Speaker.CUSTOMER, evidence=a_quote(1, "тўлайман"))
    of_another = Promise(by=Speaker.OPERATOR, evidence=a_quote(1, "тўлайман"))
    invented = Promise(by=Speaker.CUSTOMER, evidence=a_quote(1, "бугун", is_verified=True))

    checked = verified_judgement(
        a_judgement(promises=[theirs, of_another, invented]), a_checklist(), AnalysisTemplate(), TURNS
    )
    assert [(each.by, each.evidence.is_verified) for each in checked.promises] == [(Speaker.CUSTOMER, True)]
