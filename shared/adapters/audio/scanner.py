"""The scanner: streams a recording into a process of its own and believes nothing but that process's answer."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

import shared
from shared.domain.audio import AudioFacts, AudioScan, Span, total_ms
from shared.domain.errors import AudioRejected

_HEAD_BYTES = 64 * 1024
_UNKNOWN_SIZES = (0, 0x7FFFFFFF, 0xFFFFFFFF)
"""What recorders that never came back to their header leave as a WAV's length."""

_COMPLAINT_BYTES = 2_000


class PyAVScanner:
    """An AudioScanner that decodes with PyAV and finds speech with Silero, in a child process.

    The child may use `memory_bytes` of address space and CPU time for the longest recording allowed; it is killed
    when it takes longer than `stall_s` over one chunk, or over its answer. Needs no disk, except for MP4 (m4a, 3gp),
    whose index may lie at the end.
    """

    def __init__(
        self,
        *,
        memory_bytes: int = 2 * 1024**3,
        stall_s: float = 60.0,
        program: Sequence[str] = (sys.executable, "-m", "shared.adapters.audio.scan_process"),
    ) -> None:
        self._memory_bytes = memory_bytes
        self._stall_s = stall_s
        self._program = tuple(program)

    def scan(self, chunks: Iterator[bytes], *, size_bytes: int, max_duration_ms: int) -> AudioScan:
        head = bytearray()
        for chunk in chunks:
            head += chunk
            if len(head) >= _HEAD_BYTES:
                break
        if not head:
            raise AudioRejected("empty_file")
        beginning = bytes(head)
        _refuse_a_cut_wav(beginning, size_bytes)
        whole = chain((beginning,), chunks)
        is_mp4 = beginning[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
        if not is_mp4:
            return _scan_of(self._answer("-", whole, max_duration_ms))
        with tempfile.TemporaryDirectory(prefix="dialix-scan-") as folder:
            path = Path(folder) / "recording"
            with path.open("wb") as file:
                file.writelines(whole)
            answer = self._answer(str(path), iter(()), max_duration_ms)
        if answer.get("reason") == "not_audio" and beginning[4:8] == b"ftyp" and "audio track" not in answer["detail"]:
            # An MP4 that says what it is and cannot be opened has lost its index, which is written last.
            answer["reason"] = "truncated"
        return _scan_of(answer)

    def _answer(self, path: str, chunks: Iterator[bytes], max_duration_ms: int) -> dict[str, Any]:
        cpu_s = 30 + max_duration_ms // 1000 // 20
        # One thread: the machine runs several scans, and the child's matrices are too small to share.
        environment = {**os.environ, "PYTHONPATH": _import_path(), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                [*self._program, path, str(max_duration_ms), str(self._memory_bytes), str(cpu_s)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=environment,
            )
            return self._answered(process, chunks, complaints)

    def _answered(
        self, process: subprocess.Popen[bytes], chunks: Iterator[bytes], complaints: IO[bytes]
    ) -> dict[str, Any]:
        try:
            output = self._exchange(process, chunks)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
        try:
            answer = json.loads(output)
        except ValueError:
            complaints.seek(max(0, complaints.tell() - _COMPLAINT_BYTES))
            last_line = complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
            detail = f"the decoder ended with {process.returncode}: {last_line}"
            raise AudioRejected("decoder_stuck", detail) from None
        return dict(answer)

    def _exchange(self, process: subprocess.Popen[bytes], chunks: Iterator[bytes]) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        # A child that has its answer (too long, not audio) stops reading: that is no error.
        with contextlib.suppress(BrokenPipeError):
            for chunk in chunks:
                with self._killed_when_stalled(process):
                    process.stdin.write(chunk)
                    process.stdin.flush()
            process.stdin.close()
        with self._killed_when_stalled(process):
            return process.stdout.read()

    @contextlib.contextmanager
    def _killed_when_stalled(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        # Only waiting for the child counts: a slow source of chunks is not the decoder's fault.
        timer = threading.Timer(self._stall_s, process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _import_path() -> str:
    ours = str(Path(shared.__file__ or "").parent.parent)
    return os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH", ""))))


def _scan_of(answer: dict[str, Any]) -> AudioScan:
    if "reason" in answer:
        raise AudioRejected(answer["reason"], answer["detail"])
    speech = tuple(tuple(Span(start_ms=start, end_ms=end) for start, end in spans) for spans in answer["speech"])
    return AudioScan(
        facts=AudioFacts(
            duration_ms=answer["duration_ms"],
            channels=answer["channels"],
            sample_rate_hz=answer["sample_rate_hz"],
            container=answer["container"],
            codec=answer["codec"],
            speech_ms=total_ms(tuple(chain.from_iterable(speech))),
        ),
        speech=speech,
        peaks=tuple(base64.b64decode(text) for text in answer["peaks"]),
        peak_ms=answer["peak_ms"],
    )


def _refuse_a_cut_wav(head: bytes, size_bytes: int) -> None:
    """A WAV says how many bytes of sound follow; a transfer that broke off leaves fewer."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return
    at, bytes_per_s = 12, 0
    while at + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, at)
        if name == b"fmt " and at + 20 <= len(head):
            (bytes_per_s,) = struct.unpack_from("<I", head, at + 16)
        if name == b"data":
            missing = at + 8 + length - size_bytes
            if length not in _UNKNOWN_SIZES and missing > max(bytes_per_s, length // 50):
                raise AudioRejected("truncated", f"{missing} of {length} bytes are missing")
            return
        at += 8 + length + length % 2
    if at >= size_bytes:
        raise AudioRejected("truncated", "it ends before its sound begins")
