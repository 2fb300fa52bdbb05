"""What a log may never hold: who was called, what was said, and what opens anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx

from shared.local.product import Running

_TELLING = 12
"""Letters from which a text cannot be in a log by chance."""


def leaks(logs: Path, secrets: Iterable[str]) -> list[str]:
    """File and line of every log line that holds one of them."""
    wanted = [secret for secret in secrets if secret]
    return [
        f"{path.name}:{number}"
        for path in sorted(logs.rglob("*.log"))
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if any(secret in line for secret in wanted)
    ]


def told(client: httpx.Client, product: Running) -> Iterator[str]:
    """Every number and every text that the API knows, and what the caller signed in with."""
    yield product.login.password
    yield client.headers["Authorization"].removeprefix("Bearer ")
    for call in client.get("/v1/calls?limit=100").raise_for_status().json()["items"]:
        if call["customer_phone"]:
            yield call["customer_phone"].removeprefix("+")
        if call["summary"]:
            yield call["summary"]
        for turn in client.get(f"/v1/calls/{call['id']}/turns").raise_for_status().json()["items"]:
            if len(turn["text"]) >= _TELLING:
                yield turn["text"]
