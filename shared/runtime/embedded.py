"""The embedded world: one machine, Python alone, everything under one data folder."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from shared.domain.errors import InvalidInput
from shared.ports.audio_scanner import AudioScanner
from shared.ports.clock import Clock, Ids
from shared.ports.document_store import DocumentStore
from shared.ports.event_bus import EventBus
from shared.ports.judge import Judge
from shared.ports.object_store import ObjectStore
from shared.ports.recognizer import Recognizer
from shared.ports.task_queue import TaskQueue
from shared.runtime.settings import Settings
from shared.services.world import Limits

if TYPE_CHECKING:
    from shared.adapters.embedded.folder_objects import FolderObjects

AUDIO_BUCKET = "dialix-audio"
ARTIFACTS_BUCKET = "dialix-artifacts"
JOBS_FILE = "jobs.sqlite3"
LINKS_PATH = "/objects"
"""Where the api serves the embedded buckets' signed links."""


class EmbeddedWorld:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.data_dir = settings.data_dir
        self.data_dir.mkdir(parents=True, exist_ok=True)

    @cached_property
    def documents(self) -> DocumentStore:
        from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
        from shared.services.repositories.calls import INDEXES

        return SQLiteDocuments(self.data_dir / "documents.sqlite3", INDEXES)

    @property
    def audio(self) -> ObjectStore:
        return self.audio_folder

    @cached_property
    def audio_folder(self) -> FolderObjects:
        return self._bucket(AUDIO_BUCKET)

    @cached_property
    def artifacts(self) -> ObjectStore:
        return self._bucket(ARTIFACTS_BUCKET)

    def _bucket(self, name: str) -> FolderObjects:
        from shared.adapters.embedded.folder_objects import FolderObjects

        return FolderObjects(
            self.data_dir / "buckets",
            name,
            link_base_url=self._settings.public_url + LINKS_PATH,
            link_key=self.signing_secret,
        )

    @cached_property
    def events(self) -> EventBus:
        from shared.adapters.embedded.sqlite_queue import SQLiteEventBus

        return SQLiteEventBus(self.data_dir / "queue.sqlite3")

    @cached_property
    def tasks(self) -> TaskQueue:
        from shared.adapters.embedded.sqlite_queue import SQLiteTaskQueue

        return SQLiteTaskQueue(self.data_dir / "queue.sqlite3")

    @cached_property
    def scanner(self) -> AudioScanner:
        from shared.adapters.audio.scanner import PyAVScanner

        return PyAVScanner()

    @cached_property
    def clock(self) -> Clock:
        from shared.adapters.system import SystemClock

        return SystemClock()

    @cached_property
    def ids(self) -> Ids:
        from shared.adapters.system import SystemIds

        return SystemIds()

    @property
    def limits(self) -> Limits:
        return Limits(
            lease=timedelta(seconds=self._settings.lease_s),
            step_due=timedelta(seconds=self._settings.step_due_s),
            first_poll=timedelta(seconds=self._settings.first_poll_s),
        )

    @property
    def hook_base_url(self) -> str | None:
        return self._settings.public_url

    @property
    def signing_secret(self) -> bytes:
        return self._settings.signing_secret.get_secret_value().encode()

    def recognizer(self, name: str) -> Recognizer:
        if name != "whisper":
            raise InvalidInput("recognizer", f"{name} is not known here; use whisper")
        return self._whisper

    @cached_property
    def _whisper(self) -> Recognizer:
        from shared.adapters.embedded.whisper_recognizer import WhisperRecognizer

        return WhisperRecognizer(self.data_dir / JOBS_FILE)

    def judge(self, name: str) -> Judge:
        if name != "e5":
            raise InvalidInput("judge", f"{name} is not known here; use e5")
        return self._e5

    @cached_property
    def _e5(self) -> Judge:
        from shared.adapters.embedded.e5_judge import E5Judge

        return E5Judge()
