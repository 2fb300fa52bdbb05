"""Two voices on one channel are told apart, one is left one, and a call says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shared.adapters.audio.scanner import PyAVScanner
from shared.adapters.embedded import voices
from shared.adapters.embedded.speech_windows import windows
from shared.adapters.embedded.voices import Voices, network_file, told_apart
from shared.adapters.embedded.whisper_engine import Audio, WhisperEngine, voices_of
from shared.domain.audio import Span
from shared.domain.transcript import Segment, Word
from tests.adapters.embedded.two_voices import in_turns, written

pytestmark = pytest.mark.models


def heard(*readers: int) -> tuple[Voices, tuple[tuple[Span, int], ...]]:
    network = network_file()
    assert network is not None
    samples, said = in_turns(*readers)
    found = Voices(network)
    for _ in found.overhearing(windows([samples[None]], (tuple(span for span, _ in said),))):
        pass
    return found, said


def a_segment(span: Span) -> Segment:
    """A word every 300 ms, as if somebody had heard them."""
    words = tuple(
        Word(text="so‘z", start_ms=at, end_ms=min(at + 300, span.end_ms))
        for at in range(span.start_ms, max(span.start_ms + 1, span.end_ms - 100), 300)
    )
    return Segment(
        channel=0, start_ms=span.start_ms, end_ms=span.end_ms, text=" ".join(w.text for w in words), words=words
    )


def test_two_readers_are_two_voices_and_nearly_every_word_is_its_own_reader_s() -> None:
    found, said = heard(0, 1)
    right = total = 0
    for (_, reader), segments in zip(said, [found.labelled([a_segment(span)]) for span, _ in said], strict=True):
        for segment in segments:
            total += len(segment.words)
            right += len(segment.words) * (segment.speaker_label == "AB"[reader])
    assert right / total > 0.9


@pytest.mark.parametrize("reader", [0, 1])
def test_one_reader_is_one_voice(reader: int) -> None:
    found, said = heard(reader)
    segment = a_segment(said[0][0])
    assert found.labelled([segment]) == (segment,)


def test_no_word_is_lost_where_a_segment_is_cut() -> None:
    found, said = heard(0, 1)
    whole = a_segment(Span(start_ms=0, end_ms=said[5][0].end_ms))
    pieces = found.labelled([whole])
    assert len(pieces) > 1
    assert tuple(word for piece in pieces for word in piece.words) == whole.words
    assert {piece.speaker_label for piece in pieces} == {"A", "B"}


def test_a_second_voice_that_hardly_speaks_is_none() -> None:
    one, other = np.eye(256, dtype=np.float32)[:2]
    assert told_apart([one] * 100 + [other] * 4) is None
    assert told_apart([one] * 60 + [other] * 40) == [0] * 60 + [1] * 40
    assert told_apart([]) is None


def test_without_the_network_and_with_two_channels_nobody_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert voices_of(Audio(Path("x"), 0, 2, ((), ()))) is None
    monkeypatch.setattr(voices, "_PACKAGE", "not_installed")
    assert voices_of(Audio(Path("x"), 0, 1, ((),))) is None


@pytest.mark.slow
def test_a_mono_recording_is_written_down_with_two_voices(tmp_path: Path) -> None:
    samples, _ = in_turns(0, 1)
    path = written(samples[: 16_000 * 60], tmp_path / "mono.wav")
    data = path.read_bytes()
    scan = PyAVScanner().scan(iter([data]), size_bytes=len(data), max_duration_ms=600_000)
    assert scan.facts.channels == 1
    found = WhisperEngine().recognize(Audio(path, scan.facts.duration_ms, 1, scan.speech), lambda share: None)
    assert {segment.speaker_label for segment in found.segments} == {"A", "B"}
