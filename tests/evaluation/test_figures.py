from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.domain.checklist import Checklist
from tests.evaluation.evaluate import ROOT, SPLITS, TRANSCRIPTS, labelled
from tests.evaluation.figures import agreement, f1, kappa, macro_f1


def test_perfect_agreement_is_one_by_every_figure() -> None:
    pairs = [("yes", "yes"), ("no", "no")]
    assert (agreement(pairs), kappa(pairs), macro_f1(pairs)) == (1, 1, 1)


def test_always_saying_the_same_agrees_by_chance_alone() -> None:
    pairs = [("yes", "yes"), ("no", "yes")]
    assert (agreement(pairs), kappa(pairs)) == (0.5, 0)


def test_a_label_missed_and_a_label_invented_count_the_same() -> None:
    assert f1([("a", "a"), ("a", "b"), ("b", "a")], "a") == 0.5


@pytest.mark.parametrize("split", SPLITS)
def test_every_labelled_transcript_says_what_is_expected_of_each_item(split: str) -> None:
    checklist = Checklist.model_validate_json((ROOT / "samples" / "checklist.json").read_bytes())
    calls = labelled(split)
    assert calls
    for call in calls:
        assert set(call.expected["verdicts"]) == {item.id for item in checklist.items}


def test_no_transcript_is_in_two_splits() -> None:
    texts = [
        json.dumps(json.loads(path.read_bytes())["turns"], ensure_ascii=False) for path in TRANSCRIPTS.rglob("*.json")
    ]
    assert len(texts) == len(set(texts))


def test_every_phone_number_is_fictional() -> None:
    folders: list[Path] = [TRANSCRIPTS, ROOT / "samples" / "dialogues"]
    for folder in folders:
        for path in folder.rglob("*.json"):
            assert json.loads(path.read_bytes())["customer_phone"].startswith("+99890000")
