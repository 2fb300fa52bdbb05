"""A mistake in the infrastructure is found before anything is made, and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.infra import offline, rules
from tests.infra.mistakes import SEEN_BY_RULES, SEEN_BY_TERRAFORM, Mistake
from tests.infra.rules import Plan

pytestmark = pytest.mark.terraform


@pytest.mark.parametrize("mistake", SEEN_BY_TERRAFORM, ids=lambda each: each.name)
def test_terraform_says_where_it_is(mistake: Mistake, terraform: offline.Offline, tmp_path: Path) -> None:
    folder = _with(mistake, tmp_path)

    found = [
        (f"{each['range']['filename']}:{each['range']['start']['line']}", f"{each['summary']} {each.get('detail', '')}")
        for each in terraform.diagnostics(folder)
        if each["severity"] == "error" and "range" in each
    ]

    assert _expected(mistake, folder, found), found


@pytest.mark.parametrize("mistake", SEEN_BY_RULES, ids=lambda each: each.name)
def test_our_rules_say_where_it_is(mistake: Mistake, terraform: offline.Offline, tmp_path: Path) -> None:
    folder = _with(mistake, tmp_path)
    ran = terraform.plan(folder)
    assert ran.code == 0, ran.output[-2000:]

    found = [(str(each.place), each.says) for each in rules.findings(Plan(terraform.planned(folder), folder))]

    assert _expected(mistake, folder, found), found


def _with(mistake: Mistake, tmp_path: Path) -> Path:
    folder = offline.workspace(tmp_path / "terraform")
    file = folder / mistake.file
    text = file.read_text()
    assert mistake.before in text, f"{mistake.file} has changed: {mistake.name} cannot be made any more"
    file.write_text(text.replace(mistake.before, mistake.after, 1))
    return folder


def _expected(mistake: Mistake, folder: Path, found: list[tuple[str, str]]) -> bool:
    """Whether the mistake is found on a line that holds what it is looked for at."""
    at = (mistake.at or mistake.after).strip("\n").split("\n")[0]
    file = mistake.at_file or mistake.file
    lines = (folder / file).read_text().splitlines()
    places = {f"{file}:{number}" for number, line in enumerate(lines, start=1) if at in line}
    return any(place in places and mistake.says in says for place, says in found)
