"""What one four-minute call costs in operations, counted on Google's emulators: `make bench`.

A document read, written or deleted counts one; a query counts what it finds, and one when it finds nothing. Objects are
counted as Cloud Storage does: class A writes and lists, class B reads. `--write` keeps it in docs/operations.json, from
which docs/cost.md is made.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from shared.adapters.embedded.whisper_engine import Audio
from shared.domain.transcript import Recognition, Segment
from shared.ports.document_store import Document, DocumentStore, Query, Transaction
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.world import World
from tests.faults.__main__ import started_emulators
from tests.faults.counted_world import CrashPoints
from tests.faults.grounds import COMPANY, PLACES, make_emulated
from tests.faults.pipeline import Pipeline

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "operations.json"
PIECE = ROOT / "samples" / "ru-ozhidanie.mp3"
TIMES = 5
"""How often the piece follows itself: frames of MP3 may, and five make four minutes."""

COLUMNS = ("deliveries", "reads", "writes", "deletes", "class_a", "class_b", "messages", "tasks", "seconds")
_TURN_MS = 5_500
_SAID = (
    "Здравствуйте, меня зовут Анна, чем могу помочь?",
    "Я заказывал холодильник, и его до сих пор не привезли, сколько можно ждать.",
    "Понимаю вас, сейчас посмотрю. Назовите, пожалуйста, номер заказа.",
    "Двести сорок семь, заказ от прошлой пятницы.",
)


class Talks:
    """An engine that hears the same talk in every recording, as long as it is."""

    def recognize(self, audio: Audio, on_progress: Callable[[float], None]) -> Recognition:
        segments = tuple(
            Segment(channel=n % 2, start_ms=n * _TURN_MS, end_ms=n * _TURN_MS + 5_000, text=_SAID[n % len(_SAID)])
            for n in range(audio.duration_ms // _TURN_MS)
        )
        return Recognition(segments=segments, language="ru", model="talks")


class Tally(CrashPoints):
    """Counts by entry point."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
        self._now: dict[str, float] = {}
        self._began = 0.0

    def begin(self, step: str) -> None:
        self._now = self.steps[step]
        self.add("deliveries")
        self._began = time.perf_counter()

    def end(self) -> None:
        self.add("seconds", time.perf_counter() - self._began)

    def add(self, what: str, by: float = 1) -> None:
        self._now[what] += by


class _Reader:
    def __init__(self, inner: Any, tally: Tally) -> None:
        self._inner = inner
        self._tally = tally

    def get(self, path: str) -> Document | None:
        self._tally.add("reads")
        return cast("Document | None", self._inner.get(path))

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        self._tally.add("reads", len(paths))
        return cast("list[Document | None]", self._inner.get_many(paths))

    def query(self, query: Query) -> list[Document]:
        found = cast("list[Document]", self._inner.query(query))
        self._tally.add("reads", max(1, len(found)))
        return found

    def delete(self, path: str) -> None:
        self._tally.add("deletes")
        self._inner.delete(path)

    def __getattr__(self, name: str) -> Any:
        if name not in ("create", "set", "update"):
            return getattr(self._inner, name)

        def write(*arguments: Any, **named: Any) -> None:
            self._tally.add("writes")
            getattr(self._inner, name)(*arguments, **named)

        return write


class _Documents(_Reader):
    def transaction(self, work: Callable[[Transaction], Any]) -> Any:
        return cast("DocumentStore", self._inner).transaction(lambda t: work(cast("Any", _Reader(t, self._tally))))


class _Counted:
    """Any other port: the named methods count."""

    def __init__(self, inner: Any, tally: Tally, counts: dict[str, str]) -> None:
        self._inner, self._tally, self._counts = inner, tally, counts

    def __getattr__(self, name: str) -> Any:
        if name in self._counts:
            self._tally.add(self._counts[name])
        return getattr(self._inner, name)


_OBJECTS = {"write": "class_a", "list": "class_a", "stat": "class_b", "read": "class_b"}


class _World:
    def __init__(self, world: World, tally: Tally) -> None:
        self._world = world
        self.documents = _Documents(world.documents, tally)
        self.audio = _Counted(world.audio, tally, _OBJECTS)
        self.artifacts = _Counted(world.artifacts, tally, _OBJECTS)
        self.events = _Counted(world.events, tally, {"publish": "messages"})
        self.tasks = _Counted(world.tasks, tally, {"enqueue": "tasks"})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)


def measured(data: Path) -> dict[str, Any]:
    """One call from its recording's event to its analysis, on the emulators that the environment names."""
    recording = PIECE.read_bytes() * TIMES
    make_emulated(data, recording)
    tally = Tally()
    with PLACES["emulators"].opened(data) as ground:
        pipeline = Pipeline(
            ground, Talks(), tally, count=lambda world, points: cast("World", _World(world, cast("Tally", points)))
        )
        pipeline.run()
        (call,) = Calls(ground.world.documents, COMPANY).page(CallFilter(), newest_first=True, limit=2)
        assert call.stage.value == "analyzed", call.stage
        assert call.audio is not None
        kept = sum(each.size_bytes for each in ground.world.artifacts.list())
        return {
            "recording": {"seconds": round(call.audio.duration_ms / 1000), "bytes": len(recording)},
            "artifacts": {"bytes": kept},
            "steps": {
                step: {name: round(value, 2) for name, value in counts.items()}
                for step, counts in sorted(tally.steps.items())
            },
        }


def main(arguments: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="dialix-operations-") as folder:
        data = Path(folder) / "ground"
        data.mkdir()
        with started_emulators(Path(folder)):
            found = measured(data)
    print(("{:<20}" + "{:>11}" * len(COLUMNS)).format("step", *COLUMNS))
    for step, counts in found["steps"].items():
        print(("{:<20}" + "{:>11g}" * len(COLUMNS)).format(step, *(counts[name] for name in COLUMNS)))
    if "--write" in arguments:
        KEPT.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
