"""OpenAI's transcription through its stub: heard at once, kept for the look that comes later, paid for once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.stt.openai_recognizer import OpenAIRecognizer
from shared.domain.audio import Span
from shared.domain.errors import DependencyUnavailable, RateLimited, RecognitionFailed
from shared.domain.identity import JobId
from shared.local.openai_stub import Model, serving
from shared.ports.recognizer import Done, Lost
from tests.adapters.stt.requests import a_request


@pytest.fixture
def model() -> Model:
    return Model(hears=lambda content: "Assalomu alaykum, eshitaman sizni.")


@pytest.fixture
def recognizer(model: Model, tmp_path: Path) -> Iterator[OpenAIRecognizer]:
    with serving(model) as url:
        results = FolderObjects(tmp_path / "results", "artifacts", "http://x", b"k")
        recognizer = OpenAIRecognizer(model.key, results, model="gpt-transcribe", base_url=url)
        yield recognizer
        recognizer.close()


def test_each_channel_is_heard_at_the_time_of_its_speech(
    tmp_path: Path, model: Model, recognizer: OpenAIRecognizer
) -> None:
    done = recognizer.fetch(recognizer.submit(a_request(tmp_path)))
    assert isinstance(done, Done)
    assert [(s.channel, s.start_ms, s.end_ms) for s in done.recognition.segments] == [(0, 400, 5000), (1, 5600, 9000)]
    assert (done.recognition.model, done.recognition.language) == ("gpt-transcribe", "uz")
    assert {form["model"] for form in model.heard} == {"gpt-transcribe"}


def test_the_same_submission_twice_is_one_job_and_is_paid_for_once(
    tmp_path: Path, model: Model, recognizer: OpenAIRecognizer
) -> None:
    request = a_request(tmp_path)
    assert recognizer.submit(request) == recognizer.submit(request)
    assert len(model.heard) == 2  # its two channels


def test_nothing_heard_in_much_speech_is_an_outage_and_an_unknown_job_is_lost(
    tmp_path: Path, model: Model, recognizer: OpenAIRecognizer
) -> None:
    model.hears = lambda content: " "
    spoken = (Span(start_ms=0, end_ms=70_000),)
    job = recognizer.submit(a_request(tmp_path, channels=1, speech=(spoken,)))
    assert isinstance(recognizer.fetch(job), Lost)
    assert isinstance(recognizer.fetch(JobId("0" * 64)), Lost)


@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ({"status": 429, "retry_after": "3"}, RateLimited),
        ({"status": 429, "code": "insufficient_quota"}, DependencyUnavailable),
        ({"status": 500}, DependencyUnavailable),
        ({"status": 400}, RecognitionFailed),
        ({"key": "another"}, DependencyUnavailable),
    ],
)
def test_each_refusal_is_told_by_what_can_be_done_about_it(
    tmp_path: Path, model: Model, recognizer: OpenAIRecognizer, switch: dict[str, Any], error: type[Exception]
) -> None:
    for name, value in switch.items():
        setattr(model, name, value)
    with pytest.raises(error):
        recognizer.submit(a_request(tmp_path))
