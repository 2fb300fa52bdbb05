"""Every entry point of every function, and what calls it: the map that Terraform draws in the cloud."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.services.world import CALL_TRANSCRIBED, DEAD_LETTERS


class Kind(StrEnum):
    """How functions-framework serves it."""

    CLOUD_EVENT = "cloudevent"
    HTTP = "http"
    ASGI = "asgi"


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """`name` begins with its folder's name and is unique in the repository."""

    folder: str
    name: str
    kind: Kind
    topic: str | None = None
    """Our own topic whose messages it takes."""
    is_bucket_trigger: bool = False
    """Called when an object of the audio bucket is finalised."""
    every_s: float | None = None
    """Called by the scheduler with this period."""


ENTRY_POINTS = (
    EntryPoint("transcribe", "transcribe", Kind.CLOUD_EVENT, is_bucket_trigger=True),
    EntryPoint("transcribe", "transcribe_submit", Kind.HTTP),
    EntryPoint("transcribe", "transcribe_result", Kind.HTTP),
    EntryPoint("transcribe", "transcribe_sweep", Kind.HTTP, every_s=600),
    EntryPoint("transcribe", "transcribe_reconcile", Kind.HTTP, every_s=3600),
    EntryPoint("ingest_pbx", "ingest_pbx", Kind.HTTP, every_s=300),
    EntryPoint("ingest_pbx", "ingest_pbx_sync", Kind.HTTP),
    EntryPoint("ingest_pbx", "ingest_pbx_recording", Kind.HTTP),
    EntryPoint("analyze", "analyze", Kind.CLOUD_EVENT, topic=CALL_TRANSCRIBED),
    EntryPoint("analyze", "analyze_dead_letter", Kind.CLOUD_EVENT, topic=DEAD_LETTERS),
    EntryPoint("api", "api", Kind.ASGI),
)
