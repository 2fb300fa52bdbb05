"""The parts of a recording that hold speech, packed into windows for a recogniser, from one pass over its samples.

Whisper looks at 30 seconds at a time, however little of it is speech. So the spans of one channel are laid end to end,
their long pauses left out, until a window is full; a window knows where each of its pieces came from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.domain.audio import Span, union

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

RATE_HZ = 16_000
LONGEST_S = 28
CUT_WITHIN_S = 5
"""A window full in the middle of speech is cut at the quietest place of its last seconds, likely between words."""
MARGIN_MS = 200
"""Real sound kept on both sides of a span: without it the first consonant is lost."""


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` samples which lie at `at` in the window, and began at `start` in the recording."""

    at: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Window:
    channel: int
    samples: Floats
    pieces: tuple[Piece, ...]

    @property
    def length_s(self) -> float:
        return len(self.samples) / RATE_HZ

    @property
    def end_ms(self) -> int:
        """Where in the recording its last piece ends."""
        return round((self.pieces[-1].start + self.pieces[-1].length) * 1000 / RATE_HZ)

    def piece_at(self, time_s: float) -> int:
        """Which of the pieces sounds at that time of the window."""
        return max(0, bisect_right([piece.at for piece in self.pieces], time_s * RATE_HZ) - 1)

    def original_ms(self, time_s: float, piece_index: int) -> int:
        """That time of the window as a time of the recording, kept within the piece."""
        piece = self.pieces[piece_index]
        within = min(max(0.0, time_s * RATE_HZ - piece.at), piece.length)
        return round((piece.start + within) * 1000 / RATE_HZ)


def windows(blocks: Iterable[Floats], speech: tuple[tuple[Span, ...], ...]) -> Iterator[Window]:
    """Windows of every channel in the order in which they fill.

    `blocks` are (channel, sample) at 16 kHz, in order; channels that `speech` does not name are passed over.
    """
    packers = [_Packer(channel, spans) for channel, spans in enumerate(speech)]
    for block in blocks:
        for packer, samples in zip(packers, block, strict=False):
            yield from packer.add(samples)
    for packer in packers:
        yield from packer.finish()


@dataclass
class _Packer:
    channel: int
    spans: tuple[Span, ...]
    _ranges: list[tuple[int, int]] = field(default_factory=list)
    _range: int = 0
    _position: int = 0
    _held: list[Floats] = field(default_factory=list)
    _pieces: list[Piece] = field(default_factory=list)

    def __post_init__(self) -> None:
        per_ms = RATE_HZ // 1000
        widened = tuple(
            Span(start_ms=max(0, span.start_ms - MARGIN_MS), end_ms=span.end_ms + MARGIN_MS) for span in self.spans
        )
        self._ranges = [(span.start_ms * per_ms, span.end_ms * per_ms) for span in union(widened)]

    def add(self, samples: Floats) -> Iterator[Window]:
        begin, end = self._position, self._position + len(samples)
        self._position = end
        while self._range < len(self._ranges):
            start, stop = self._ranges[self._range]
            if start >= end:
                return
            if begin <= start and self._held_samples() + stop - start > LONGEST_S * RATE_HZ:
                yield from self.finish()
            self._hold(samples[max(0, start - begin) : stop - begin], max(start, begin))
            while self._held_samples() > LONGEST_S * RATE_HZ:
                yield self._cut()
            if stop > end:
                return
            self._range += 1

    def finish(self) -> Iterator[Window]:
        if self._held_samples():
            yield self._window(self._held_samples())

    def _held_samples(self) -> int:
        return sum(len(part) for part in self._held)

    def _hold(self, samples: Floats, start: int) -> None:
        if not len(samples):
            return
        last = self._pieces[-1] if self._pieces else None
        if last is not None and last.start + last.length == start:
            self._pieces[-1] = Piece(last.at, last.start, last.length + len(samples))
        else:
            self._pieces.append(Piece(self._held_samples(), start, len(samples)))
        self._held.append(samples.copy())

    def _cut(self) -> Window:
        import numpy as np

        step = RATE_HZ // 10
        last, first = LONGEST_S * RATE_HZ, (LONGEST_S - CUT_WITHIN_S) * RATE_HZ
        tail = np.concatenate(self._held)[first:last]
        loudness = np.square(tail.reshape(-1, step)).sum(axis=1)
        return self._window(first + int(loudness.argmin()) * step + step // 2)

    def _window(self, length: int) -> Window:
        import numpy as np

        samples = np.concatenate(self._held)
        here, later = _split(self._pieces, length)
        self._pieces = later
        self._held = [samples[length:]] if length < len(samples) else []
        return Window(channel=self.channel, samples=samples[:length], pieces=tuple(here))


def _split(pieces: list[Piece], at: int) -> tuple[list[Piece], list[Piece]]:
    here = [Piece(p.at, p.start, min(p.length, at - p.at)) for p in pieces if p.at < at]
    later = [
        Piece(max(0, p.at - at), p.start + max(0, at - p.at), p.length - max(0, at - p.at))
        for p in pieces
        if p.at + p.length > at
    ]
    return here, later
