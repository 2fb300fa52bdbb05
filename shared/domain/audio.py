"""What a recording is, measured once while it streams by: length, channels, where somebody speaks."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Span(BaseModel):
    """A stretch of time within a call, in milliseconds from its start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


class AudioFacts(BaseModel):
    """Measured from the decoded audio, never taken from a header."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duration_ms: int
    channels: int
    sample_rate_hz: int
    container: str
    """As the demuxer names it: wav, mp3, ogg, mov,mp4,m4a, amr, …"""
    codec: str
    speech_ms: int
    """Time in which anybody speaks, on any channel."""


class AudioScan(BaseModel):
    """Facts plus, for each channel, where there is speech, and loudness for drawing.

    `peaks[channel]` holds one value from 0 to 255 for every `peak_ms` of audio.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    facts: AudioFacts
    speech: tuple[tuple[Span, ...], ...]
    peaks: tuple[bytes, ...]
    peak_ms: int


def union(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The spans in order with overlaps and touching neighbours joined: idempotent, order does not matter.

    A span of no length, which a recogniser may give a word, covers nothing and is left out.
    """
    joined: list[Span] = []
    for span in sorted((s for s in spans if s.end_ms > s.start_ms), key=lambda s: (s.start_ms, s.end_ms)):
        if joined and span.start_ms <= joined[-1].end_ms:
            if span.end_ms > joined[-1].end_ms:
                joined[-1] = Span(start_ms=joined[-1].start_ms, end_ms=span.end_ms)
        else:
            joined.append(span)
    return tuple(joined)


def total_ms(spans: tuple[Span, ...]) -> int:
    """Time covered by at least one of the spans."""
    return sum(span.length_ms for span in union(spans))
