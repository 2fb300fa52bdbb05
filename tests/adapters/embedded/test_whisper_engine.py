"""The embedded Whisper itself, on the sample recordings."""

from __future__ import annotations

import json
from pathlib import Path

import jiwer
import pytest

from shared.adapters.audio.scanner import PyAVScanner
from shared.adapters.embedded import whisper_engine
from shared.adapters.embedded.whisper_engine import Audio, WhisperEngine
from shared.domain.audio import Span
from shared.domain.errors import RecognitionFailed
from shared.domain.transcript import Recognition
from tests.benchmarks.bench_speech import plain

SAMPLES = Path(__file__).parents[3] / "samples"

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture(scope="module")
def engine() -> WhisperEngine:
    return WhisperEngine()


def heard(engine: WhisperEngine, name: str, progress: list[float] | None = None) -> Recognition:
    path = SAMPLES / name
    data = path.read_bytes()
    scan = PyAVScanner().scan(iter([data]), size_bytes=len(data), max_duration_ms=600_000)
    audio = Audio(path, scan.facts.duration_ms, scan.facts.channels, scan.speech)
    return engine.recognize(audio, (progress if progress is not None else []).append)


@pytest.mark.parametrize(
    ("name", "worst"),
    [
        ("en-wrong-number.wav", 0.06),
        ("en-conference.ogg", 0.12),
        ("ru-ozhidanie.mp3", 0.25),
        ("ru-spravochnaya.m4a", 0.20),
    ],
)
def test_a_supported_call_is_written_down_on_the_right_channels(engine: WhisperEngine, name: str, worst: float) -> None:
    expected = json.loads((SAMPLES / name).with_suffix(".json").read_text())
    progress: list[float] = []

    recognition = heard(engine, name, progress)

    assert (recognition.language, recognition.is_supported) == (expected["language"], True)
    for channel, reference in enumerate(expected["channels"]):
        said = " ".join(segment.text for segment in recognition.segments if segment.channel == channel)
        assert jiwer.wer(plain(reference), plain(said)) <= 2 * worst
    said_by_all = [" ".join(s.text for s in recognition.segments if s.channel == c) for c in (0, 1)]
    assert jiwer.wer([plain(text) for text in expected["channels"]], [plain(text) for text in said_by_all]) <= worst
    assert progress == sorted(progress)
    assert 0.8 < progress[-1] <= 1.0


def test_words_have_their_times_in_the_call_and_their_confidence(engine: WhisperEngine) -> None:
    recognition = heard(engine, "en-wrong-number.wav")
    words = [word for segment in recognition.segments for word in segment.words]
    assert all(word.start_ms <= word.end_ms <= 45_300 and 0 <= word.confidence <= 1 for word in words)
    goodbye = next(word for word in words if word.text.startswith("Goodbye"))
    assert goodbye.start_ms == pytest.approx(39_400, abs=500)
    assert all(segment.text == " ".join(word.text for word in segment.words) for segment in recognition.segments)


def test_an_uzbek_call_is_unsupported(engine: WhisperEngine) -> None:
    recognition = heard(engine, "uzbek-unsupported.ogg")
    assert (recognition.language, recognition.is_supported) == ("uz", False)


def test_a_call_without_speech_has_no_words_and_is_not_unsupported(engine: WhisperEngine) -> None:
    recognition = heard(engine, "silence.mp3")
    assert (recognition.segments, recognition.language, recognition.is_supported) == ((), None, True)


def test_a_recording_that_does_not_decode_has_failed(engine: WhisperEngine) -> None:
    audio = Audio(SAMPLES / "not-audio.mp3", 1_000, 1, ((Span(start_ms=0, end_ms=900),),))
    with pytest.raises(RecognitionFailed, match="not_audio"):
        engine.recognize(audio, lambda share: None)


def test_another_model_than_the_known_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whisper_engine, "MODEL_SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match="SHA-256"):
        WhisperEngine().load()


def test_a_model_of_the_users_own_is_believed_in_every_language(tmp_path: Path) -> None:
    for name, data in whisper_engine.joined_model_files().items():
        (tmp_path / name).write_bytes(data)
    recognition = heard(WhisperEngine(tmp_path), "uzbek-unsupported.ogg")
    assert recognition.is_supported
    assert recognition.model == f"whisper:{tmp_path.name}"
