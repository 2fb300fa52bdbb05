from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents import DOCUMENTS

ROOT = Path(__file__).parents[2]
WRITTEN = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_make_command_in_a_document_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = re.findall(r"(?:^|`)make((?: [a-z]+)+)", path.read_text(), flags=re.MULTILINE)
    assert {word for words in named for word in words.split()} <= targets


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_file_a_document_links_to_exists(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_a_generated_document_is_what_the_code_says(path: Path) -> None:
    assert (ROOT / path).read_text() == DOCUMENTS[path]()
