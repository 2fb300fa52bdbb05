"""The recogniser and the judge that need no key and no network."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from shared.domain.errors import InvalidInput
from shared.ports.judge import Judge
from shared.ports.recognizer import Recognizer

JOBS_FILE = "jobs.sqlite3"
"""In the data folder: what the recogniser's worker process is to do."""


class EmbeddedModels:
    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def recognizer(self, name: str) -> Recognizer:
        """Raises InvalidInput when there is none of that name."""
        if name != "whisper":
            raise InvalidInput("recognizer", f"{name} is not known here; use whisper")
        return self._whisper

    @cached_property
    def _whisper(self) -> Recognizer:
        from shared.adapters.embedded.whisper_recognizer import WhisperRecognizer

        return WhisperRecognizer(self._data_dir / JOBS_FILE)

    def judge(self, name: str) -> Judge:
        """Raises InvalidInput when there is none of that name."""
        if name != "e5":
            raise InvalidInput("judge", f"{name} is not known here; use e5")
        return self._e5

    @cached_property
    def _e5(self) -> Judge:
        from shared.adapters.embedded.e5_judge import E5Judge

        return E5Judge()
