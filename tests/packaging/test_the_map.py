from __future__ import annotations

import re
from pathlib import Path

import shared

ROOT = Path(__file__).parents[2]
REFUSED = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "http", "logging"}


def test_the_map_in_shareds_docstring_lists_its_folders() -> None:
    drawn = set(re.findall(r"^(\w+)/ ", shared.__doc__ or "", flags=re.MULTILINE))
    on_disk = {path.parent.name for path in (ROOT / "shared").glob("*/__init__.py")}
    assert drawn == on_disk


def test_no_module_is_called_what_says_nothing() -> None:
    modules = [path for folder in ("shared", "tests", "functions") for path in (ROOT / folder).rglob("*.py")]
    assert [str(path) for path in modules if path.stem in REFUSED] == []


def test_every_package_says_what_it_holds() -> None:
    silent = [str(path) for path in (ROOT / "shared").rglob("__init__.py") if not path.read_text().startswith('"""')]
    assert silent == []
