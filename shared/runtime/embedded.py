"""The embedded world: one machine, Python alone, everything under one data folder."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shared.ports.document_store import DocumentStore
from shared.ports.event_bus import EventBus
from shared.ports.judge import Judge
from shared.ports.object_store import ObjectStore
from shared.ports.recognizer import Recognizer
from shared.ports.secret_box import SecretBox
from shared.ports.task_queue import TaskQueue
from shared.runtime.any_world import AnyWorld
from shared.runtime.embedded_models import EmbeddedModels
from shared.runtime.settings import Settings

if TYPE_CHECKING:
    from shared.adapters.embedded.folder_objects import FolderObjects

AUDIO_BUCKET = "dialix-audio"
ARTIFACTS_BUCKET = "dialix-artifacts"
QUEUE_FILE = "queue.sqlite3"
LINKS_PATH = "/objects"
"""Where the api serves the embedded buckets' signed links."""


class EmbeddedWorld(AnyWorld):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.data_dir = settings.data_dir
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._models = EmbeddedModels(self.data_dir)

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

        return SQLiteEventBus(self.data_dir / QUEUE_FILE)

    @cached_property
    def tasks(self) -> TaskQueue:
        from shared.adapters.embedded.sqlite_queue import SQLiteTaskQueue

        return SQLiteTaskQueue(self.data_dir / QUEUE_FILE)

    @cached_property
    def secrets(self) -> SecretBox:
        from shared.adapters.embedded.key_file import KeyFile
        from shared.adapters.sealed_secrets import SealedSecrets

        return SealedSecrets(KeyFile(self.data_dir / "secrets-key"))

    def recognizer(self, name: str) -> Recognizer:
        return self._models.recognizer(name) if name == "whisper" else super().recognizer(name)

    def judge(self, name: str) -> Judge:
        return self._models.judge(name) if name == "e5" else super().judge(name)
