"""A gap between the emulators and Google is only listed with what holds it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GAPS = ROOT / "docs" / "emulator-gaps.md"


def test_every_gap_names_a_test_that_exists() -> None:
    rows = [line for line in GAPS.read_text().splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`(tests/[^`]+)`", row) for row in rows]

    assert all(named), "a gap without a test"
    assert [path for paths in named for path in paths if not (ROOT / path).is_file()] == []
