"""How well two voices of a mono call are told apart: share of speech given to the wrong one, and the time it takes.

Indicative: two professional readers of two languages, in turns, without overlap. Callers of one language on one line
are harder.
"""

from __future__ import annotations

import time

from shared.adapters.embedded.speech_windows import RATE_HZ, windows
from shared.adapters.embedded.voices import Voices, network_file, told_apart
from tests.adapters.embedded.two_voices import in_turns


def main() -> None:
    network = network_file()
    if network is None:
        raise SystemExit("the speaker network is not installed: make run installs it")
    for readers in ((0, 1), (0,), (1,)):
        samples, said = in_turns(*readers)
        voices = Voices(network)
        started = time.perf_counter()
        for _ in voices.overhearing(windows([samples[None]], (tuple(span for span, _ in said),))):
            pass
        found = told_apart([look.vector for look in voices._looks])
        taken_s = time.perf_counter() - started
        length_s = len(samples) / RATE_HZ
        wrong = ""
        if found is not None:
            missed = counted = 0
            for look, voice in zip(voices._looks, found, strict=True):
                middle = (look.start_ms + look.end_ms) / 2
                for span, reader in said:
                    if span.start_ms <= middle < span.end_ms:
                        counted += 1
                        missed += readers.index(reader) != voice
            wrong = f", {missed / counted:.1%} of speech given to the wrong one"
        voices_found = 1 if found is None else 2
        print(
            f"{len(readers)} of {length_s:.0f} s: {voices_found} found{wrong}, RTF {taken_s / length_s:.4f}", flush=True
        )


if __name__ == "__main__":
    main()
