"""The generated documents: written by `make docs`, compared by `make check`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast, get_args, get_origin

from pydantic_core import PydanticUndefined

from shared.rest.app import build_app
from shared.rest.dependencies import Api, ApiSettings
from shared.runtime.settings import Settings
from shared.services.sign_in import SignIn
from shared.services.world import World
from tests.benchmarks import cost

ROOT = Path(__file__).parents[1]


def configuration() -> str:
    """docs/configuration.md from the settings class."""
    lines = [
        "# Configuration",
        "",
        "Written by `make docs` from `shared/runtime/settings.py`; never edited. Every setting is an environment",
        "variable and is read once, when a function handles its first request. A missing or malformed one stops it",
        "with its name and what it should be. There is no default for a secret.",
        "",
        "| variable | default | what it says |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "required" if field.default is PydanticUndefined else f"`{field.default}`"
        choices = ""
        if get_origin(field.annotation) is not None and all(isinstance(a, str) for a in get_args(field.annotation)):
            choices = " One of " + ", ".join(f"`{choice}`" for choice in get_args(field.annotation)) + "."
        lines.append(f"| `DIALIX_{name.upper()}` | {default} | {field.description}{choices} |")
    return "\n".join(lines) + "\n"


def openapi() -> str:
    """docs/openapi.json, as the api describes itself."""
    app = build_app(Api(world=cast("World", None), sign_in=cast("SignIn", None), settings=ApiSettings()))
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


DOCUMENTS: Mapping[Path, Callable[[], str]] = {
    Path("docs/configuration.md"): configuration,
    Path("docs/cost.md"): cost.document,
    Path("docs/openapi.json"): openapi,
}


def main(arguments: list[str]) -> int:
    stale = []
    for path, text in DOCUMENTS.items():
        if "--write" in arguments:
            (ROOT / path).write_text(text())
        elif not (ROOT / path).exists() or (ROOT / path).read_text() != text():
            stale.append(path)
    if stale:
        print("Not what the code says; run `make docs`:", *stale, sep="\n  ")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
