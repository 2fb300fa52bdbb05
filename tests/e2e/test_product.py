"""The product as its user has it: over HTTP and through the bucket, with every event twice and shuffled."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.local.demo import FINAL
from shared.local.seed import SAMPLES
from tests.e2e.conftest import Product, signed_in

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.timeout(600)]


def _settled(product: Product, call: str, patience_s: float = 240) -> dict[str, Any]:
    until = time.monotonic() + patience_s
    while True:
        found = product.call(call)
        if found["stage"] in FINAL:
            return found
        assert time.monotonic() < until, f"still {found['stage']}: {found['history']}"
        time.sleep(0.3)


def _upload(product: Product, path: Path) -> httpx.Response:
    with path.open("rb") as file:
        return product.client.post("/v1/calls", files={"file": (path.name, file)})


def _ends_once(call: dict[str, Any]) -> bool:
    stages = [change["stage"] for change in call["history"]]
    return len(stages) == len(set(stages))


def test_a_russian_recording_sent_over_http_becomes_a_judged_call(product: Product) -> None:
    sent = _upload(product, SAMPLES / "ru-spravochnaya.m4a")
    assert sent.status_code == 202
    call = _settled(product, sent.json()["id"])

    assert (call["stage"], call["language"]) == ("analyzed", "ru"), call["reason"]
    assert _ends_once(call)
    assert set(call["talk"]["speakers"]) == {"operator", "customer"}
    assert call["cost"]["recognition_tiyin"] > 0
    turns = product.client.get(f"/v1/calls/{call['id']}/turns").json()["items"]
    analysis = product.client.get(f"/v1/calls/{call['id']}/analysis").json()
    assert turns
    items = [item for segment in analysis["checklist"]["segments"] for item in segment["items"]]
    for item in items:
        evidence = item["answer"]["evidence"]
        if item["answer"]["verdict"] == "yes" and item["answer"]["counted"] == "yes":
            assert evidence["quote"] in turns[evidence["turn"]]["text"]
    assert analysis["summary"]


def test_the_same_recording_sent_again_is_the_same_call(product: Product) -> None:
    first = _upload(product, SAMPLES / "en-wrong-number.wav").json()
    settled = _settled(product, first["id"])
    again = _upload(product, SAMPLES / "en-wrong-number.wav")

    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert product.call(first["id"])["history"] == settled["history"]


def test_a_file_dropped_into_the_bucket_becomes_a_call(product: Product) -> None:
    assert product.running.uploads is not None
    shutil.copy(SAMPLES / "uzbek-unsupported.ogg", product.running.uploads / "tashlangan.ogg")
    until = time.monotonic() + 60
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < until:
        rows = product.client.get("/v1/calls?limit=100").json()["items"]
        found = [row for row in rows if row["title"] == "tashlangan.ogg"]
        time.sleep(0.2)
    assert found, "the dropped file never became a call"
    call = _settled(product, found[0]["id"])

    assert (call["stage"], call["reason"]) == ("skipped", "unsupported_language")
    assert call["score"] is None
    assert call["talk"]["speakers"]["operator"]["talk_ms"] > 0


@pytest.mark.parametrize("name", ["empty.wav", "not-audio.mp3", "truncated.wav", "silence.mp3"])
def test_what_cannot_be_judged_ends_with_a_reason(product: Product, name: str) -> None:
    expected = json.loads((SAMPLES / name).with_suffix(".json").read_text())
    call = _settled(product, _upload(product, SAMPLES / name).json()["id"])

    assert (call["stage"], call["reason"]) == (expected["stage"], expected["reason"])
    assert product.client.get(f"/v1/calls/{call['id']}/analysis").status_code == 404


def test_an_uzbek_transcript_sent_in_place_of_audio_is_judged(product: Product) -> None:
    body = json.loads((SAMPLES / "dialogues" / "uz-muzlatgich-sotuvi.json").read_text())
    body.pop("expected")
    body["title"] = "of this test alone: the page's tests may have sent the same words"
    sent = product.client.post("/v1/calls", json=body)
    assert sent.status_code == 202, sent.text
    call = _settled(product, sent.json()["id"])

    assert (call["stage"], call["language"]) == ("analyzed", "uz")
    assert call["score"]["percent"] is not None
    assert call["cost"]["recognition_tiyin"] == 0


def test_the_recording_plays_by_its_link_with_ranges(product: Product) -> None:
    call = _settled(product, _upload(product, SAMPLES / "en-wrong-number.wav").json()["id"])
    audio = product.client.get(f"/v1/calls/{call['id']}/audio").json()
    part = httpx.get(audio["url"], headers={"Range": "bytes=0-3"}, timeout=30)

    assert part.status_code == 206
    assert part.content == b"RIFF"
    assert len(audio["peaks"]) == 2


def test_an_operator_sees_no_call_of_another(product: Product) -> None:
    body = json.loads((SAMPLES / "dialogues" / "ru-grubyi-operator.json").read_text())
    body.pop("expected")
    body["extension"] = "999"
    call = product.client.post("/v1/calls", json=body).json()["id"]
    with signed_in(product.running, product.running.login.operator) as operator:
        assert operator.get(f"/v1/calls/{call}").status_code == 404
        assert call not in [row["id"] for row in operator.get("/v1/calls?limit=100").json()["items"]]


def test_no_log_line_holds_a_phone_number_a_word_of_a_call_or_the_password(product: Product) -> None:
    body = json.loads((SAMPLES / "dialogues" / "mixed-karta-tolovi.json").read_text())
    body.pop("expected")
    _settled(product, product.client.post("/v1/calls", json=body).json()["id"])
    secrets = [
        product.running.login.password,
        (product.data / "signing-secret").read_text(),
        *filter(None, [body.get("customer_phone")]),
        *(turn["text"] for turn in body["turns"]),
    ]
    for log in (product.data / "logs").iterdir():
        text = log.read_text()
        assert [secret[:12] for secret in secrets if secret in text] == [], log.name
