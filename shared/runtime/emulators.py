"""Google's adapters on emulators, with the embedded recogniser and judge: the cloud's own code on one machine.

FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and STORAGE_EMULATOR_HOST say where the emulators are, as Google's own
clients read them.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from shared.ports.judge import Judge
from shared.ports.recognizer import Recognizer
from shared.ports.secret_box import SecretBox
from shared.ports.task_queue import TaskQueue
from shared.runtime.embedded_models import EmbeddedModels
from shared.runtime.google import GoogleWorld
from shared.runtime.settings import Settings


class EmulatorsWorld(GoogleWorld):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.data_dir: Path = settings.data_dir
        self._models = EmbeddedModels(settings.data_dir)

    def _signer(self) -> None:
        """There is no IAM to sign with, and the emulator checks no signature."""

    @cached_property
    def tasks(self) -> TaskQueue:
        from shared.adapters.gcp.cloud_tasks import CloudTasks

        return CloudTasks(
            self._settings.project,
            self._settings.region,
            self._settings.function_urls,
            invoker=self._settings.invoker_account,
            endpoint=self._settings.tasks_endpoint,
        )

    @cached_property
    def secrets(self) -> SecretBox:
        from shared.adapters.embedded.key_file import KeyFile
        from shared.adapters.sealed_secrets import SealedSecrets

        return SealedSecrets(KeyFile(self.data_dir / "secrets-key"))

    def recognizer(self, name: str) -> Recognizer:
        return self._models.recognizer(name) if name == "whisper" else super().recognizer(name)

    def judge(self, name: str) -> Judge:
        return self._models.judge(name) if name == "e5" else super().judge(name)
