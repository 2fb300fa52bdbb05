"""The judge's data files, read once a process."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "data"


@cache
def data(name: str) -> dict[str, Any]:
    """The TOML file of that name."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
