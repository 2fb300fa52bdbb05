from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from shared.local.entry_points import ENTRY_POINTS

FUNCTIONS = Path(__file__).parents[2] / "functions"
FOLDERS = sorted(main.parent for main in FUNCTIONS.glob("*/main.py"))
ALLOWED = {"functions_framework", "cloudevents", "flask", "starlette", "fastapi"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_main_is_the_only_python_file_of_a_function(folder: Path) -> None:
    """A sibling would be `functions.api.x` here and `x` in the cloud: no import is right in both."""
    assert [path.name for path in folder.rglob("*.py")] == ["main.py"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_main_imports_only_its_own_wiring(folder: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse((folder / "main.py").read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import cannot work in the cloud, where main.py is at the root"
            imported.add(node.module or "")
    ours = {name for name in imported if name.partition(".")[0] == "shared"}
    theirs = {name.partition(".")[0] for name in imported - ours}

    assert ours == {f"shared.runtime.{folder.name}"}
    assert theirs <= ALLOWED | sys.stdlib_module_names


def test_every_entry_point_is_in_its_folder_begins_with_its_name_and_is_unique() -> None:
    defined = [
        (folder.name, node.name)
        for folder in FOLDERS
        for node in ast.parse((folder / "main.py").read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    names = [name for _, name in defined]

    assert sorted((point.folder, point.name) for point in ENTRY_POINTS) == sorted(defined)
    assert len(set(names)) == len(names)
    assert all(name == folder or name.startswith(f"{folder}_") for folder, name in defined)
