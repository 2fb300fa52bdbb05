"""The whole product with an exchange, a speech vendor and a language model: stubs that speak their wire formats."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shared.local.onlinepbx_stub import Account
from shared.local.openai_stub import Model
from shared.local.product import running
from shared.local.uzbekvoice_stub import Voice
from tests.e2e.conftest import signed_in
from tests.e2e.silence import leaks, told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_call_rings_is_heard_by_one_vendor_and_judged_by_another_and_no_log_tells_of_it(tmp_path: Path) -> None:
    with running(tmp_path, rings=True, has_vendors=True) as product, signed_in(product, product.login.admin) as client:
        until = time.monotonic() + 120
        judged = None
        while judged is None and time.monotonic() < until:
            found = client.get("/v1/calls?limit=100").raise_for_status().json()["items"]
            judged = next((call for call in found if call["stage"] == "analyzed"), None)
            time.sleep(0.3)
        assert judged is not None
        analysis = client.get(f"/v1/calls/{judged['id']}/analysis").raise_for_status().json()
        turns = client.get(f"/v1/calls/{judged['id']}/turns").raise_for_status().json()["items"]
        kept = list(told(client, product))

    assert analysis["model"].startswith("gpt")
    assert {turn["speaker"] for turn in turns} == {"operator", "customer"}
    assert judged["language"] == "uz"
    assert 0 < judged["score"]["percent"] <= 100
    assert any(item["answer"]["evidence"] for each in analysis["checklist"]["segments"] for item in each["items"])
    assert len(kept) > 5
    keys = (Voice().key, Model().key, Account().api_key, (tmp_path / "signing-secret").read_text())
    assert leaks(tmp_path / "logs", [*kept, *keys]) == []
    # what is looked for is found where it is
    (tmp_path / "logs" / "x.log").write_text(f"said {turns[-1]['text']}")
    assert leaks(tmp_path / "logs", [turns[-1]["text"]]) == ["x.log:1"]
