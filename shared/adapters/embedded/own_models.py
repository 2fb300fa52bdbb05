"""A speech model of the user's own, of whichever kind its folder is: Whisper (CTranslate2), Vosk, Zipformer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from shared.adapters.audio.decoding import Progress, Undecodable, sound
from shared.adapters.embedded.speech_windows import RATE_HZ, Window, windows
from shared.adapters.embedded.whisper_engine import Audio, SpeechEngine, WhisperEngine, voices_of
from shared.domain.errors import RecognitionFailed
from shared.domain.language import language_of
from shared.domain.transcript import Recognition, Segment, Word

_INSTALL = ".venv/bin/uv pip install --python .venv/bin/python"


class UnknownModel(Exception):
    """The folder holds no model that we know, or what runs it is not installed; the message says what to do."""


class Kind(StrEnum):
    WHISPER = "whisper"
    VOSK = "vosk"
    ZIPFORMER = "zipformer"


def kind_of(folder: Path) -> Kind:
    """By the files that a model of each kind has. Raises UnknownModel."""
    if (folder / "model.bin").is_file() and (folder / "config.json").is_file():
        return Kind.WHISPER
    if (folder / "am" / "final.mdl").is_file() or (folder / "final.mdl").is_file():
        return Kind.VOSK
    if (folder / "tokens.txt").is_file() and all(_onnx(folder, part) for part in ("encoder", "decoder", "joiner")):
        return Kind.ZIPFORMER
    raise UnknownModel(
        f"{folder} holds no speech model: a Whisper has model.bin and config.json, a Vosk am/final.mdl, "
        "a Zipformer tokens.txt and encoder, decoder and joiner as .onnx"
    )


class LoadedEngine(SpeechEngine, Protocol):
    @property
    def name(self) -> str: ...

    def load(self) -> None:
        """Loads the model now, not with the first recording. Raises UnknownModel."""
        ...


def engine_of(folder: Path | None) -> LoadedEngine:
    """The engine of that folder's model, of the installed Whisper without one. Raises UnknownModel."""
    if folder is None:
        return WhisperEngine()
    match kind_of(folder):
        case Kind.WHISPER:
            return WhisperEngine(folder)
        case Kind.VOSK:
            return WindowEngine(f"vosk:{folder.name}", lambda: _Vosk(folder))
        case Kind.ZIPFORMER:
            return WindowEngine(f"zipformer:{folder.name}", lambda: _Zipformer(folder))


class Decoder(Protocol):
    def words(self, window: Window) -> Sequence[tuple[str, float, float, float]]:
        """(word, start, end, confidence) in seconds of the window."""
        ...


class WindowEngine:
    """A LoadedEngine over a decoder of windows. Trusted with whatever language its model is of; text tells which."""

    def __init__(self, name: str, load: Callable[[], Decoder]) -> None:
        self.name = name
        self._load = load

    def load(self) -> None:
        """Raises UnknownModel."""
        self._decoder  # noqa: B018 - made when it is first named

    @cached_property
    def _decoder(self) -> Decoder:
        return self._load()

    def recognize(self, audio: Audio, on_progress: Callable[[float], None]) -> Recognition:
        blocks = sound(str(audio.path), Progress(), rate_hz=RATE_HZ)
        cut: Iterator[Window] = windows(blocks, audio.speech[: audio.channels])
        voices = voices_of(audio)
        if voices is not None:
            cut = voices.overhearing(cut)
        segments: list[Segment] = []
        furthest_ms = 0
        try:
            for window in cut:
                segments += _segments(window, self._decoder.words(window))
                furthest_ms = max(furthest_ms, window.end_ms)
                on_progress(min(1.0, furthest_ms / max(1, audio.duration_ms)))
        except Undecodable as broken:
            raise RecognitionFailed(broken.reason) from broken
        segments.sort(key=lambda segment: (segment.start_ms, segment.channel))
        return Recognition(
            segments=tuple(segments) if voices is None else voices.labelled(segments),
            language=language_of(" ".join(segment.text for segment in segments)) or audio.language_hint,
            model=self.name,
        )


class _Vosk:
    def __init__(self, folder: Path) -> None:
        try:
            import vosk
        except ImportError as missing:
            raise UnknownModel(
                "a Vosk model needs vosk: .venv/bin/uv pip install --python .venv/bin/python vosk"
            ) from (missing)
        vosk.SetLogLevel(-1)
        self._vosk = vosk
        try:
            self._model = vosk.Model(str(folder))
        except Exception as broken:  # it has one exception for everything
            raise UnknownModel(f"vosk cannot load {folder}: {broken}") from broken

    def words(self, window: Window) -> Sequence[tuple[str, float, float, float]]:
        import numpy as np

        recognizer = self._vosk.KaldiRecognizer(self._model, RATE_HZ)
        recognizer.SetWords(True)
        samples = (np.clip(window.samples, -1, 1) * 32767).astype(np.int16)
        found: list[dict[str, Any]] = []
        for at in range(0, len(samples), RATE_HZ):
            if recognizer.AcceptWaveform(samples[at : at + RATE_HZ].tobytes()):
                found += vosk_words(recognizer.Result())
        found += vosk_words(recognizer.FinalResult())
        return [(each["word"], each["start"], each["end"], each["conf"]) for each in found]


def vosk_words(answer: str) -> list[dict[str, Any]]:
    """`result` of what Kaldi says; absent when it heard nothing."""
    return list(json.loads(answer).get("result", ()))


class _Zipformer:
    def __init__(self, folder: Path) -> None:
        try:
            import sherpa_onnx
        except ImportError as missing:
            raise UnknownModel(f"a Zipformer model needs sherpa-onnx: {_INSTALL} sherpa-onnx") from missing
        try:
            self._recognizer = sherpa_onnx.OfflineRecognizer.from_transducer(
                **{part: str(_onnx(folder, part)) for part in ("encoder", "decoder", "joiner")},
                tokens=str(folder / "tokens.txt"),
                num_threads=2,
                sample_rate=RATE_HZ,
                decoding_method="modified_beam_search",
            )
        except Exception as broken:  # of many kinds, from ONNX to a missing key in its metadata
            raise UnknownModel(f"sherpa-onnx cannot load {folder}: {broken}") from broken

    def words(self, window: Window) -> Sequence[tuple[str, float, float, float]]:
        stream = self._recognizer.create_stream()
        stream.accept_waveform(RATE_HZ, window.samples)
        self._recognizer.decode_stream(stream)
        return token_words(stream.result.tokens, stream.result.timestamps, window.length_s)


def token_words(
    tokens: Sequence[str], timestamps: Sequence[float], length_s: float
) -> list[tuple[str, float, float, float]]:
    """Pieces of words with their starts become words: a piece that begins with a space or ▁ begins one.

    A word ends where the next begins, at most a second later: a transducer says starts alone.
    """
    begun: list[tuple[str, float]] = []
    for token, start in zip(tokens, timestamps, strict=True):
        piece = token.replace("▁", " ")
        if begun and not piece.startswith(" "):
            begun[-1] = (begun[-1][0] + piece, begun[-1][1])
        elif piece.strip():
            begun.append((piece.strip(), start))
    ends = [*(start for _, start in begun[1:]), length_s][: len(begun)]
    return [(word, start, min(end, start + 1.0), 1.0) for (word, start), end in zip(begun, ends, strict=True)]


def _segments(window: Window, words: Sequence[tuple[str, float, float, float]]) -> Iterator[Segment]:
    """One for each stretch of the recording that the words come from."""
    groups: dict[int, list[Word]] = {}
    for text, start_s, end_s, confidence in words:
        index = window.piece_at((start_s + end_s) / 2)
        start_ms = window.original_ms(start_s, index)
        end_ms = max(start_ms, window.original_ms(end_s, index))
        heard = Word(text=text, start_ms=start_ms, end_ms=end_ms, confidence=round(min(1.0, max(0.0, confidence)), 3))
        groups.setdefault(index, []).append(heard)
    for own in groups.values():
        text = " ".join(word.text for word in own)
        yield Segment(
            channel=window.channel,
            start_ms=own[0].start_ms,
            end_ms=max(word.end_ms for word in own),
            text=text,
            words=tuple(own),
            language=language_of(text),
        )


def _onnx(folder: Path, part: str) -> Path | None:
    """The part's file, the quantised one where there are both."""
    return next(iter(sorted(folder.glob(f"{part}*.onnx"), key=lambda path: ("int8" not in path.name, path.name))), None)
