"""Listening to a recording once, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from shared.domain.audio import AudioScan


class AudioScanner(Protocol):
    def scan(self, chunks: Iterator[bytes], *, size_bytes: int, max_duration_ms: int) -> AudioScan:
        """Decodes the whole recording in memory that does not grow with its length.

        Content decides what it is, not its name. Raises AudioRejected with the reason (empty_file, not_audio,
        truncated, too_long, too_many_channels, decoder_stuck) when it can never be processed. A recording without
        speech is not rejected: its `speech` is empty.
        """
        ...
