from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.adapters.embedded.speech_windows import LONGEST_S, MARGIN_MS, RATE_HZ, Window, windows
from shared.domain.audio import Span, total_ms, union

Floats = NDArray[np.float32]

PER_MS = RATE_HZ // 1000


def numbered(duration_ms: int, channels: int = 2, block_ms: int = 700) -> Iterator[Floats]:
    """A recording in which each sample's value says where it is, and on which channel."""
    where = np.arange(duration_ms * PER_MS, dtype=np.float32)
    whole = np.stack([where + 0.5 * channel for channel in range(channels)])
    for at in range(0, whole.shape[1], block_ms * PER_MS):
        yield whole[:, at : at + block_ms * PER_MS]


def a_channel(*spans: tuple[int, int]) -> tuple[Span, ...]:
    return tuple(Span(start_ms=start, end_ms=end) for start, end in spans)


@st.composite
def speech(draw: st.DrawFn) -> tuple[Span, ...]:
    now, spans = 0, []
    for _ in range(draw(st.integers(0, 8))):
        now += draw(st.integers(50, 9_000))
        length = draw(st.integers(200, 40_000))
        spans.append(Span(start_ms=now, end_ms=now + length))
        now += length
    return tuple(spans)


@given(speech(), speech())
def test_every_sample_of_speech_is_in_exactly_one_window_of_its_channel(
    left: tuple[Span, ...], right: tuple[Span, ...]
) -> None:
    duration_ms = 400_000
    found = list(windows(numbered(duration_ms), (left, right)))

    for channel, spans in enumerate((left, right)):
        taken: list[NDArray[np.int64]] = []
        for window in (w for w in found if w.channel == channel):
            assert 0 < window.length_s <= LONGEST_S
            for piece in window.pieces:
                samples = window.samples[piece.at : piece.at + piece.length]
                assert samples[0] == piece.start + 0.5 * channel
                taken.append(np.arange(piece.start, piece.start + piece.length))
            assert sum(piece.length for piece in window.pieces) == len(window.samples)
        places = np.concatenate(taken) if taken else np.array([], np.int64)
        assert len(places) == len(set(places.tolist()))
        widened = tuple(
            Span(start_ms=max(0, s.start_ms - MARGIN_MS), end_ms=min(duration_ms, s.end_ms + MARGIN_MS))
            for s in union(spans)
            if s.start_ms < duration_ms + MARGIN_MS
        )
        assert len(places) == total_ms(widened) * PER_MS


def test_neighbours_share_a_window_and_their_long_pause_is_left_out() -> None:
    (window,) = windows(numbered(60_000), (a_channel((1_000, 3_000), (50_000, 52_000)), ()))
    assert window.length_s == 4.8
    assert [piece.start // PER_MS for piece in window.pieces] == [800, 49_800]


def test_a_time_in_a_window_is_told_as_the_time_in_the_call() -> None:
    (window,) = windows(numbered(60_000), (a_channel((1_000, 3_000), (50_000, 52_000)), ()))
    assert window.original_ms(0.2, window.piece_at(0.2)) == 1_000
    assert window.original_ms(2.6, window.piece_at(2.6)) == 50_000
    # A word that ends past its piece ends with it, not half a minute later.
    assert window.original_ms(2.6, 0) == 3_200
    assert window.end_ms == 52_200


def test_a_long_monologue_is_cut_where_it_is_quietest() -> None:
    samples = np.ones((1, 60 * RATE_HZ), np.float32)
    quiet = 25 * RATE_HZ
    samples[:, quiet : quiet + RATE_HZ // 5] = 0
    first, *_ = windows(iter([samples]), (a_channel((200, 59_000)),))
    assert quiet <= len(first.samples) <= quiet + RATE_HZ // 5


def test_a_channel_without_speech_is_passed_over() -> None:
    found: list[Window] = list(windows(numbered(9_000), (a_channel((1_000, 2_000)),)))
    assert [window.channel for window in found] == [0]
