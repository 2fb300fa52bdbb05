"""Every requirement file from one resolution of pyproject.toml: `make requirements` writes them, a test compares.

`requirements/all.txt` resolves everything once; each other file is compiled for its group with that one as the
constraint, so a distribution has one version everywhere. No file names a registry.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALL = Path("requirements/all.txt")
FILES: Mapping[Path, tuple[str, ...]] = {
    Path("requirements/local.txt"): ("local",),
    Path("requirements/dev.txt"): ("dev",),
    Path("requirements/node.txt"): ("node",),
    Path("requirements/bootstrap.txt"): ("bootstrap",),
    **{
        Path("functions") / main.parent.name / "requirements.txt": (main.parent.name,)
        for main in sorted(ROOT.glob("functions/*/main.py"))
    },
}
APART: Mapping[Path, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Path("requirements/scan.txt"): (("scan",), ()),
    Path("requirements/speakers.txt"): (("speakers",), ("--no-deps",)),
}
"""Resolved alone, with more arguments: for an environment of its own, or for one file of a wheel. Its own versions are

its constraint.
"""

HEADER = "# Written by `make requirements` from pyproject.toml; never edited.\n"


def compiled(groups: tuple[str, ...], constraint: Path, *arguments: str, upgrade: bool = False) -> str:
    """The text of the requirement file for these groups, under the versions that `constraint` holds."""
    command = [
        str(Path(sys.executable).parent / "uv"),
        *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-config"),
        *(part for group in groups for part in ("--group", group)),
        *arguments,
    ]
    if not upgrade:
        command += ["--constraint", str(constraint)]
    return HEADER + subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the files instead of comparing them")
    parser.add_argument("--upgrade", action="store_true", help="resolve to the newest versions")
    arguments = parser.parse_args()
    stale = []
    groups = ("dev", "node", "bootstrap")
    for path, text in [(ALL, compiled(groups, ALL, upgrade=arguments.upgrade or not (ROOT / ALL).exists()))]:
        stale += _settle(path, text, write=arguments.write)
    for path, group in FILES.items():
        stale += _settle(path, compiled(group, ALL), write=arguments.write)
    for path, (group, more) in APART.items():
        fresh = arguments.upgrade or not (ROOT / path).exists()
        stale += _settle(path, compiled(group, path, *more, upgrade=fresh), write=arguments.write)
    if stale:
        print("Not what pyproject.toml says; run `make requirements`:", *stale, sep="\n  ")
    return 1 if stale else 0


def _settle(path: Path, text: str, *, write: bool) -> list[str]:
    if write:
        (ROOT / path).write_text(text)
        return []
    return [] if (ROOT / path).exists() and (ROOT / path).read_text() == text else [str(path)]


if __name__ == "__main__":
    sys.exit(main())
