"""Each function as it is deployed: its own process under functions-framework, and the very requests Google sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.local.processes import Function, Processes
from tests.recorded import recorded

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    data = tmp_path_factory.mktemp("functions")
    env = {
        "DIALIX_ENVIRONMENT": "development",
        "DIALIX_WORLD": "embedded",
        "DIALIX_DATA_DIR": str(data),
        "DIALIX_SIGNING_SECRET": "only-for-this-test-" * 3,
        "DIALIX_PUBLIC_URL": "http://127.0.0.1:1",
    }
    functions = [
        Function("transcribe", "transcribe", "cloudevent"),
        Function("transcribe_submit", "transcribe", "http"),
        Function("analyze", "analyze", "cloudevent"),
        Function("api", "api", "http", is_asgi=True),
    ]
    with Processes(functions, root=ROOT, log_dir=data / "logs", env=env) as processes:
        processes.wait_until_ready()
        yield processes.urls


@pytest.mark.parametrize(
    ("entry_point", "name"),
    [
        ("transcribe", "storage_finalised"),
        ("transcribe", "storage_finalised_with_numbers"),
        ("transcribe", "storage_finalised_folder_placeholder"),
        ("transcribe", "storage_finalised_foreign_bucket"),
        ("transcribe", "storage_finalised_truncated"),
        ("transcribe", "storage_deleted"),
        ("analyze", "pubsub_call_transcribed"),
        ("analyze", "pubsub_without_data"),
        ("analyze", "pubsub_not_base64"),
    ],
)
def test_a_delivery_about_nothing_of_ours_is_acknowledged_and_not_brought_again(
    urls: dict[str, str], entry_point: str, name: str
) -> None:
    headers, body = recorded(name)
    answer = httpx.post(urls[entry_point], headers=headers, content=json.dumps(body), timeout=30)
    assert answer.status_code == 200, answer.text


def test_a_task_that_cannot_be_understood_is_done_with(urls: dict[str, str]) -> None:
    answer = httpx.post(urls["transcribe_submit"], content=b'{"company": "demo"}', timeout=30)
    assert answer.status_code == 204


def test_the_api_answers_through_the_frameworks_asgi_mode(urls: dict[str, str]) -> None:
    assert httpx.get(urls["api"] + "/v1/health", timeout=30).json()["status"] == "ok"
    assert httpx.get(urls["api"] + "/v1/calls", timeout=30).status_code == 401
