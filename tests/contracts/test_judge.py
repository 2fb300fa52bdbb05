"""What every judge owes, whatever it is made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from shared.adapters.embedded.e5_judge import E5Judge
from shared.domain.analysis import Judgement, Verdict, verified
from shared.domain.checklist import AnalysisTemplate, Checklist, ChecklistSegment, Item
from shared.domain.identity import ChecklistId
from shared.domain.transcript import Speaker, Turn
from shared.ports.judge import Judge, JudgeRequest

pytestmark = pytest.mark.models

SAMPLES = Path(__file__).parents[2] / "samples"
DIALOGUES = sorted((SAMPLES / "dialogues").glob("*.json"))

JUDGES: dict[str, Callable[[], Judge]] = {"e5": E5Judge}


@pytest.fixture(params=sorted(JUDGES))
def judge(request: pytest.FixtureRequest) -> Judge:
    return JUDGES[request.param]()


def a_request(*turns: Turn, summary_language: str = "uz", checklist: Checklist | None = None) -> JudgeRequest:
    return JudgeRequest(
        turns=turns,
        language="uz",
        checklist=checklist or Checklist.model_validate_json((SAMPLES / "checklist.json").read_bytes()),
        template=AnalysisTemplate.model_validate_json((SAMPLES / "template.json").read_bytes()),
        summary_language=summary_language,
        spoken_on=date(2026, 11, 16),
    )


def a_turn(index: int, text: str, speaker: Speaker = Speaker.OPERATOR) -> Turn:
    return Turn(index=index, speaker=speaker, start_ms=index * 2000, end_ms=index * 2000 + 1500, text=text)


def a_dialogue(path: Path) -> tuple[Turn, ...]:
    return tuple(Turn(index=i, **turn) for i, turn in enumerate(json.loads(path.read_bytes())["turns"]))


def assert_sound(judgement: Judgement, request: JudgeRequest) -> None:
    assert [answer.item for answer in judgement.answers] == [item.id for item in request.checklist.items]
    for evidence in [a.evidence for a in judgement.answers if a.evidence] + [p.evidence for p in judgement.promises]:
        assert verified(evidence, request.turns).is_verified
    for answer in judgement.answers:
        assert 0 <= answer.confidence <= 1
        assert answer.verdict is not Verdict.YES or answer.evidence is not None
    indexes = {turn.index for turn in request.turns}
    sides = (judgement.sentiment.call, judgement.sentiment.operator, judgement.sentiment.customer)
    assert {i for side in sides if side for i in side.turns} | set(judgement.summary_turns) <= indexes
    template = request.template
    assert judgement.purpose in {None, *(choice.id for choice in template.purposes)}
    assert judgement.outcome in {None, *(choice.id for choice in template.outcomes)}
    assert set(judgement.products) <= {choice.id for choice in template.products}


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: str(path.stem))
def test_every_item_is_answered_once_in_order_and_every_quote_is_in_the_transcript(judge: Judge, path: Path) -> None:
    request = a_request(*a_dialogue(path))
    assert_sound(judge.judge(request), request)


@pytest.mark.parametrize("language", ["uz", "uz-Cyrl", "ru", "en"])
def test_a_call_can_be_summed_up_in_each_of_the_languages(judge: Judge, language: str) -> None:
    request = a_request(*a_dialogue(DIALOGUES[0]), summary_language=language)
    judgement = judge.judge(request)
    assert judgement.summary
    assert_sound(judgement, request)


def test_the_same_call_gets_the_same_judgement(judge: Judge) -> None:
    request = a_request(*a_dialogue(DIALOGUES[-1]))
    assert judge.judge(request) == judge.judge(request)


ODD_TURNS: dict[str, tuple[Turn, ...]] = {
    "no turns": (),
    "empty turns": (a_turn(0, ""), a_turn(1, "   ", Speaker.CUSTOMER)),
    "one word": (a_turn(0, "Alo"),),
    "one-word turns": tuple(a_turn(i, word) for i, word in enumerate(["Alo", "ha", "да", "ok", "yo‘q"])),
    "emoji": (a_turn(0, "😀😀😀 👍🏽"), a_turn(1, "🇺🇿", Speaker.CUSTOMER)),
    "another script": (a_turn(0, "東京へようこそ"), a_turn(1, "مرحبا بكم", Speaker.CUSTOMER)),
    "a control character": (a_turn(0, "Assalomu\x00 alaykum,\tNihol Texnika\u2028eshitaman"),),
    "no punctuation": (a_turn(0, "ha men sizga aytsam bu narsa " * 60),),
    "one long word": (a_turn(0, "a" * 20_000),),
    "nobody known": tuple(a_turn(i, "Assalomu alaykum, Nihol Texnika.", Speaker.UNKNOWN) for i in range(3)),
    "2,000 turns": tuple(
        a_turn(i, f"Buyurtma raqami {i % 40}, ertaga olib boramiz.", list(Speaker)[i % 2]) for i in range(2000)
    ),
}


@pytest.mark.parametrize("name", sorted(ODD_TURNS))
def test_no_transcript_is_too_odd_to_be_judged(judge: Judge, name: str) -> None:
    request = a_request(*ODD_TURNS[name])
    assert_sound(judge.judge(request), request)


def test_a_checklist_without_phrases_is_answered_too(judge: Judge) -> None:
    items = (Item(id="a", text="Salomlashadi"), Item(id="b", text="…"))
    segments = (ChecklistSegment(id="s", title="S", items=items), ChecklistSegment(id="t", title="T", items=()))
    checklist = Checklist(id=ChecklistId("c"), title="C", segments=segments)
    request = a_request(*a_dialogue(DIALOGUES[0]), checklist=checklist)
    assert_sound(judge.judge(request), request)


def test_nobody_says_anything_and_nothing_is_passed(judge: Judge) -> None:
    judgement = judge.judge(a_request())
    assert Verdict.YES not in {answer.verdict for answer in judgement.answers}
