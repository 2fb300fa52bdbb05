"""The program that scans one recording: `python -m shared.adapters.audio.scan_process`, started by the scanner.

It reads the recording from its standard input (or from the file named), writes one line of JSON, and ends. It holds
nothing that grows with the recording's length but the spans of speech.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.adapters.audio.decoding import DECLARES_LENGTH, ByteSource, Progress, Undecodable, sound
from shared.adapters.audio.voice_activity import CHUNK_SAMPLES, RATE_HZ, SileroVoice, SpanCollector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

BATCH_SAMPLES = CHUNK_SAMPLES * 125
"""Four seconds: enough for the network's multiplications to be large, and nothing to hold."""
FIRST_PEAK_MS = 20
MOST_PEAKS = 4_000
MISSING_SHARE, MISSING_MS = 0.02, 1_000
"""A recording that lacks more of its declared length than both of these is cut off."""
DUPLICATE_ENERGY = 1e-3
"""Two channels whose difference holds less than this share of their energy carry the same sound: mono in disguise."""


@dataclass
class Peaks:
    """The largest amplitude in each `every_ms`; when there are too many, neighbours join and `every_ms` doubles."""

    every_ms: int = FIRST_PEAK_MS
    values: list[float] = field(default_factory=list)
    _rest: Floats | None = None

    def add(self, samples: Floats) -> None:
        import numpy as np

        if self._rest is not None:
            samples = np.concatenate([self._rest, samples])
        width = RATE_HZ * self.every_ms // 1000
        whole = len(samples) // width * width
        self.values += np.abs(samples[:whole].reshape(-1, width)).max(axis=1).tolist()
        self._rest = samples[whole:]
        while len(self.values) > MOST_PEAKS:
            self._join()

    def finish(self) -> bytes:
        if self._rest is not None and len(self._rest):
            self.values.append(float(abs(self._rest).max()))
        return bytes(min(255, round(value * 255)) for value in self.values)

    def _join(self) -> None:
        import numpy as np

        # An odd one out at the end is kept back as samples of its loudness, so that it joins its true neighbour.
        if len(self.values) % 2:
            held = np.full(RATE_HZ * self.every_ms // 1000, self.values.pop(), np.float32)
            self._rest = held if self._rest is None else np.concatenate([held, self._rest])
        self.values = [max(pair) for pair in zip(self.values[::2], self.values[1::2], strict=True)]
        self.every_ms *= 2


class Channel:
    """Speech and peaks of one channel, fed in whole chunks."""

    def __init__(self) -> None:
        self._voice = SileroVoice()
        self._spans = SpanCollector()
        self.peaks = Peaks()

    def add(self, samples: Floats, *, padded_to: Floats) -> None:
        """`padded_to` is `samples`, at the recording's end with silence up to a whole chunk."""
        self.peaks.add(samples)
        for probability in self._voice.probabilities(padded_to):
            self._spans.add(float(probability))

    def spans(self, duration_ms: int) -> list[tuple[int, int]]:
        return self._spans.finish(duration_ms)


def scanned(source: ByteSource | str, *, max_duration_ms: int) -> dict[str, object]:
    """The scan as JSON holds it. Raises Undecodable with the reason."""
    import numpy as np

    progress = Progress()
    channels: list[Channel] = []
    waiting: list[Floats] = []
    waiting_samples = 0
    difference = energy = 0.0

    def flush(*, is_last: bool) -> None:
        nonlocal difference, energy, waiting_samples
        if not waiting:
            return
        block = np.concatenate(waiting, axis=1)
        whole = block.shape[1] if is_last else block.shape[1] // CHUNK_SAMPLES * CHUNK_SAMPLES
        now, rest = block[:, :whole], block[:, whole:]
        waiting[:] = [rest]
        waiting_samples = rest.shape[1]
        padded = np.pad(now, ((0, 0), (0, -whole % CHUNK_SAMPLES)))
        for index, channel in enumerate(channels):
            channel.add(now[index], padded_to=padded[index])
        if len(channels) == 2:
            difference += float(np.square(now[0] - now[1]).sum())
            energy += float(np.square(now).sum()) / 2

    for block in sound(source, progress, rate_hz=RATE_HZ):
        if progress.channels > 2:
            raise Undecodable("too_many_channels", str(progress.channels))
        if progress.duration_ms > max_duration_ms:
            raise Undecodable("too_long", f"over {max_duration_ms} ms")
        if not channels:
            channels = [Channel() for _ in range(progress.channels)]
        waiting.append(block)
        waiting_samples += block.shape[1]
        if waiting_samples >= BATCH_SAMPLES:
            flush(is_last=False)
    flush(is_last=True)
    _refuse_a_cut_off(progress)
    if len(channels) == 2 and energy > 0 and difference < DUPLICATE_ENERGY * energy:
        channels = channels[:1]
    duration_ms = round(progress.duration_ms)
    return {
        "duration_ms": duration_ms,
        "channels": len(channels),
        "sample_rate_hz": progress.rate_hz,
        "container": progress.container,
        "codec": progress.codec,
        "speech": [channel.spans(duration_ms) for channel in channels],
        "peaks": [base64.b64encode(channel.peaks.finish()).decode() for channel in channels],
        "peak_ms": channels[0].peaks.every_ms,
    }


def _refuse_a_cut_off(progress: Progress) -> None:
    if progress.container not in DECLARES_LENGTH or progress.declared_ms is None:
        return
    missing_ms = progress.declared_ms - progress.duration_ms
    if missing_ms > max(MISSING_MS, MISSING_SHARE * progress.declared_ms):
        raise Undecodable("truncated", f"{missing_ms:.0f} of {progress.declared_ms:.0f} ms are missing")


class _Pipe:
    """Standard input without the buffer: PyAV asks for what it wants, and must not think that it can seek."""

    def read(self, size: int, /) -> bytes:
        return os.read(0, size)


def _limit(memory_bytes: int, cpu_s: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows; the scanner's own clock still ends a process that hangs
        return
    for kind, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, cpu_s)):
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS
            continue


def main() -> None:
    path, max_duration_ms, memory_bytes, cpu_s = sys.argv[1], *(int(value) for value in sys.argv[2:5])
    _limit(memory_bytes, cpu_s)
    try:
        answer = scanned(_Pipe() if path == "-" else path, max_duration_ms=max_duration_ms)
    except Undecodable as refusal:
        answer = {"reason": refusal.reason, "detail": refusal.detail}
    os.close(0)  # a sender that is still writing stops now, and reads this answer
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
