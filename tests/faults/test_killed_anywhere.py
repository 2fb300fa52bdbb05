"""kill -9 at every port call of every step, before and after it; then the product starts again: once is once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.__main__ import DOCUMENT
from tests.faults.counted_world import CrashPoints
from tests.faults.grounds import PLACES
from tests.faults.kills import SaysTheSame, check_books, rest, run
from tests.faults.pipeline import Pipeline

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
WRITE = "python -m tests.faults --world emulators --write"


def test_a_call_whose_process_is_killed_at_any_port_call_still_ends_once() -> None:
    assert len(killed("embedded", {})) > 40


@pytest.mark.emulator
def test_a_call_on_googles_adapters_whose_process_is_killed_at_any_port_call_still_ends_once(
    firestore_emulator: str, pubsub_emulator: str, storage_emulator: str
) -> None:
    hosts = {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "PUBSUB_EMULATOR_HOST": pubsub_emulator,
        "STORAGE_EMULATOR_HOST": storage_emulator,
    }
    points = killed("emulators", hosts)
    written = {line.removeprefix("- ") for line in _lines(DOCUMENT.read_text(), "- ")}
    # how often a step is delivered again differs from run to run, so single points may come and go
    assert len(points ^ written) <= len(written) // 10, f"stale: {WRITE}"


def killed(world: str, hosts: Mapping[str, str]) -> set[str]:
    """The crash points, each passed. In a process of its own: this one may hold threads that a fork would break."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--world", world],
        cwd=ROOT,
        env={**os.environ, **hosts},
        capture_output=True,
        text=True,
        timeout=850,
        check=False,
    )
    assert ended.returncode == 0, "\n".join([*_lines(ended.stdout, "FAILED"), ended.stderr[-3000:]])
    return {line.split("  ", 1)[1] for line in _lines(ended.stdout, "passed")}


@pytest.mark.parametrize("seed", range(5))
def test_a_call_whose_every_delivery_comes_twice_and_shuffled_ends_once(tmp_path: Path, seed: int) -> None:
    doubled("embedded", tmp_path, seed)


@pytest.mark.emulator
@pytest.mark.parametrize("seed", range(3))
def test_a_call_on_googles_adapters_whose_every_delivery_comes_twice_and_shuffled_ends_once(
    tmp_path: Path, seed: int, firestore_emulator: str, pubsub_emulator: str, storage_emulator: str
) -> None:
    os.environ |= {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "PUBSUB_EMULATOR_HOST": pubsub_emulator,
        "STORAGE_EMULATOR_HOST": storage_emulator,
    }
    doubled("emulators", tmp_path, seed)


def doubled(world: str, folder: Path, seed: int) -> None:
    place = PLACES[world]
    place.make(folder)
    run(place, folder, times=2, seed=seed)
    rest(place, folder)
    check_books(place, folder)


@pytest.mark.parametrize("world", ["embedded", pytest.param("emulators", marks=pytest.mark.emulator)])
def test_workers_that_all_have_the_same_step_of_a_call_make_it_once(
    tmp_path: Path, world: str, request: pytest.FixtureRequest
) -> None:
    """Each delivery is brought to several workers at the same moment, as when a platform scales out in a hurry."""
    if world == "emulators":
        os.environ |= {
            "FIRESTORE_EMULATOR_HOST": request.getfixturevalue("firestore_emulator"),
            "PUBSUB_EMULATOR_HOST": request.getfixturevalue("pubsub_emulator"),
            "STORAGE_EMULATOR_HOST": request.getfixturevalue("storage_emulator"),
        }
    place = PLACES[world]
    place.make(tmp_path)
    with place.opened(tmp_path) as ground:
        Pipeline(ground, SaysTheSame(), CrashPoints(), workers=6, times=6).run()
    rest(place, tmp_path)
    check_books(place, tmp_path)


def _lines(text: str, start: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(start)]
