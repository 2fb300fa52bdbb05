"""What a recording costs to listen to: memory against its length, and time (RTF) by format.

Memory is the most that the scanning child and this process had resident, above what a second takes. Time is a share of
the recording's length: 0.01 is 36 s for an hour. One core.
"""

from __future__ import annotations

import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from shared.adapters.audio.scanner import PyAVScanner
from tests.adapters.audio.recordings import FORMATS, a_call, packed

LENGTHS_MIN = (1, 10, 60, 180)
_CALL_S = 20
_TIMES = 9


def repeated(data: bytes, times: int) -> Iterator[bytes]:
    for _ in range(times):
        yield data


def most_mib(said: Path, times: int, data: bytes) -> tuple[float, float]:
    """(of the child, of this process) while a recording of that many pieces is scanned."""
    program = (
        "from pathlib import Path; from shared.adapters.audio.scan_process import main; main();"
        f"Path({str(said)!r}).write_text(Path('/proc/self/status').read_text())"
    )
    scanner = PyAVScanner(program=(sys.executable, "-c", program))
    scanner.scan(repeated(data, times), size_bytes=times * len(data), max_duration_ms=4 * 3_600_000)
    child = int(re.findall(r"VmHWM:\s+(\d+) kB", said.read_text())[0]) / 1024
    return child, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    call = packed(a_call(), "mp3", "libmp3lame")
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "status"
        print(f"{'length, min':>12} {'child, MiB':>11} {'here, MiB':>10}   MP3, stereo, streamed")
        for minutes in LENGTHS_MIN:
            child, here = most_mib(said, minutes * 60 // _CALL_S, call)
            print(f"{minutes:>12} {child:>11.1f} {here:>10.1f}", flush=True)
    print(f"\n{'format':<24} {'kbit/s':>7} {'RTF':>8}")
    import numpy as np

    long = np.tile(a_call(), _TIMES)
    for container, codec, rate_hz in FORMATS:
        data = packed(long, container, codec, rate_hz=rate_hz)
        started = time.perf_counter()
        scan = PyAVScanner().scan(iter([data]), size_bytes=len(data), max_duration_ms=3_600_000)
        taken_s = time.perf_counter() - started
        length_s = scan.facts.duration_ms / 1000
        name = f"{container} {codec} {rate_hz / 1000:g} kHz"
        print(f"{name:<24} {len(data) * 8 / length_s / 1000:>7.0f} {taken_s / length_s:>8.4f}", flush=True)


if __name__ == "__main__":
    main()
