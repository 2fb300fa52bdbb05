"""`make package`: a zip for each function, the same to the byte wherever and whenever it is made.

Google's builder wants `main.py` and `requirements.txt` at the root of the zip, and imports a package that lies beside
them (docs/decisions/0006-packages.md).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "dist"

NEVER_DEPLOYED = ("shared/local", "shared/cli")
"""What serves one machine, and a developer's commands."""

SHIPPED = {".md", ".py", ".toml"}
"""What of `shared/` is read when it runs."""

PAGE = Path("functions/api/page")


class PageNotBuilt(Exception):
    """The api's package holds the dashboard, and it has not been built."""


def functions() -> list[str]:
    """The folders of `functions/`, each of which becomes one package."""
    return sorted(main.parent.name for main in ROOT.glob("functions/*/main.py"))


def contents(function: str) -> Iterator[tuple[str, Path]]:
    """Each file's name in the function's package and where it comes from, sorted. Raises PageNotBuilt."""
    found = {name: ROOT / "functions" / function / name for name in ("main.py", "requirements.txt")}
    for path in (ROOT / "shared").rglob("*"):
        name = path.relative_to(ROOT).as_posix()
        if path.is_file() and path.suffix in SHIPPED and not name.startswith(tuple(f"{n}/" for n in NEVER_DEPLOYED)):
            found[name] = path
    if function == PAGE.parent.name:
        if not (ROOT / PAGE / "index.html").is_file():
            raise PageNotBuilt("the dashboard is not built: run `make page`, or `make package`, which does it first")
        found |= {
            path.relative_to(ROOT / PAGE.parent).as_posix(): path
            for path in (ROOT / PAGE).rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }
    yield from sorted(found.items())


def package(function: str, into: Path) -> Path:
    """Writes `<function>.zip`."""
    into.mkdir(parents=True, exist_ok=True)
    written = into / f"{function}.zip"
    # Stored, not compressed: compressors differ from one machine to the next, and the content's hash names what is
    # deployed. A fixed time and mode for the same reason.
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, path in contents(function):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, path.read_bytes())
    return written


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("--into", type=Path, default=OUTPUT, help="the folder of the packages (dist)")
    into = parser.parse_args(arguments).into
    try:
        for function in functions():
            written = package(function, into)
            digest = hashlib.sha256(written.read_bytes()).hexdigest()
            print(f"{function:<12} {written.stat().st_size / 1_000_000:5.2f} MB  sha256 {digest}")
    except PageNotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
