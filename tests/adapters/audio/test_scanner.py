from __future__ import annotations

import io
import json
import re
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.adapters.audio.scan_process import MOST_PEAKS, Peaks
from shared.adapters.audio.scanner import PyAVScanner
from shared.adapters.audio.voice_activity import RATE_HZ as VOICE_RATE_HZ
from shared.domain.audio import AudioScan
from shared.domain.errors import AudioRejected, DependencyUnavailable
from tests.adapters.audio.recordings import FORMATS, RATE_HZ, SAMPLES, a_call, packed, silence

HOUR_MS = 3_600_000


def scanned(data: bytes, *, max_duration_ms: int = HOUR_MS, scanner: PyAVScanner | None = None) -> AudioScan:
    chunks = (data[at : at + 65_536] for at in range(0, len(data), 65_536))
    return (scanner or PyAVScanner()).scan(chunks, size_bytes=len(data), max_duration_ms=max_duration_ms)


def refusal(data: bytes, *, max_duration_ms: int = HOUR_MS) -> str:
    with pytest.raises(AudioRejected) as refused:
        scanned(data, max_duration_ms=max_duration_ms)
    return refused.value.reason


@pytest.mark.parametrize(("container", "codec", "rate_hz"), FORMATS)
def test_a_stereo_call_is_heard_in_every_format_a_pbx_makes(container: str, codec: str, rate_hz: int) -> None:
    scan = scanned(packed(a_call(), container, codec, rate_hz=rate_hz))

    assert scan.facts.channels == 2
    assert scan.facts.duration_ms == pytest.approx(20_000, abs=150)
    assert scan.facts.sample_rate_hz == rate_hz
    expected = scanned(packed(a_call(), "wav", "pcm_s16le"))
    for heard, truth in zip(scan.speech, expected.speech, strict=True):
        assert sum(s.length_ms for s in heard) == pytest.approx(sum(s.length_ms for s in truth), rel=0.15)


def test_narrowband_amr_as_telephones_record_it_is_heard() -> None:
    # No encoder for it is at hand: 500 frames of 20 ms, in its lowest mode, of silence.
    data = b"#!AMR\n" + (b"\x04" + bytes(12)) * 500
    facts = scanned(data).facts
    assert (facts.codec, facts.channels, facts.sample_rate_hz) == ("amrnb", 1, 8_000)
    assert facts.duration_ms == 10_000


@pytest.mark.parametrize("name", ["call.wav", "call.mp3", "call.exe", ""])
def test_the_name_of_a_file_is_never_asked(name: str, tmp_path: Path) -> None:
    path = tmp_path / (name or "call")
    path.write_bytes(packed(a_call(), "ogg", "libopus", rate_hz=48_000))
    assert scanned(path.read_bytes()).facts.codec == "opus"


def test_half_a_second_is_heard() -> None:
    assert scanned(packed(a_call()[:, : RATE_HZ // 2], "wav", "pcm_s16le")).facts.duration_ms == 500


def test_gsm_as_old_exchanges_record_it_is_heard() -> None:
    # No encoder for it is at hand: these are 500 blocks of two frames, 40 ms each.
    data = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 0, b"WAVE", b"fmt ", 18, 0x31, 1, 8000, 1625, 65, 0)
    body = bytes(65) * 500
    data += struct.pack("<H", 0) + struct.pack("<4sI", b"data", len(body)) + body
    assert scanned(data).facts.codec == "gsm_ms"
    assert scanned(data).facts.duration_ms == 20_000


def test_content_decides_and_the_facts_are_what_was_decoded() -> None:
    facts = scanned((SAMPLES / "ru-spravochnaya.m4a").read_bytes()).facts
    assert (facts.container, facts.codec, facts.channels) == ("mov,mp4,m4a,3gp,3g2,mj2", "aac", 2)
    assert facts.duration_ms == pytest.approx(51_100, abs=200)
    assert 40_000 < facts.speech_ms < 50_000


def test_speech_is_found_where_each_side_speaks() -> None:
    scan = scanned(packed(a_call(), "wav", "pcm_s16le"))
    operator, customer = scan.speech
    assert operator[0].start_ms == pytest.approx(400, abs=150)
    assert customer[0].start_ms == pytest.approx(5_650, abs=300)
    assert not any(span.start_ms < 5_000 for span in customer)


def test_a_mono_call_on_two_equal_channels_is_one_channel() -> None:
    one = a_call()[:1]
    for codec in ("pcm_s16le", "pcm_alaw"):
        scan = scanned(packed(np.repeat(one, 2, axis=0), "wav", codec))
        assert (scan.facts.channels, len(scan.speech), len(scan.peaks)) == (1, 1, 1)


def test_a_call_whose_second_channel_is_silent_stays_stereo() -> None:
    call = a_call().copy()
    call[1] = 0
    assert scanned(packed(call, "wav", "pcm_s16le")).facts.channels == 2


def test_silence_is_not_rejected_and_has_no_speech() -> None:
    scan = scanned(packed(silence(12), "wav", "pcm_s16le"))
    assert (scan.facts.speech_ms, scan.speech) == (0, ((), ()))
    assert set(scan.peaks[0]) == {0}


def test_the_audio_of_a_film_is_accepted() -> None:
    data = packed(a_call(), "matroska", "aac", rate_hz=16_000)
    assert scanned(data).facts.container == "matroska,webm"


def a_picture() -> bytes:
    rows = zlib.compress(b"".join(b"\0" + bytes(3 * 64) for _ in range(64)))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"Dear sir, please find attached my recording.\n" * 200,
        b"PK\x03\x04" + bytes(range(256)) * 50,
        a_picture(),
        b"%PDF-1.7\n" + bytes(range(256)) * 50,
        b"<html><body>404 Not Found</body></html>",
        b"\x00",
    ],
    ids=["letter", "zip", "picture", "pdf", "page", "one byte"],
)
def test_what_is_no_recording_is_not_audio(data: bytes) -> None:
    assert refusal(data) == "not_audio"


def test_a_playlist_is_not_audio_and_what_it_names_is_never_opened() -> None:
    # Given to a demuxer that follows it, this would read any file of ours.
    secret = SAMPLES / "en-wrong-number.wav"
    for playlist in (
        f"#EXTM3U\n#EXTINF:10,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile {secret}\n",
    ):
        assert refusal(playlist.encode()) == "not_audio"


def test_a_recording_of_nothing_is_an_empty_file() -> None:
    head = bytearray(packed(silence(1), "wav", "pcm_s16le"))
    at = head.index(b"data")
    head[at + 4 : at + 8] = bytes(4)
    assert refusal(b"") == "empty_file"
    assert refusal(bytes(head[: at + 8])) == "empty_file"


@pytest.mark.parametrize(
    ("container", "codec"), [("wav", "pcm_s16le"), ("flac", "flac"), ("mp4", "aac"), ("wav", "pcm_alaw")]
)
def test_a_recording_that_ends_before_its_own_end_is_truncated(container: str, codec: str) -> None:
    whole = packed(a_call(), container, codec, rate_hz=16_000 if codec == "aac" else RATE_HZ)
    if container == "flac":  # written to a pipe, its header does not know the length; a recorder's does
        whole = with_flac_length(whole, a_call().shape[1])
    assert refusal(whole[: len(whole) // 2]) == "truncated"


def with_flac_length(data: bytes, samples: int) -> bytes:
    at = 4 + 4 + 13
    known = bytes([data[at] & 0xF0 | samples >> 32]) + struct.pack(">I", samples & 0xFFFFFFFF)
    return data[:at] + known + data[at + 5 :]


def test_a_cut_mp3_is_a_shorter_call() -> None:
    whole = packed(a_call(), "mp3", "libmp3lame")
    assert scanned(whole[: len(whole) // 2]).facts.duration_ms == pytest.approx(10_000, abs=500)


def test_a_wav_whose_recorder_never_wrote_its_length_is_heard_to_its_end() -> None:
    whole = bytearray(packed(a_call(), "wav", "pcm_s16le"))
    at = whole.index(b"data") + 4
    for unknown in (0, 0xFFFFFFFF):
        whole[at : at + 4] = struct.pack("<I", unknown)
        assert scanned(bytes(whole)).facts.duration_ms == pytest.approx(20_000, abs=100)


def test_a_recording_over_the_limit_is_too_long_without_being_read_to_its_end() -> None:
    assert refusal(packed(a_call(), "mp3", "libmp3lame"), max_duration_ms=10_000) == "too_long"
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        start = packed(a_call(), "wav", "pcm_s16le")
        at = start.index(b"data") + 4
        yield start[:at] + b"\xff\xff\xff\xff"
        while True:
            taken += 1
            yield bytes(1024 * 1024)

    with pytest.raises(AudioRejected, match="too_long"):
        PyAVScanner().scan(endless(), size_bytes=2**40, max_duration_ms=60_000)
    assert taken < 20


@pytest.mark.parametrize("channels", [3, 6])
def test_more_channels_than_two_are_too_many(channels: int) -> None:
    data = packed(np.repeat(a_call()[:1], channels, axis=0), "wav", "pcm_s16le")
    assert refusal(data) == "too_many_channels"


def tones(seconds: float, *hz: float) -> NDArray[np.int16]:
    """(2, n): the same sum of tones on both sides, the other side half as loud."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * each * time_s) for each in hz) / len(hz)
    return np.stack([wave * 12_000, wave * 6_000]).astype(np.int16)


@pytest.mark.parametrize(
    "sound",
    [tones(20, 425), tones(20, 350, 440), tones(20, 261.6, 329.6, 392.0), tones(20, 1100)],
    ids=["ringing", "dial tone", "chord", "fax"],
)
def test_a_tone_is_no_speech(sound: NDArray[np.int16]) -> None:
    assert scanned(packed(sound, "wav", "pcm_s16le")).facts.speech_ms < 250


def test_noise_is_no_speech() -> None:
    noise = np.random.default_rng(3).normal(0, 2_000, (2, 20 * RATE_HZ)).astype(np.int16)
    assert scanned(packed(noise, "wav", "pcm_s16le")).facts.speech_ms < 1_000


def test_a_film_without_sound_is_not_audio() -> None:
    target = io.BytesIO()
    with av.open(target, "w", format="matroska") as output:
        stream = output.add_stream("mpeg4", rate=10)
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = 64
        for _ in range(10):
            output.mux(stream.encode(VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        output.mux(stream.encode(None))
    assert refusal(target.getvalue()) == "not_audio"


@pytest.mark.slow
def test_three_hours_of_silence_are_heard_through_and_hold_no_speech() -> None:
    piece = packed(silence(60), "mp3", "libmp3lame")
    scan = scanned(piece * 180, max_duration_ms=3 * HOUR_MS + 60_000)
    assert scan.facts.duration_ms == pytest.approx(3 * HOUR_MS, rel=0.01)
    assert scan.facts.speech_ms == 0


def scanned_or_named(data: bytes) -> AudioScan | None:
    """The scan, or None when it is refused for a reason that a page can say."""
    try:
        return scanned(data)
    except AudioRejected as rejected:
        return None if rejected.reason in REASONS else pytest.fail(rejected.reason)


REASONS = {"empty_file", "not_audio", "truncated", "too_long", "too_many_channels", "decoder_stuck"}


@pytest.mark.slow
@settings(max_examples=40)
@given(st.data())
def test_a_recording_with_broken_bytes_is_a_scan_or_a_named_reason(data: st.DataObject) -> None:
    """Bytes are changed, cut out, doubled and put in anywhere: whatever comes of it, somebody can read why."""
    container, codec, rate_hz = data.draw(st.sampled_from(FUZZED))
    broken = bytearray(packed(a_call()[:, : 3 * RATE_HZ], container, codec, rate_hz=rate_hz))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(broken) - 1))
        length = data.draw(st.integers(1, 64))
        match data.draw(st.sampled_from(["change", "cut", "double", "insert", "end"])):
            case "change":
                broken[at : at + length] = data.draw(st.binary(min_size=length, max_size=length))
            case "cut":
                del broken[at : at + length]
            case "double":
                broken[at:at] = broken[at : at + length]
            case "insert":
                broken[at:at] = data.draw(st.binary(max_size=64))
            case _:
                del broken[max(1, at) :]
        if not broken:
            break
    scan = scanned_or_named(bytes(broken))
    if scan is not None:
        assert 0 <= scan.facts.speech_ms <= scan.facts.duration_ms * scan.facts.channels + 1_000
        assert scan.facts.channels in (1, 2)


BEGINNINGS = (b"", b"RIFF\x00\x00\x00\x00WAVE", b"OggS", b"fLaC", b"ID3\x04", b"#!AMR\n")
FUZZED = (
    ("wav", "pcm_s16le", 8_000),
    ("wav", "pcm_alaw", 8_000),
    ("mp3", "libmp3lame", 8_000),
    ("ogg", "libopus", 48_000),
    ("mp4", "aac", 16_000),
    ("flac", "flac", 8_000),
    ("asf", "wmav2", 16_000),
    ("webm", "libopus", 48_000),
)


@settings(max_examples=25)
@given(
    st.binary(max_size=4_000),
    st.sampled_from([b"", b"RIFF\x00\x00\x00\x00WAVE", b"OggS", b"fLaC", b"ID3\x04", b"#!AMR\n"]),
)
def test_bytes_of_nothing_behind_a_true_beginning_are_a_named_reason(rest: bytes, beginning: bytes) -> None:
    scan = scanned_or_named(beginning + rest)
    assert scan is None or scan.facts.duration_ms >= 0


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(600)",
        "import sys, time; sys.stdin.buffer.read(); time.sleep(600)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "print('nonsense')",
    ],
    ids=["reads nothing", "answers nothing", "crashes", "says nonsense"],
)
def test_a_decoder_that_hangs_or_breaks_is_stuck_and_is_ended(program: str) -> None:
    scanner = PyAVScanner(stall_s=1.0, program=(sys.executable, "-c", program))
    started = time.monotonic()
    with pytest.raises(AudioRejected, match="decoder_stuck"):
        scanned(packed(silence(60), "wav", "pcm_s16le"), scanner=scanner)
    assert time.monotonic() - started < 20


if sys.platform == "linux":  # elsewhere address space has no limit, and a process does not say how much it took

    def test_a_decoder_that_wants_all_memory_is_stuck() -> None:
        with pytest.raises(AudioRejected, match="decoder_stuck"):
            scanned(packed(a_call(), "wav", "pcm_s16le"), scanner=PyAVScanner(memory_bytes=64 * 1024**2))

    @pytest.mark.slow
    def test_memory_does_not_grow_with_the_recordings_length(tmp_path: Path) -> None:
        said = tmp_path / "status"
        program = (
            "from pathlib import Path; from shared.adapters.audio.scan_process import main; main();"
            f"Path({str(said)!r}).write_text(Path('/proc/self/status').read_text())"
        )
        scanner = PyAVScanner(program=(sys.executable, "-c", program))

        def most_kib(data: bytes) -> int:
            scanned(data, max_duration_ms=3 * HOUR_MS, scanner=scanner)
            return int(re.findall(r"VmHWM:\s+(\d+) kB", said.read_text())[0])

        call = packed(a_call(), "mp3", "libmp3lame")
        assert most_kib(call * 360) - most_kib(call) < 20 * 1024


def test_a_store_that_breaks_off_is_the_stores_failure_and_not_the_recordings() -> None:
    def broken() -> Iterator[bytes]:
        yield packed(a_call(), "wav", "pcm_s16le")[:100_000]
        raise DependencyUnavailable("the store")

    with pytest.raises(DependencyUnavailable):
        PyAVScanner().scan(broken(), size_bytes=640_000, max_duration_ms=HOUR_MS)


@pytest.mark.slow
def test_an_hour_is_scanned_in_less_than_a_twentieth_of_it() -> None:
    started = time.monotonic()
    scan = scanned(packed(a_call(), "mp3", "libmp3lame") * 180, max_duration_ms=2 * HOUR_MS)
    assert scan.facts.duration_ms == pytest.approx(HOUR_MS, rel=0.02)
    assert time.monotonic() - started < HOUR_MS / 1000 / 20


def test_peaks_show_how_loud_it_is_and_stay_few() -> None:
    scan = scanned(packed(a_call(), "wav", "pcm_s16le"))
    assert [len(each) * scan.peak_ms for each in scan.peaks] == pytest.approx([20_000, 20_000], abs=20)
    loudest = max(np.abs(a_call()[0].astype(int))) / 32768 * 255
    assert max(scan.peaks[0]) == pytest.approx(loudest, abs=12)


def test_joined_peaks_are_those_that_a_longer_step_would_have_given() -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, VOICE_RATE_HZ * 20 * (MOST_PEAKS + 501) // 1000)
    peaks = Peaks()
    for at in range(0, len(samples), 64_123):
        peaks.add(samples[at : at + 64_123].astype(np.float32))
    values = peaks.finish()
    width = VOICE_RATE_HZ * peaks.every_ms // 1000
    expected = [round(float(np.abs(samples[at : at + width]).max()) * 255) for at in range(0, len(samples), width)]
    assert peaks.every_ms == 40
    assert list(values) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in SAMPLES.glob("*.json") if "file" in json.loads(path.read_text()))
)
def test_each_sample_is_scanned_as_its_description_says(name: str) -> None:
    expected = json.loads((SAMPLES / f"{name}.json").read_text())
    data = (SAMPLES / expected["file"]).read_bytes()
    if expected["stage"] == "failed":
        assert refusal(data) == expected["reason"]
    else:
        assert (scanned(data).facts.speech_ms == 0) == (expected.get("reason") == "no_speech")
