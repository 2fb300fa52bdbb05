"""How fast recordings are scanned and recognised here, and how many words are wrong: `make bench`.

Word error rate counts substituted, missing and added words against the sample's own text, without case and
punctuation. RTF is time taken over the recording's length: 0.1 means six minutes for an hour.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import jiwer

from shared.adapters.audio.scanner import PyAVScanner
from shared.adapters.embedded.whisper_engine import Audio, WhisperEngine

SAMPLES = Path(__file__).parents[2] / "samples"
ROW = "{:<24} {:>8} {:>9} {:>9} {:>13} {:>7}  {}\n"


DIGITS = dict(
    zip("0123456789", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)
)


def plain(text: str) -> str:
    """The words alone: a recogniser's commas, hyphens, `ё` and figures for spoken digits are no errors."""
    words = re.sub(r"[^\w\s]", " ", text.lower().replace("ё", "е").replace("-", "")).split()
    return " ".join(DIGITS.get(word, word) for word in words)


def main() -> None:
    engine = WhisperEngine()
    started = time.perf_counter()
    engine.load()
    sys.stdout.write(f"{engine.name}, loaded in {time.perf_counter() - started:.1f} s\n\n")
    sys.stdout.write(ROW.format("recording", "seconds", "speech", "scan RTF", "recognise RTF", "WER", "heard as"))
    references: dict[str, list[str]] = {}
    hypotheses: dict[str, list[str]] = {}
    for described in sorted(SAMPLES.glob("*.json")):
        expected = json.loads(described.read_text(encoding="utf-8"))
        if expected.get("stage") not in ("analyzed", "skipped"):
            continue
        path = SAMPLES / expected["file"]
        data = path.read_bytes()

        started = time.perf_counter()
        scan = PyAVScanner().scan(iter([data]), size_bytes=len(data), max_duration_ms=3_600_000)
        scan_s = time.perf_counter() - started
        started = time.perf_counter()
        audio = Audio(path, scan.facts.duration_ms, scan.facts.channels, scan.speech)
        recognition = engine.recognize(audio, lambda share: None)
        recognition_s = time.perf_counter() - started

        rate = ""
        if "channels" in expected:
            language = expected["language"]
            wanted = [plain(text) for text in expected["channels"]]
            got = [
                plain(" ".join(s.text for s in recognition.segments if s.channel == channel))
                for channel in range(len(wanted))
            ]
            references.setdefault(language, []).extend(wanted)
            hypotheses.setdefault(language, []).extend(got)
            rate = f"{jiwer.wer(wanted, got):.1%}"
        length_s = scan.facts.duration_ms / 1000
        sys.stdout.write(
            ROW.format(
                path.name,
                f"{length_s:.1f}",
                f"{scan.facts.speech_ms / 1000:.1f}",
                f"{scan_s / length_s:.4f}",
                f"{recognition_s / length_s:.3f}",
                rate,
                f"{recognition.language or 'nothing'}{'' if recognition.is_supported else ' (unsupported)'}",
            )
        )
    sys.stdout.write("\n")
    for language, wanted in sorted(references.items()):
        sys.stdout.write(f"{language}: WER {jiwer.wer(wanted, hypotheses[language]):.1%} over its samples\n")
    _scan_an_hour()


def _scan_an_hour() -> None:
    # Frames of MP3 may simply follow each other, so a short call makes a long one.
    call = (SAMPLES / "ru-ozhidanie.mp3").read_bytes()
    times = 3_600 // 47
    started = time.perf_counter()
    scan = PyAVScanner().scan((call for _ in range(times)), size_bytes=times * len(call), max_duration_ms=7_200_000)
    taken_s = time.perf_counter() - started
    length_s = scan.facts.duration_ms / 1000
    sys.stdout.write(f"scan of {length_s / 60:.0f} minutes, stereo: {taken_s:.1f} s, RTF {taken_s / length_s:.4f}\n")


if __name__ == "__main__":
    main()
