"""The whole product, and an exchange that rings: calls come in, are heard, judged, and all accounted for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.local.product import Running, running
from tests.e2e.conftest import signed_in
from tests.e2e.silence import leaks, told

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def rung(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Running, httpx.Client]]:
    data = tmp_path_factory.mktemp("rung")
    with running(data, rings=True) as product, signed_in(product, product.login.admin) as client:
        yield data, product, client


def test_a_call_at_the_exchange_becomes_a_judged_call_of_its_operator(
    rung: tuple[Path, Running, httpx.Client],
) -> None:
    data, product, client = rung
    until = time.monotonic() + 240
    found: list[dict[str, Any]] = []
    while time.monotonic() < until:
        found = client.get("/v1/calls?limit=100").raise_for_status().json()["items"]
        if any(call["stage"] == "analyzed" for call in found):
            break
        time.sleep(0.5)
    judged = next(call for call in found if call["stage"] == "analyzed")
    missed = next(call for call in found if call["reason"] == "missed")
    assert (judged["source"], judged["operator"], judged["direction"]) == ("pbx", "op-101", "inbound")
    assert judged["customer_phone"] == "+998900003001"
    assert (missed["stage"], missed["extension"]) == ("skipped", "102")

    days = {(datetime.now(UTC) + timedelta(hours=5) - timedelta(hours=back)).date() for back in (0, 3)}
    reports = [client.get(f"/v1/integrations/pbx/coverage?day={day}").raise_for_status().json() for day in sorted(days)]
    assert [report["missing"] for report in reports] == [[]] * len(reports)
    assert sum(report["told"] for report in reports) >= 2

    assert leaks(data / "logs", [*told(client, product), (data / "signing-secret").read_text()]) == []
    assert client.get("/v1/integrations/pbx").json()["problem"] is None
