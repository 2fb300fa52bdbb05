"""The same product on Google's adapters and emulators: Storage → transcribe → Pub/Sub push → analyze → API."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shared.local.delivery import Pace
from shared.local.product import running
from shared.local.seed import DEMO, SAMPLES
from shared.local.surroundings import emulated
from tests.e2e.conftest import signed_in

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.emulator, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, httpx.Client]]:
    """Where Cloud Storage answers, and a client of the API; objects' events and tasks come twice and out of order."""
    data = tmp_path_factory.mktemp("emulated")
    pace = Pace(duplicate=True, shuffle=True, shuffle_s=0.2, seed=11)
    env = {"DIALIX_LEASE_S": "20", "DIALIX_STEP_DUE_S": "15", "DIALIX_FIRST_POLL_S": "1"}
    with (
        running(data, surround=emulated, pace=pace, env=env) as started,
        signed_in(started, started.login.admin) as client,
    ):
        yield os.environ["STORAGE_EMULATOR_HOST"], client


def settled(client: httpx.Client, call: str, patience_s: float = 240) -> dict[str, Any]:
    until = time.monotonic() + patience_s
    while True:
        found: dict[str, Any] = client.get(f"/v1/calls/{call}").raise_for_status().json()
        if found["stage"] in ("analyzed", "skipped", "failed"):
            return found
        assert time.monotonic() < until, f"still {found['stage']}: {found['history']}"
        time.sleep(0.3)


def stages(call: dict[str, Any]) -> list[str]:
    return [change["stage"] for change in call["history"]]


def test_a_recording_becomes_a_judged_call_that_can_be_heard(product: tuple[str, httpx.Client]) -> None:
    _, client = product
    with (SAMPLES / "en-wrong-number.wav").open("rb") as file:
        sent = client.post("/v1/calls", files={"file": ("wrong.wav", file)})
    assert sent.status_code == 202, sent.text
    call = settled(client, sent.json()["id"])

    assert call["stage"] == "analyzed", call
    assert len(set(stages(call))) == len(stages(call))
    link = client.get(f"/v1/calls/{call['id']}/audio").raise_for_status().json()["url"]
    heard = httpx.get(link, headers={"Range": "bytes=0-3"}, timeout=30)
    assert (heard.status_code, heard.content) == (206, b"RIFF")


def test_an_object_that_nobody_announced_to_us_becomes_a_call_by_its_event(
    product: tuple[str, httpx.Client],
) -> None:
    storage, client = product
    content = b"this is no audio at all, whatever its name says"
    httpx.post(
        f"{storage}/upload/storage/v1/b/dialix-audio/o",
        params={"uploadType": "media", "name": f"uploads/{DEMO}/dropped.mp3"},
        content=content,
    ).raise_for_status()
    until = time.monotonic() + 120
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < until:
        rows = client.get("/v1/calls?limit=100").raise_for_status().json()["items"]
        found = [row for row in rows if row["title"] == "dropped.mp3"]
        time.sleep(0.3)
    assert found, "its event never came"

    call = settled(client, found[0]["id"])
    assert (call["stage"], call["reason"]) == ("failed", "not_audio")


def test_a_transcript_goes_through_pubsub_alone(product: tuple[str, httpx.Client]) -> None:
    _, client = product
    body = json.loads((SAMPLES / "dialogues" / "ru-grubyi-operator.json").read_text())
    body.pop("expected")
    sent = client.post("/v1/calls", json=body)
    assert sent.status_code == 202, sent.text

    assert settled(client, sent.json()["id"])["stage"] == "analyzed"
