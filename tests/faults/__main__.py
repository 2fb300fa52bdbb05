"""`python -m tests.faults --world embedded|emulators`: kill -9 at every port call, a line for each; 1 when one is bad.

On the emulators they are started first, unless the environment says where they run. `--write` keeps the list in
docs/crash-points.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from shared.local import emulators
from tests.faults.grounds import PLACES
from tests.faults.kills import Kill, kill_everywhere, points_of, run

DOCUMENT = Path(__file__).parents[2] / "docs" / "crash-points.md"
_HEAD = """# Crash points

Written by `python -m tests.faults --world emulators --write`; never edited. At each of these moments the process
that worked on a call was ended by `kill -9`, everything was started again, and the books were right: one call, one
transcript, one analysis, one charge of each kind. `make test` does the same again, and in the embedded world too.

"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--world", choices=sorted(PLACES), default="embedded")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="dialix-faults-") as folder, ExitStack() as stack:
        warm(Path(folder) / "warm")
        if chosen.world == "emulators":
            stack.enter_context(started_emulators(Path(folder)))
        kills = kill_everywhere(PLACES[chosen.world], Path(folder) / "grounds", _say)
    bad = [kill for kill in kills if kill.fault]
    print(f"{len(kills)} kills at {len(points_of(kills))} crash points, {len(bad)} with wrong books")
    if chosen.write and not bad:
        DOCUMENT.write_text(_HEAD + "".join(f"- {point}\n" for point in points_of(kills)))
    return 1 if bad else 0


def _say(kill: Kill) -> None:
    print(f"{'FAILED ' + kill.fault if kill.fault else 'passed'}  {kill.point}", flush=True)


def warm(folder: Path) -> None:
    """Loads what every fork would otherwise load for itself, the judge's vectors too. No client of Google's is made."""
    import google.cloud.firestore
    import google.cloud.pubsub_v1
    import google.cloud.storage
    import google.cloud.tasks_v2  # noqa: F401

    folder.mkdir()
    embedded = PLACES["embedded"]
    embedded.make(folder)
    run(embedded, folder)


@contextmanager
def started_emulators(folder: Path) -> Iterator[None]:
    if "FIRESTORE_EMULATOR_HOST" in os.environ:
        yield
        return
    if (lacking := emulators.missing()) is not None:
        raise SystemExit(lacking)
    with (
        emulators.firestore(folder / "firestore.log") as firestore,
        emulators.pubsub(folder / "pubsub.log") as pubsub,
        emulators.storage(folder / "storage.log", folder / "objects") as storage,
    ):
        os.environ |= {
            "FIRESTORE_EMULATOR_HOST": firestore,
            "PUBSUB_EMULATOR_HOST": pubsub,
            "STORAGE_EMULATOR_HOST": storage,
        }
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
