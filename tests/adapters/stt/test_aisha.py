"""Aisha through its stub: segments with times, whose voice is whose, and every way it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.stt import aisha
from shared.adapters.stt.aisha import Aisha
from shared.domain.audio import Span
from shared.domain.errors import DependencyUnavailable, RateLimited, RecognitionFailed
from shared.domain.identity import JobId
from shared.local.aisha_stub import Account, serving
from shared.ports.recognizer import Done, Lost, Pending
from tests.adapters.stt.requests import a_request, finished


@pytest.fixture
def account() -> Account:
    return Account(says=lambda form, content: [("Assalomu alaykum", 0.4, 1.2, "SPEAKER_00"), ("", 2, 3, "SPEAKER_01")])


@pytest.fixture
def recognizer(account: Account) -> Iterator[Aisha]:
    with serving(account) as url:
        recognizer = Aisha(account.key, url=url)
        yield recognizer
        recognizer.close()


def test_each_channel_is_a_file_and_its_segments_have_times(
    tmp_path: Path, account: Account, recognizer: Aisha
) -> None:
    done = finished(recognizer, recognizer.submit(a_request(tmp_path)))
    assert isinstance(done, Done)
    assert [(s.channel, s.start_ms, s.end_ms, s.text) for s in done.recognition.segments] == [
        (0, 400, 1200, "Assalomu alaykum"),
        (1, 400, 1200, "Assalomu alaykum"),
    ]
    assert {s.speaker_label for s in done.recognition.segments} == {None}
    assert [form["language"] for form in account.submitted] == ["uz", "uz"]


def test_voices_of_a_mono_recording_are_told_apart(tmp_path: Path, account: Account, recognizer: Aisha) -> None:
    account.says = lambda form, content: [("Salom", 0, 1, "SPEAKER_00"), ("Vaalaykum", 1, 2, "SPEAKER_01")]
    done = finished(recognizer, recognizer.submit(a_request(tmp_path, channels=1, language_hint="ru")))
    assert isinstance(done, Done)
    assert [s.speaker_label for s in done.recognition.segments] == ["SPEAKER_00", "SPEAKER_01"]
    assert account.submitted[0]["language"] == "ru"


def test_a_text_without_times_is_one_segment(tmp_path: Path, account: Account, recognizer: Aisha) -> None:
    account.without_diarization = True
    done = finished(recognizer, recognizer.submit(a_request(tmp_path, channels=1)))
    assert isinstance(done, Done)
    assert [(s.start_ms, s.end_ms) for s in done.recognition.segments] == [(0, 10_000)]


def test_a_long_recording_is_cut_and_its_times_are_put_together_again(
    tmp_path: Path, recognizer: Aisha, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aisha, "LONGEST_MS", 6_000)
    done = finished(recognizer, recognizer.submit(a_request(tmp_path, channels=1)))
    assert isinstance(done, Done)
    starts = [s.start_ms for s in done.recognition.segments]
    assert starts[0] == 400
    assert 5_000 <= starts[1] - 400 <= 6_000


def test_much_speech_with_no_text_is_an_outage(tmp_path: Path, account: Account, recognizer: Aisha) -> None:
    account.is_empty = True
    spoken = (Span(start_ms=0, end_ms=70_000),)
    job = recognizer.submit(a_request(tmp_path, channels=1, speech=(spoken,)))
    assert isinstance(finished(recognizer, job), Lost)


def test_what_ends_badly_or_is_unknown_is_lost(tmp_path: Path, account: Account, recognizer: Aisha) -> None:
    account.ends_as = "FAILED"
    job = recognizer.submit(a_request(tmp_path))
    assert isinstance(recognizer.fetch(job), Pending)
    assert isinstance(finished(recognizer, job), Lost)
    account.jobs.clear()
    assert isinstance(recognizer.fetch(job), Lost)
    assert isinstance(recognizer.fetch(JobId("nonsense")), Lost)


@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ({"submit_status": 429}, RateLimited),
        ({"submit_status": 402}, DependencyUnavailable),
        ({"submit_status": 503}, DependencyUnavailable),
        ({"submit_status": 400}, RecognitionFailed),
        ({"is_html": True}, DependencyUnavailable),
        ({"key": "another"}, DependencyUnavailable),
    ],
)
def test_each_refusal_is_told_by_what_can_be_done_about_it(
    tmp_path: Path, account: Account, recognizer: Aisha, switch: dict[str, Any], error: type[Exception]
) -> None:
    for name, value in switch.items():
        setattr(account, name, value)
    with pytest.raises(error):
        recognizer.submit(a_request(tmp_path))


def test_an_outage_while_it_works_is_asked_about_later(tmp_path: Path, account: Account, recognizer: Aisha) -> None:
    job = recognizer.submit(a_request(tmp_path))
    account.task_status = 502
    with pytest.raises(DependencyUnavailable):
        recognizer.fetch(job)
    account.task_status = 200
    assert isinstance(finished(recognizer, job), Done)
