"""A recording as a recogniser is asked to hear it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.domain.audio import Span
from shared.domain.identity import JobId
from shared.ports.recognizer import Done, Lost, Pending, RecognitionRequest, Recognizer
from tests.adapters.audio.recordings import RATE_HZ, a_call, packed

SPEECH = ((Span(start_ms=400, end_ms=5_000),), (Span(start_ms=5_600, end_ms=9_000),))


def a_request(folder: Path, *, seconds: int = 10, channels: int = 2, **more: Any) -> RecognitionRequest:
    store = FolderObjects(folder, "audio", "http://x", b"k")
    stat = store.write("call.wav", [packed(a_call()[:channels, : seconds * RATE_HZ], "wav", "pcm_s16le")])
    return RecognitionRequest(
        **{
            "key": "k",
            "audio": store,
            "path": "call.wav",
            "generation": stat.generation,
            "duration_ms": seconds * 1000,
            "channels": channels,
            "speech": SPEECH[:channels],
            "language_hint": None,
            "webhook_url": "https://dialix.example/hook",
            **more,
        }
    )


def finished(recognizer: Recognizer, job: JobId, looks: int = 5) -> Done | Lost | Pending:
    for _ in range(looks):
        state = recognizer.fetch(job)
        if not isinstance(state, Pending):
            return state
    return state
