"""kill -9 at every port call of every step, before and after it; then the product starts again: once is once."""

from __future__ import annotations

import functools
import os
import random
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.adapters.embedded.whisper_engine import Audio
from shared.domain.transcript import Recognition, Segment
from shared.ports.document_store import Query
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.sweep_calls import sweep_calls
from tests.faults.counted_world import CrashPoints
from tests.faults.grounds import COMPANY, LENGTH_S, Ground, Place
from tests.faults.pipeline import Pipeline

AT_ONCE = 3
_STAGES = ["recorded", "transcribing", "transcribed", "analyzing", "analyzed"]


class SaysTheSame:
    """An engine whose transcript depends on nothing: these tests are about books, not about hearing."""

    def recognize(self, audio: Audio, on_progress: Callable[[float], None]) -> Recognition:
        return Recognition(
            segments=(
                Segment(channel=0, start_ms=100, end_ms=1500, text="Good afternoon, how can I help you?"),
                Segment(channel=1, start_ms=1700, end_ms=3000, text="I want to buy a fridge, thank you."),
            ),
            language="en",
            model="same",
        )


@dataclass(frozen=True)
class Kill:
    """What came of a process killed at one moment: `fault` is empty when the books are right."""

    point: str
    fault: str


def run(place: Place, data: Path, crash_at: int = 0, *, times: int = 1, seed: int | None = None) -> list[str]:
    """The moments that the pipeline went through until it came to rest."""
    points = CrashPoints(crash_at)
    shuffle = random.Random(seed) if seed is not None else None
    with place.opened(data) as ground:
        Pipeline(ground, SaysTheSame(), points, times=times, shuffle=shuffle).run()
    return points.names


def rest(place: Place, data: Path) -> None:
    """What happens after a crash: everything starts again, and the sweep looks for what was lost."""
    with place.opened(data) as ground:
        pipeline = Pipeline(ground, SaysTheSame(), CrashPoints())
        pipeline.run()
        for _ in range(20):
            if not Calls(ground.world.documents, COMPANY).overdue(datetime.max.replace(tzinfo=UTC), 10):
                return
            sweep_calls(ground.world)
            pipeline.run()


def check_books(place: Place, data: Path) -> None:
    """One call, one transcript, one analysis, one charge of each kind. Raises AssertionError."""
    with place.opened(data) as ground:
        check_ground(ground)


def check_ground(ground: Ground) -> None:
    documents = ground.world.documents
    calls = Calls(documents, COMPANY)
    (call,) = calls.page(CallFilter(), newest_first=True, limit=10)
    charges = calls.charges(call.id)

    assert [change.stage.value for change in call.history] == _STAGES
    assert len(calls.turns(call)) == 2
    assert len(documents.query(Query(f"companies/{COMPANY}/calls/{call.id}/analyses"))) == 1
    assert sorted(charge.stage.value for charge in charges) == ["analyzing", "transcribing"]
    assert sum(charge.amount_tiyin for charge in charges) == call.cost.total_tiyin == 6_000 * LENGTH_S // 60 + 500


def kill_everywhere(place: Place, folder: Path, on_kill: Callable[[Kill], None] = lambda kill: None) -> list[Kill]:
    """Every moment of one whole run, each in processes and on a ground of its own, some at once.

    No client of Google's may have been made in this process: its threads do not survive the forks.
    """
    names = _names(place, folder / "whole")
    kills: list[Kill] = []
    running: dict[int, int] = {}

    def wait_for_one() -> None:
        pid, status = os.wait()
        number = running.pop(pid)
        fault = (folder / f"{number}.fault").read_text() if os.waitstatus_to_exitcode(status) else ""
        kills.append(Kill(names[number - 1], fault))
        on_kill(kills[-1])
        shutil.rmtree(folder / str(number), ignore_errors=True)

    for number in range(1, len(names) + 1):
        running[_fork(functools.partial(_killed_at, place, folder, number))] = number
        if len(running) >= AT_ONCE:
            wait_for_one()
    while running:
        wait_for_one()
    return kills


def points_of(kills: Sequence[Kill]) -> list[str]:
    """Each moment once: how often a step had to ask again differs from run to run."""
    return sorted({kill.point for kill in kills})


def _names(place: Place, data: Path) -> list[str]:
    data.mkdir(parents=True)
    written = data.with_suffix(".names")

    def whole() -> None:
        place.make(data)
        written.write_text("\n".join(run(place, data)))
        check_books(place, data)

    _must(_done(_fork(whole)) == 0, "the pipeline is broken even when nobody kills it")
    return written.read_text().splitlines()


def _killed_at(place: Place, folder: Path, number: int) -> None:
    data, fault = folder / str(number), folder / f"{number}.fault"
    data.mkdir()
    fault.write_text("its ground could not be made")
    _must(_done(_fork(functools.partial(place.make, data))) == 0, fault.read_text())
    fault.write_text("the pipeline broke instead of being killed")
    _must(_done(_fork(functools.partial(run, place, data, number))) in (-9, 0), fault.read_text())
    fault.write_text("it never came to rest")
    _must(_done(_fork(functools.partial(rest, place, data))) == 0, fault.read_text())
    fault.write_text("the books are wrong")
    _must(_done(_fork(functools.partial(check_books, place, data))) == 0, fault.read_text())


def _must(is_so: bool, why: str) -> None:
    if not is_so:
        raise RuntimeError(why)


def _fork(work: Callable[[], object]) -> int:
    """The child's pid; it ends with 0, with 1 when `work` raised, or as it is killed."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - a fork must never return into pytest
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid


def _done(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
