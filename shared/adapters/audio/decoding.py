"""A recording as a stream of samples, whatever it was packed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from av.audio.frame import AudioFrame
    from av.container import InputContainer
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CONTAINERS = (
    "aac,aiff,amr,amrnb,amrwb,asf,au,avi,caf,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,ogg,w64,wav"
)
"""The demuxers that may look at a stranger's file. Playlists are not among them: they open further addresses."""
DECLARES_LENGTH = frozenset({"flac", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "asf"})
"""Containers whose header says how long they are, so that a missing end is seen; WAV is looked at by its bytes."""


class Undecodable(Exception):
    """There is no sound to be had from this. `reason` is a value of `call.Reason`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class ByteSource(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass
class Progress:
    """What is known of the recording so far; complete when the samples have ended."""

    container: str = ""
    codec: str = ""
    rate_hz: int = 0
    channels: int = 0
    duration_ms: float = 0.0
    declared_ms: float | None = None
    good_packets: int = 0
    bad_packets: int = 0


def sound(source: ByteSource | str, progress: Progress, *, rate_hz: int) -> Iterator[Floats]:
    """Blocks of (channel, sample) from -1 to 1 at `rate_hz`; `source` is a path, or a pipe that cannot seek.

    Fills `progress` on the way. Raises Undecodable when the source holds no sound at all, or hardly any.
    """
    import av
    from av.error import FFmpegError

    try:
        container = av.open(source, "r", options=_open_options())
    except (FFmpegError, ValueError) as broken:
        raise Undecodable("not_audio", type(broken).__name__) from broken
    with container:
        if not container.streams.audio:
            raise Undecodable("not_audio", f"{container.format.name} without an audio track")
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        progress.container = container.format.name
        progress.codec = stream.codec_context.name
        if stream.duration is not None and stream.time_base is not None:
            progress.declared_ms = float(stream.duration * stream.time_base) * 1000
        elif container.duration is not None:
            progress.declared_ms = container.duration / 1000
        yield from _resampled(_frames(container, stream.index, progress), progress, rate_hz)
    if progress.bad_packets > progress.good_packets:
        raise Undecodable("not_audio", f"{progress.bad_packets} packets that do not decode")
    if progress.duration_ms == 0:
        raise Undecodable("empty_file", f"{progress.container} without a sample")


def _open_options() -> dict[str, str]:
    import av

    audio_codecs = ",".join(sorted(name for name in av.codecs_available if _is_audio_decoder(name)))
    # A picture's or a video's decoder would otherwise run while the file is being probed.
    return {"format_whitelist": CONTAINERS, "codec_whitelist": audio_codecs, "protocol_whitelist": "file,pipe"}


def _is_audio_decoder(name: str) -> bool:
    from av.codec.codec import Codec, UnknownCodecError

    try:
        return Codec(name, "r").type == "audio"
    except UnknownCodecError:  # an encoder only
        return False


def _frames(container: InputContainer, index: int, progress: Progress) -> Iterator[AudioFrame]:
    from av.audio.frame import AudioFrame
    from av.error import EOFError as EndOfStream
    from av.error import FFmpegError

    packets = container.demux(container.streams[index])
    while True:
        try:
            packet = next(packets)
        except (StopIteration, EndOfStream):
            return
        except FFmpegError:
            # The container breaks off here. What came before is sound; whether enough of it, the caller compares
            # with the declared length.
            progress.bad_packets += 1
            return
        try:
            frames = packet.decode()
        except EndOfStream:
            return
        except FFmpegError:
            progress.bad_packets += 1
            continue
        progress.good_packets += 1
        yield from (frame for frame in frames if isinstance(frame, AudioFrame))


def _resampled(frames: Iterator[AudioFrame], progress: Progress, rate_hz: int) -> Iterator[Floats]:
    from av.audio.resampler import AudioResampler

    resampler: AudioResampler | None = None
    form: tuple[object, ...] = ()
    for frame in frames:
        if not progress.channels:
            progress.channels = frame.layout.nb_channels
            progress.rate_hz = frame.sample_rate
        progress.duration_ms += frame.samples * 1000 / frame.sample_rate
        frame.pts = None  # gaps in the time stamps would be filled or dropped; samples are what is counted
        if form != (frame.format.name, frame.layout.name, frame.sample_rate):
            if resampler is not None:
                yield from _planes(resampler.resample(None))
            form = (frame.format.name, frame.layout.name, frame.sample_rate)
            layout = {1: "mono", 2: "stereo"}.get(progress.channels, frame.layout.name)
            resampler = AudioResampler(format="fltp", layout=layout, rate=rate_hz)
        if resampler is not None:
            yield from _planes(resampler.resample(frame))
    if resampler is not None:
        yield from _planes(resampler.resample(None))


def _planes(frames: list[AudioFrame]) -> Iterator[Floats]:
    import numpy as np

    for frame in frames:
        if frame.samples:
            yield np.nan_to_num(frame.to_ndarray().astype(np.float32, copy=False), posinf=0, neginf=0)
