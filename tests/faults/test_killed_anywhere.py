"""kill -9 at every port call of every step, before and after it; then the product starts again: once is once."""

from __future__ import annotations

import functools
import os
import random
import shutil
import wave
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.embedded.whisper_engine import Audio
from shared.domain.checklist import Checklist, ChecklistSegment, Item
from shared.domain.company import Company
from shared.domain.identity import ChecklistId, CompanyId
from shared.domain.money import Tariff
from shared.domain.transcript import Recognition, Segment
from shared.ports.document_store import Query
from shared.runtime.embedded import EmbeddedWorld
from shared.runtime.settings import Settings
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.repositories.checklists import Checklists
from shared.services.repositories.companies import Companies
from shared.services.sweep_calls import sweep_calls
from tests.faults.counted_world import CrashPoints, counted
from tests.faults.pipeline import Pipeline

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.timeout(600)]

COMPANY = CompanyId("demo")
SPEECH = Path(__file__).parents[2] / "samples" / "en-wrong-number.wav"


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


def _world(data: Path) -> EmbeddedWorld:
    return EmbeddedWorld(
        Settings(
            environment="development",
            world="embedded",
            data_dir=data,
            signing_secret="only-for-this-test-" * 3,
            public_url="http://127.0.0.1:1",
            lease_s=0.2,
            step_due_s=0.2,
            first_poll_s=0.05,
        )
    )


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a company and one recording in its bucket, and the judge's model in memory for every fork."""
    data = tmp_path_factory.mktemp("seeded")
    world = _world(data)
    greets = Item(id="i", text="Greets", phrases=("how can I help you", "good afternoon"))
    segment = ChecklistSegment(id="s", title="Opening", items=(greets,))
    checklist = Checklist(id=ChecklistId("c"), title="Greeting", segments=(segment,))
    Checklists(world.documents, COMPANY).save(checklist)
    tariff = Tariff(recognition_tiyin_per_minute=6_000, judgement_tiyin_per_call=500)
    Companies(world.documents).create(
        Company(id=COMPANY, name="Demo", checklist=checklist.id, tariff=tariff, created_at=datetime.now(UTC))
    )
    with wave.open(str(SPEECH)) as source:
        piece = source.readframes(4 * source.getframerate())
        parameters = source.getparams()
    folder = world.audio_folder.folder / "uploads" / COMPANY
    folder.mkdir(parents=True)
    with wave.open(str(folder / "call.wav"), "wb") as short:
        short.setparams(parameters)
        short.writeframes(piece)
    return data


def _in_child(work: Callable[[], object]) -> int:
    """The exit status of a fork that does `work`: 0, -9 when it was killed, 1 when it raised."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _run(data: Path, crash_at: int = 0, *, times: int = 1, seed: int | None = None) -> list[str]:
    points = CrashPoints(crash_at)
    plain = _world(data)
    shuffle = random.Random(seed) if seed is not None else None
    Pipeline(counted(plain, points), plain, SaysTheSame(), times=times, shuffle=shuffle).run()
    return points.names


def _rest(data: Path) -> None:
    """What happens after a crash: everything starts again, and the sweep looks for what was lost."""
    _run(data)
    world = _world(data)
    for _ in range(20):
        if not Calls(world.documents, COMPANY).overdue(datetime.max.replace(tzinfo=UTC), 10):
            return
        sweep_calls(world)
        _run(data)


def _check_books(data: Path) -> None:
    world = _world(data)
    calls = Calls(world.documents, COMPANY)
    (call,) = calls.page(CallFilter(), newest_first=True, limit=10)
    stages = [change.stage.value for change in call.history]
    charges = calls.charges(call.id)

    assert stages == ["recorded", "transcribing", "transcribed", "analyzing", "analyzed"]
    assert len(calls.turns(call)) == 2
    assert len(world.documents.query(Query(f"companies/{COMPANY}/calls/{call.id}/analyses"))) == 1
    assert sorted(charge.stage.value for charge in charges) == ["analyzing", "transcribing"]
    assert sum(charge.amount_tiyin for charge in charges) == call.cost.total_tiyin == 6_000 * 4 // 60 + 500


def _copies(seeded: Path, tmp_path: Path) -> Iterator[Path]:
    number = 0
    while True:
        number += 1
        copy = tmp_path / str(number)
        shutil.copytree(seeded, copy, symlinks=True)
        yield copy


def test_a_call_whose_process_is_killed_at_any_port_call_still_ends_once(seeded: Path, tmp_path: Path) -> None:
    copies = _copies(seeded, tmp_path)
    _world(seeded).judge("e5")
    whole = next(copies)
    names = _run(whole)
    _check_books(whole)
    assert len(names) > 40

    for crash_at in range(1, len(names) + 1):
        data = next(copies)
        status = _in_child(functools.partial(_run, data, crash_at))
        assert status in (-9, 0), f"at {names[crash_at - 1]}: the pipeline broke instead of being killed"
        assert _in_child(functools.partial(_rest, data)) == 0, f"killed at {names[crash_at - 1]}: never came to rest"
        try:
            _check_books(data)
        except AssertionError as error:
            raise AssertionError(f"killed at {names[crash_at - 1]} ({crash_at} of {len(names)}): {error}") from error
        shutil.rmtree(data)


@pytest.mark.parametrize("seed", range(5))
def test_a_call_whose_every_delivery_comes_twice_and_shuffled_ends_once(
    seeded: Path, tmp_path: Path, seed: int
) -> None:
    data = next(_copies(seeded, tmp_path))
    _run(data, times=2, seed=seed)
    _rest(data)
    _check_books(data)
