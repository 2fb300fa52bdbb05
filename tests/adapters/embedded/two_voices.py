"""A mono call of two readers, made of the samples: the English one and the Russian one, in turns."""

from __future__ import annotations

import wave
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.adapters.audio.decoding import Progress, sound
from shared.adapters.audio.scanner import PyAVScanner
from shared.adapters.embedded.speech_windows import RATE_HZ
from shared.domain.audio import Span

SAMPLES = Path(__file__).parents[3] / "samples"
READERS = (("en-wrong-number.wav", "en-conference.ogg"), ("ru-ozhidanie.mp3", "ru-spravochnaya.m4a"))
_PAUSE = np.zeros(RATE_HZ * 2 // 5, np.float32)

Floats = NDArray[np.float32]


@cache
def stretches(reader: int) -> list[Floats]:
    """Everything that the reader says, a stretch of speech at a time, at 16 kHz."""
    return list(chain.from_iterable(_spoken(SAMPLES / name) for name in READERS[reader]))


def _spoken(path: Path) -> list[Floats]:
    data = path.read_bytes()
    samples = np.concatenate(list(sound(str(path), Progress(), rate_hz=RATE_HZ)), axis=1)
    scan = PyAVScanner().scan(iter([data]), size_bytes=len(data), max_duration_ms=600_000)
    per_ms = RATE_HZ // 1000
    return [
        samples[channel, span.start_ms * per_ms : span.end_ms * per_ms]
        for channel, spans in enumerate(scan.speech)
        for span in spans
    ]


def in_turns(*readers: int) -> tuple[Floats, tuple[tuple[Span, int], ...]]:
    """The samples of one channel, and who speaks when."""
    parts: list[Floats] = []
    said: list[tuple[Span, int]] = []
    at = 0
    turns: Any = zip(*(stretches(reader) for reader in readers), strict=False)
    for turn in turns:
        for reader, samples in zip(readers, turn, strict=True):
            span = Span(start_ms=at * 1000 // RATE_HZ, end_ms=(at + len(samples)) * 1000 // RATE_HZ)
            said.append((span, reader))
            parts += [samples, _PAUSE]
            at += len(samples) + len(_PAUSE)
    return np.concatenate(parts), tuple(said)


def written(samples: Floats, path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())
    return path
