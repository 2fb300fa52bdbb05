"""The labelled calls themselves: enough of them, of every language and every trap, and the test split as it was."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.evaluate import SPLITS, TRANSCRIPTS, labelled

LEAST = 60
ALL = [call for split in SPLITS for call in labelled(split)]


def test_there_are_enough_of_them_in_every_language() -> None:
    languages = Counter(call.language for call in ALL)
    assert sum(languages.values()) >= LEAST
    assert min(languages[language] for language in ("uz", "ru", "mixed", "en")) >= 7, languages


def test_the_test_split_is_what_it_was_before_anybody_tuned() -> None:
    """Whoever changes a label of it says so by writing the list anew, in a commit of its own."""
    lines = [line.split("  ") for line in (TRANSCRIPTS / "test.sha256").read_text().splitlines()]
    written = {name: digest for digest, name in lines}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (TRANSCRIPTS / "test").glob("*.json")}
    assert found == written


def test_no_call_of_the_test_split_is_in_another() -> None:
    said = {split: {turn.text for call in labelled(split) for turn in call.request.turns} for split in SPLITS}
    long = {text for text in said["test"] if len(text) > 50}
    assert long & (said["dev"] | said["samples"]) == set()


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*/*.json")), ids=lambda path: path.stem)
def test_a_label_answers_every_item_and_names_what_the_template_has(path: Path) -> None:
    call = next(each for each in ALL if each.name == path.stem)
    expected: dict[str, Any] = json.loads(path.read_bytes())["expected"]
    template = call.request.template
    assert list(expected["verdicts"]) == [item.id for item in call.request.checklist.items]
    assert expected["purpose"] in {None, *(choice.id for choice in template.purposes)}
    assert expected["outcome"] in {None, *(choice.id for choice in template.outcomes)}
    assert set(expected["products"]) <= {choice.id for choice in template.products}
