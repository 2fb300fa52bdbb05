"""What is too large for a document, as gzipped JSON in the artifacts bucket."""

from __future__ import annotations

import gzip
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from shared.domain.audio import AudioScan
from shared.domain.errors import NotFound
from shared.domain.identity import CallId, CompanyId
from shared.domain.transcript import Turn
from shared.ports.object_store import ObjectStore

M = TypeVar("M", bound=BaseModel)


class TranscriptArtifact(BaseModel):
    """The turns with their words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turns: tuple[Turn, ...]
    recognizer: str
    model: str


def scan_path(company: CompanyId, call: CallId) -> str:
    return f"companies/{company}/calls/{call}/scan.json.gz"


def transcript_path(company: CompanyId, call: CallId, revision: int) -> str:
    return f"companies/{company}/calls/{call}/transcript-{revision:04d}.json.gz"


def write_scan(store: ObjectStore, company: CompanyId, call: CallId, scan: AudioScan) -> None:
    _write(store, scan_path(company, call), scan)


def read_scan(store: ObjectStore, company: CompanyId, call: CallId) -> AudioScan | None:
    return _read(store, scan_path(company, call), AudioScan)


def write_transcript(
    store: ObjectStore, company: CompanyId, call: CallId, revision: int, transcript: TranscriptArtifact
) -> None:
    _write(store, transcript_path(company, call, revision), transcript)


def read_transcript(store: ObjectStore, company: CompanyId, call: CallId, revision: int) -> TranscriptArtifact | None:
    return _read(store, transcript_path(company, call, revision), TranscriptArtifact)


def _write(store: ObjectStore, path: str, model: BaseModel) -> None:
    packed = gzip.compress(model.model_dump_json().encode(), mtime=0)
    store.write(path, [packed], content_type="application/gzip")


def _read(store: ObjectStore, path: str, model: type[M]) -> M | None:
    try:
        packed = b"".join(store.read(path))
    except NotFound:
        return None
    return model.model_validate_json(gzip.decompress(packed))
