"""Recordings for tests, made here: spoken words from the samples, packed in whatever a PBX sends."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE_HZ = 8_000
FORMATS = (
    ("wav", "pcm_s16le", 8_000),
    ("wav", "pcm_alaw", 8_000),
    ("wav", "pcm_mulaw", 8_000),
    ("wav", "adpcm_ima_wav", 8_000),
    ("mp3", "libmp3lame", 8_000),
    ("ogg", "libopus", 48_000),
    ("webm", "libopus", 48_000),
    ("mp4", "aac", 16_000),
    ("flac", "flac", 8_000),
    ("asf", "wmav2", 16_000),
    ("wav", "pcm_s16le", 96_000),
    ("aiff", "pcm_s16be", 44_100),
)
"""(container, codec, rate) of what exchanges make and an encoder is at hand for."""

SAMPLES = Path(__file__).parents[3] / "samples"


@cache
def a_call() -> Samples:
    """(2, n) at 8 kHz: the first 20 seconds of a stereo call, of which somebody speaks for about 15."""
    with av.open(str(SAMPLES / "en-wrong-number.wav"), "r") as container:
        frames = [frame.to_ndarray().reshape(-1, 2).T for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1)[:, : 20 * RATE_HZ].astype(np.int16)


def silence(seconds: float, channels: int = 2) -> Samples:
    return np.zeros((channels, round(seconds * RATE_HZ)), np.int16)


def packed(samples: Samples, container: str, codec: str, *, rate_hz: int = RATE_HZ) -> bytes:
    """The samples as a file's bytes."""
    layout = {1: "mono", 2: "stereo", 3: "2.1", 6: "5.1"}[len(samples)]
    target = io.BytesIO()
    with av.open(target, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate_hz)
        assert isinstance(stream, AudioStream)
        stream.codec_context.layout = layout
        if codec.startswith("wma"):  # which has no rate of its own
            stream.bit_rate = 64_000
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples.T).reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = RATE_HZ
        resampler = AudioResampler(
            format=stream.codec_context.format,
            layout=layout,
            rate=rate_hz,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return target.getvalue()
