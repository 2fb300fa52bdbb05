"""UzbekVoice through its stub: channels, times, outages, and what is an outage though it looks like silence."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.stt import uzbekvoice
from shared.adapters.stt.cutting import cuts, pieces
from shared.adapters.stt.uzbekvoice import UzbekVoice
from shared.domain.audio import Span
from shared.domain.errors import DependencyUnavailable, RateLimited, RecognitionFailed
from shared.domain.identity import JobId
from shared.local.uzbekvoice_stub import Voice, serving
from shared.ports.recognizer import Done, Lost, Pending
from tests.adapters.stt.requests import SPEECH, a_request, finished


@pytest.fixture
def voice() -> Voice:
    return Voice()


@pytest.fixture
def url(voice: Voice) -> Iterator[str]:
    with serving(voice) as url:
        yield url


@pytest.fixture
def recognizer(voice: Voice, url: str) -> Iterator[UzbekVoice]:
    recognizer = UzbekVoice(voice.key, url=url)
    yield recognizer
    recognizer.close()


def seconds_of(content: bytes) -> float:
    with av.open(io.BytesIO(content), "r") as container:
        return float(sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0)))


def test_each_channel_is_a_job_of_its_own_and_its_words_are_its_own(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice
) -> None:
    job = recognizer.submit(a_request(tmp_path))
    assert [form["run_diarization"] for form, _ in voice.submitted] == ["false", "false"]
    assert {form["webhook_notification_url"] for form, _ in voice.submitted} == {"https://dialix.example/hook"}
    assert all(seconds_of(content) == pytest.approx(10, abs=0.3) for _, content in voice.submitted)
    assert isinstance(recognizer.fetch(job), Pending)
    done = finished(recognizer, job)
    assert isinstance(done, Done)
    assert {segment.channel for segment in done.recognition.segments} == {0, 1}
    assert all(segment.speaker_label is None for segment in done.recognition.segments)
    words = [word for segment in done.recognition.segments if segment.channel == 1 for word in segment.words]
    assert [word.start_ms for word in words] == [500 * number for number in range(20)]


def test_the_voices_of_a_mono_call_are_the_vendor_s(tmp_path: Path, voice: Voice, recognizer: UzbekVoice) -> None:
    voice.says = lambda form, content: [("salom", 0, 400, 0), ("xayr", 600, 900, 1), ("ha", 5_000, 5_200, 1)]
    job = recognizer.submit(a_request(tmp_path, channels=1))
    assert [form["run_diarization"] for form, _ in voice.submitted] == ["phone"]
    done = finished(recognizer, job)
    assert isinstance(done, Done)
    assert [(s.speaker_label, s.text) for s in done.recognition.segments] == [
        ("0", "salom"),
        ("1", "xayr"),
        ("1", "ha"),
    ]


def test_a_channel_on_which_nobody_speaks_costs_nothing(tmp_path: Path, voice: Voice, recognizer: UzbekVoice) -> None:
    recognizer.submit(a_request(tmp_path, speech=(SPEECH[0], ())))
    assert len(voice.submitted) == 1


@pytest.mark.parametrize(("hint", "sent"), [("uz", "uz"), ("ru", "ru"), ("mixed", "uz-ru"), (None, "uz-ru")])
def test_the_language_is_the_call_s_or_the_mix(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice, hint: str | None, sent: str
) -> None:
    recognizer.submit(a_request(tmp_path, language_hint=hint))
    assert {form["language"] for form, _ in voice.submitted} == {sent}


def test_the_mix_is_spelled_the_other_way_where_the_first_is_refused(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice
) -> None:
    voice.refused_languages = ("uz-ru",)
    recognizer.submit(a_request(tmp_path))
    assert {form["language"] for form, _ in voice.submitted} == {"ru-uz"}


@pytest.mark.parametrize("ends_as", ["SUCCESS", "completed", "Done"])
@pytest.mark.parametrize("names_state", [False, True])
def test_a_finished_job_is_known_by_any_of_its_names(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice, ends_as: str, names_state: bool
) -> None:
    voice.ends_as, voice.names_state = ends_as, names_state
    assert isinstance(finished(recognizer, recognizer.submit(a_request(tmp_path))), Done)


def test_text_without_times_is_one_segment_without_the_vendor_s_labels(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice
) -> None:
    voice.without_offsets = True
    voice.says = lambda form, content: [("Speaker 0: salom", 0, 100, None), ("Speaker 1: xayr", 100, 200, None)]
    done = finished(recognizer, recognizer.submit(a_request(tmp_path, channels=1)))
    assert isinstance(done, Done)
    (segment,) = done.recognition.segments
    assert (segment.text, segment.start_ms, segment.end_ms) == ("salom xayr", 0, 10_000)


@pytest.mark.parametrize("switch", [{"ends_as": "FAILURE"}, {"task_status": 404}, {"task_status": 500}])
def test_a_job_that_broke_may_be_submitted_again(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice, switch: dict[str, Any]
) -> None:
    job = recognizer.submit(a_request(tmp_path))
    for name, value in switch.items():
        setattr(voice, name, value)
    assert isinstance(finished(recognizer, job), Lost)


def test_a_minute_of_speech_without_text_is_an_outage_and_a_word_of_it_is_not(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice
) -> None:
    voice.is_empty = True
    long = ((Span(start_ms=0, end_ms=70_000),), ())
    assert isinstance(finished(recognizer, recognizer.submit(a_request(tmp_path, speech=long))), Lost)
    assert isinstance(finished(recognizer, recognizer.submit(a_request(tmp_path))), Done)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, DependencyUnavailable),
        (402, DependencyUnavailable),
        (413, RecognitionFailed),
        (422, RecognitionFailed),
        (429, RateLimited),
        (500, DependencyUnavailable),
        (503, DependencyUnavailable),
    ],
)
def test_a_refusal_is_final_only_where_the_recording_is_the_reason(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice, status: int, error: type[Exception]
) -> None:
    voice.submit_status, voice.retry_after = status, "9"
    with pytest.raises(error) as raised:
        recognizer.submit(a_request(tmp_path))
    assert getattr(raised.value, "retry_after_s", 9) == 9


def test_a_page_in_place_of_an_answer_and_nobody_at_home_are_tried_later(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice
) -> None:
    voice.is_html = True
    with pytest.raises(DependencyUnavailable):
        recognizer.submit(a_request(tmp_path))
    nobody = UzbekVoice("key", url="http://127.0.0.1:1")
    with pytest.raises(DependencyUnavailable):
        nobody.submit(a_request(tmp_path))
    nobody.close()


def test_a_recording_that_does_not_decode_is_refused_for_good(tmp_path: Path, recognizer: UzbekVoice) -> None:
    request = a_request(tmp_path)
    stat = request.audio.write("broken.wav", [b"nothing"])
    broken = a_request(tmp_path, path="broken.wav", generation=stat.generation)
    with pytest.raises(RecognitionFailed):
        recognizer.submit(broken)


def test_a_job_of_somebody_else_s_is_lost(recognizer: UzbekVoice) -> None:
    assert isinstance(recognizer.fetch(JobId("not ours")), Lost)


def test_a_recording_over_the_limit_is_cut_in_silence_and_its_times_are_the_recording_s(
    tmp_path: Path, voice: Voice, recognizer: UzbekVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uzbekvoice, "LONGEST_MS", 6_000)
    voice.says = lambda form, content: [("so‘z", 100, 300, None)]
    job = recognizer.submit(a_request(tmp_path))
    assert [round(seconds_of(content), 1) for _, content in voice.submitted] == pytest.approx(
        [5.3, 4.7, 5.3, 4.7], abs=0.5
    )
    done = finished(recognizer, job)
    assert isinstance(done, Done)
    starts = sorted({segment.start_ms for segment in done.recognition.segments})
    assert starts[0] == 100
    assert all(5_000 < start < 6_200 for start in starts[1:])


def test_nothing_of_a_recording_is_lost_where_it_is_cut(tmp_path: Path) -> None:
    request = a_request(tmp_path)
    with pieces(request, longest_ms=3_000) as cut:
        lengths = dict.fromkeys((0, 1), 0.0)
        for piece in cut:
            assert piece.start_ms == pytest.approx(lengths[piece.channel] * 1000, abs=400)
            lengths[piece.channel] += seconds_of(piece.path.read_bytes())
        paths = [piece.path for piece in cut]
    assert lengths == pytest.approx({0: 10.0, 1: 10.0}, abs=0.8)
    assert not any(path.exists() for path in paths)


@given(
    st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 4_000)), max_size=30),
    st.integers(1_000, 20_000),
)
def test_no_piece_is_longer_than_the_limit(steps: list[tuple[int, int]], longest_ms: int) -> None:
    spans: list[Span] = []
    at = 0
    for pause, length in steps:
        spans.append(Span(start_ms=at + pause, end_ms=at + pause + length))
        at += pause + length
    duration = at + 500
    borders = [0, *cuts(spans, duration, longest_ms), duration]
    assert borders == sorted(borders)
    assert all(0 < end - begin <= longest_ms for begin, end in itertools.pairwise(borders))
