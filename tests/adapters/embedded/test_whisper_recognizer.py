"""The recogniser's jobs and the worker that completes them, with an engine that knows its recordings by heart."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.embedded.recognition_jobs import MOST_ATTEMPTS, RecognitionJobs
from shared.adapters.embedded.whisper_engine import Audio
from shared.adapters.embedded.whisper_recognizer import WhisperRecognizer
from shared.domain.audio import Span
from shared.domain.errors import RecognitionFailed
from shared.domain.identity import JobId
from shared.domain.transcript import Recognition, Segment
from shared.local.whisper_worker import RETRY_S, WhisperWorker
from shared.ports.object_store import ObjectStore
from shared.ports.recognizer import Done, Lost, Pending, RecognitionRequest


class Killed(BaseException):
    """What a test throws where the real thing would be gone."""


@dataclass
class EngineByHeart:
    """Says of each recording the text it holds; texts that name a mishap suffer it."""

    heard: list[Audio] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def recognize(self, audio: Audio, on_progress: Callable[[float], None]) -> Recognition:
        self.heard.append(audio)
        text = audio.path.read_text()
        on_progress(0.5)
        self.meanwhile()
        if text == "undecodable":
            raise RecognitionFailed("not_audio")
        if text == "bug":
            raise ZeroDivisionError
        on_progress(1.0)
        segment = Segment(channel=0, start_ms=0, end_ms=audio.duration_ms, text=text)
        return Recognition(segments=(segment,), language=audio.language_hint, model="by-heart")


@dataclass
class Room:
    data: Path
    engine: EngineByHeart = field(default_factory=EngineByHeart)
    now: float = 1_000_000.0

    @property
    def jobs(self) -> RecognitionJobs:
        return RecognitionJobs(self.data / "jobs.sqlite3", now=lambda: self.now)

    @property
    def recognizer(self) -> WhisperRecognizer:
        return WhisperRecognizer(self.data / "jobs.sqlite3")

    @property
    def worker(self) -> WhisperWorker:
        return WhisperWorker(self.jobs, self.bucket, self.engine, lease_s=30)

    def bucket(self, name: str) -> ObjectStore:
        return FolderObjects(self.data / "buckets", name, link_base_url="", link_key=b"")

    def submit(self, text: str, *, key: str = "demo/a/1/1", webhook_url: str | None = None) -> JobId:
        audio = self.bucket("dialix-audio")
        stat = audio.write(f"uploads/{key}", [text.encode()])
        return self.recognizer.submit(
            RecognitionRequest(
                key=key,
                audio=audio,
                path=stat.path,
                generation=stat.generation,
                duration_ms=4_000,
                channels=1,
                speech=((Span(start_ms=100, end_ms=3_900),),),
                language_hint="ru",
                webhook_url=webhook_url,
            )
        )


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_submitted_recording_is_pending_until_the_worker_has_heard_it(room: Room) -> None:
    job = room.submit("алло")
    assert room.recognizer.fetch(job) == Pending(0.0)

    assert room.worker.run_one()

    state = room.recognizer.fetch(job)
    assert isinstance(state, Done)
    assert state.recognition.segments[0].text == "алло"
    assert room.recognizer.fetch(job) == state
    assert not room.worker.run_one()


def test_the_engine_gets_the_recording_and_all_that_is_known_of_it(room: Room) -> None:
    room.submit("алло")
    room.worker.run_one()
    (audio,) = room.engine.heard
    assert (audio.duration_ms, audio.channels, audio.language_hint) == (4_000, 1, "ru")
    assert audio.speech == ((Span(start_ms=100, end_ms=3_900),),)
    assert not audio.path.exists()


def test_the_same_key_submitted_twice_is_one_job(room: Room) -> None:
    first, second, other = room.submit("алло"), room.submit("алло"), room.submit("да", key="demo/a/1/2")
    assert first == second != other
    assert [room.worker.run_one() for _ in range(3)] == [True, True, False]
    room.submit("алло")
    assert not room.worker.run_one()


def test_jobs_are_done_in_the_order_in_which_they_came(room: Room) -> None:
    for text in ("uch", "bir", "ikki"):
        room.submit(text, key=text)
    while room.worker.run_one():
        pass
    assert [room.recognizer.fetch(room.submit(text, key=text)) for text in ("uch", "bir", "ikki")]
    assert len(room.engine.heard) == 3


def test_progress_is_told_while_the_engine_works(room: Room) -> None:
    job = room.submit("алло")
    seen: list[object] = []
    room.engine.meanwhile = lambda: seen.append(room.recognizer.fetch(job))
    room.worker.run_one()
    assert seen == [Pending(0.5)]


def test_a_job_nobody_knows_is_lost(room: Room) -> None:
    assert isinstance(room.recognizer.fetch(JobId("nobody")), Lost)


def test_a_recording_that_does_not_decode_has_failed_for_good(room: Room) -> None:
    job = room.submit("undecodable")
    room.worker.run_one()
    with pytest.raises(RecognitionFailed, match="not_audio"):
        room.recognizer.fetch(job)


def test_a_recording_that_is_gone_or_was_written_anew_is_lost(room: Room) -> None:
    gone, changed = room.submit("алло", key="gone"), room.submit("алло", key="changed")
    audio = room.bucket("dialix-audio")
    audio.delete("uploads/gone")
    audio.write("uploads/changed", [b"another"])
    while room.worker.run_one():
        pass
    assert isinstance(room.recognizer.fetch(gone), Lost)
    assert isinstance(room.recognizer.fetch(changed), Lost)


def test_a_worker_that_is_killed_leaves_its_job_to_the_next(room: Room) -> None:
    job = room.submit("алло")
    assert room.jobs.claim(lease_s=30) is not None  # and then nothing more is heard of that worker
    assert not room.worker.run_one()

    room.now += 31

    assert room.worker.run_one()
    assert isinstance(room.recognizer.fetch(job), Done)


def test_a_worker_that_is_asked_to_stop_gives_its_job_back_at_once(room: Room) -> None:
    job = room.submit("алло")

    def stop() -> None:
        raise Killed

    room.engine.meanwhile = stop
    with pytest.raises(Killed):
        room.worker.run_one()
    room.engine.meanwhile = lambda: None

    assert room.worker.run_one()
    assert isinstance(room.recognizer.fetch(job), Done)


def test_a_worker_that_lost_its_job_does_not_overwrite_what_another_found(room: Room) -> None:
    job = room.submit("алло")
    slow = room.worker

    def overtaken() -> None:
        room.engine.meanwhile = lambda: None
        room.now += 31
        assert room.worker.run_one()

    room.engine.meanwhile = overtaken
    assert slow.run_one()
    assert len(room.engine.heard) == 2
    assert isinstance(room.recognizer.fetch(job), Done)


def test_a_recording_that_ends_every_worker_is_lost_in_the_end(room: Room) -> None:
    job = room.submit("алло")
    for _ in range(MOST_ATTEMPTS):
        assert room.jobs.claim(lease_s=30) is not None
        room.now += 31
    assert room.jobs.claim(lease_s=30) is None
    assert isinstance(room.recognizer.fetch(job), Lost)


def test_a_fault_of_ours_is_tried_again_and_does_not_end_the_worker(room: Room) -> None:
    job, next_job = room.submit("bug", key="bug"), room.submit("алло", key="next")
    for _ in range(MOST_ATTEMPTS + 1):
        while room.worker.run_one():
            pass
        room.now += RETRY_S + 1
    assert isinstance(room.recognizer.fetch(job), Lost)
    assert isinstance(room.recognizer.fetch(next_job), Done)
    assert len(room.engine.heard) == MOST_ATTEMPTS + 1


def test_what_was_said_is_forgotten_a_week_after(room: Room) -> None:
    job = room.submit("алло")
    room.worker.run_one()
    room.now += 8 * 24 * 3600
    room.worker.run_one()
    assert isinstance(room.recognizer.fetch(job), Lost)


@contextmanager
def a_listener(status: int) -> Iterator[tuple[str, list[object]]]:
    told: list[object] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/hooks/recognizers/token", told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [204, 500])
def test_the_hook_is_told_when_the_job_is_done_and_not_what_was_said(room: Room, status: int) -> None:
    with a_listener(status) as (url, told):
        job = room.submit("алло", webhook_url=url)
        room.worker.run_one()
    assert told == [{"job": job, "status": "done"}]
    assert isinstance(room.recognizer.fetch(job), Done)


def test_a_hook_that_nobody_listens_to_changes_nothing(room: Room) -> None:
    job = room.submit("алло", webhook_url="http://127.0.0.1:9/hook")
    room.worker.run_one()
    assert isinstance(room.recognizer.fetch(job), Done)
