"""A model of one's own: its folder says what it is; words come with times of the recording."""

from __future__ import annotations

import struct
import wave
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.embedded.own_models import (
    Kind,
    UnknownModel,
    WindowEngine,
    engine_of,
    kind_of,
    token_words,
    vosk_words,
)
from shared.adapters.embedded.speech_windows import Window
from shared.adapters.embedded.whisper_engine import Audio, WhisperEngine
from shared.domain.audio import Span
from shared.domain.errors import RecognitionFailed

FILES = {
    Kind.WHISPER: ("model.bin", "config.json", "tokenizer.json"),
    Kind.VOSK: ("am/final.mdl", "graph/HCLr.fst", "conf/model.conf"),
    Kind.ZIPFORMER: ("tokens.txt", "encoder-epoch-20.onnx", "decoder-epoch-20.onnx", "joiner-epoch-20.int8.onnx"),
}


def a_folder(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize("kind", list(Kind))
def test_a_model_s_kind_is_known_by_its_files(tmp_path: Path, kind: Kind) -> None:
    assert kind_of(a_folder(tmp_path, *FILES[kind])) is kind


@pytest.mark.parametrize("names", [(), ("readme.txt",), ("tokens.txt", "encoder.onnx"), ("config.json",)])
def test_a_folder_without_a_model_is_told_what_one_has(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(UnknownModel, match=r"model\.bin.*final\.mdl.*tokens\.txt"):
        kind_of(a_folder(tmp_path, *names))


@pytest.mark.parametrize(("kind", "package"), [(Kind.VOSK, "vosk"), (Kind.ZIPFORMER, "sherpa-onnx")])
def test_what_runs_it_is_named_where_it_is_not_installed_or_cannot_load_it(
    tmp_path: Path, kind: Kind, package: str
) -> None:
    engine = engine_of(a_folder(tmp_path, *FILES[kind]))
    assert engine.name == f"{kind}:{tmp_path.name}"
    with pytest.raises(UnknownModel, match=package):
        engine.load()


def test_no_folder_is_the_installed_whisper() -> None:
    assert isinstance(engine_of(None), WhisperEngine)


def test_pieces_of_words_are_joined_and_end_where_the_next_begins() -> None:
    tokens, starts = ["▁sa", "lom", " qa", "nday", "▁"], [0.1, 0.3, 0.7, 0.9, 1.1]
    assert token_words(tokens, starts, 5.0) == [("salom", 0.1, 0.7, 1.0), ("qanday", 0.7, 1.7, 1.0)]


@given(st.lists(st.tuples(st.sampled_from(["▁a", "b", " c", "▁", "’"]), st.integers(0, 50)), max_size=12))
def test_no_letter_is_lost_and_no_word_ends_before_it_begins(pieces: list[tuple[str, int]]) -> None:
    starts = sorted(each / 10 for _, each in pieces)
    words = token_words([token for token, _ in pieces], starts, 6.0)
    said = "".join(token for token, _ in pieces).replace("▁", "").replace(" ", "")
    assert "".join(word for word, *_ in words) == said
    assert all(start <= end <= 6.0 for _, start, end, _ in words)


def test_an_answer_of_kaldi_without_words_has_none() -> None:
    assert vosk_words('{"text": ""}') == []
    assert (
        vosk_words('{"result": [{"word": "ha", "start": 0, "end": 0.3, "conf": 0.9}], "text": "ha"}')[0]["word"] == "ha"
    )


class SaysWhere:
    """A decoder that says one word in the middle of every piece of its window."""

    def words(self, window: Window) -> Sequence[tuple[str, float, float, float]]:
        return [
            ("salom", (p.at + p.length / 2) / 16_000, (p.at + p.length / 2) / 16_000 + 0.1, 0.5) for p in window.pieces
        ]


def a_recording(folder: Path, seconds: int) -> Path:
    path = folder / "call.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(struct.pack("<h", 900) * 2 * 8_000 * seconds)
    return path


def test_words_get_the_times_of_the_recording_on_their_own_channel(tmp_path: Path) -> None:
    speech = ((Span(start_ms=1_000, end_ms=2_000),), (Span(start_ms=5_000, end_ms=7_000),))
    audio = Audio(a_recording(tmp_path, 8), 8_000, 2, speech)
    progress: list[float] = []

    heard = WindowEngine("mine", SaysWhere).recognize(audio, progress.append)

    assert [(s.channel, s.text) for s in heard.segments] == [(0, "salom"), (1, "salom")]
    assert heard.segments[0].start_ms == pytest.approx(1_500, abs=20)
    assert heard.segments[1].start_ms == pytest.approx(6_000, abs=20)
    assert (heard.language, heard.is_supported, heard.model) == ("uz", True, "mine")
    assert progress == sorted(progress)


def test_a_recording_that_does_not_decode_is_refused_for_good(tmp_path: Path) -> None:
    broken = tmp_path / "call.wav"
    broken.write_bytes(b"nothing")
    with pytest.raises(RecognitionFailed):
        WindowEngine("mine", SaysWhere).recognize(Audio(broken, 1_000, 1, ((),)), lambda share: None)
