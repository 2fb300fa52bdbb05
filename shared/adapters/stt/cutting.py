"""A recording as the pieces that a vendor takes: a file for each channel, no longer than its limit, cut in silence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.audio.decoding import Progress, Undecodable, sound
from shared.domain.audio import Span
from shared.domain.errors import RecognitionFailed
from shared.ports.recognizer import RecognitionRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

RATE_HZ = 16_000
_BIT_RATE = 48_000
_LOOK_BACK = 0.2
"""Share of the longest piece within whose last part a silence is looked for."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An MP3 of one channel, which begins at `start_ms` of the recording."""

    path: Path
    channel: int
    start_ms: int


def cuts(speech: Sequence[Span], duration_ms: int, longest_ms: int) -> list[int]:
    """Where to begin a new piece, ascending, 0 not among them: in the middle of the longest silence within reach."""
    found: list[int] = []
    begin = 0
    while duration_ms - begin > longest_ms:
        latest = begin + longest_ms
        earliest = latest - int(longest_ms * _LOOK_BACK)
        ends = [earliest, *(span.end_ms for span in speech if earliest < span.end_ms < latest)]
        pauses = [
            (min((span.start_ms for span in speech if span.start_ms >= end), default=latest), end) for end in ends
        ]
        quiet = [
            (min(until, latest) - end, (min(until, latest) + end) // 2)
            for until, end in pauses
            if not any(span.start_ms < end < span.end_ms for span in speech)
        ]
        begin = max(quiet)[1] if quiet and max(quiet)[0] > 0 else latest
        found.append(begin)
    return found


@contextmanager
def pieces(request: RecognitionRequest, *, longest_ms: int) -> Iterator[list[Piece]]:
    """The files, gone when the block ends. Decoded as a stream; a channel without speech has no piece.

    Raises RecognitionFailed, and what the object store raises.
    """
    spoken = [channel for channel, spans in enumerate(request.speech[: request.channels]) if spans]
    with tempfile.TemporaryDirectory(prefix="dialix-cut-") as folder:
        recording = Path(folder) / "recording"
        with recording.open("wb") as file:
            file.writelines(request.audio.read(request.path, generation=request.generation))
        try:
            yield _written(recording, Path(folder), request, spoken, longest_ms)
        except Undecodable as broken:
            raise RecognitionFailed(broken.reason) from broken


def _written(
    recording: Path, folder: Path, request: RecognitionRequest, spoken: Sequence[int], longest_ms: int
) -> list[Piece]:
    starts = {channel: [0, *cuts(request.speech[channel], request.duration_ms, longest_ms)] for channel in spoken}
    found: list[Piece] = []
    writers: dict[int, _MP3] = {}
    position = 0
    for block in sound(str(recording), Progress(), rate_hz=RATE_HZ):
        for channel in spoken:
            samples = block[min(channel, len(block) - 1)]
            at = position
            while len(samples):
                if channel not in writers:
                    start = starts[channel].pop(0)
                    path = folder / f"{channel}-{start}.mp3"
                    found.append(Piece(path, channel, start))
                    writers[channel] = _MP3(path)
                left = (starts[channel][0] * RATE_HZ // 1000 - at) if starts[channel] else len(samples)
                writers[channel].add(samples[: max(0, left)])
                at += min(len(samples), max(0, left))
                samples = samples[max(0, left) :]
                if len(samples):
                    writers.pop(channel).close()
        position += block.shape[1]
    for writer in writers.values():
        writer.close()
    return sorted(found, key=lambda piece: (piece.channel, piece.start_ms))


class _MP3:
    def __init__(self, path: Path) -> None:
        import av

        self._output: Any = av.open(str(path), "w", format="mp3")
        self._stream: Any = self._output.add_stream("libmp3lame", rate=RATE_HZ, layout="mono")
        self._stream.bit_rate = _BIT_RATE
        self._resampler: Any = av.AudioResampler(
            format=self._stream.codec_context.format, layout="mono", rate=RATE_HZ, frame_size=1152
        )

    def add(self, samples: Floats) -> None:
        import numpy as np
        from av.audio.frame import AudioFrame

        if not len(samples):
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="fltp", layout="mono")
        frame.sample_rate = RATE_HZ
        for ready in self._resampler.resample(frame):
            self._output.mux(self._stream.encode(ready))

    def close(self) -> None:
        for ready in self._resampler.resample(None):
            self._output.mux(self._stream.encode(ready))
        self._output.mux(self._stream.encode(None))
        self._output.close()
