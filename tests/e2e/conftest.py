from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.local.delivery import Pace
from shared.local.product import Running, running


@dataclass(frozen=True)
class Product:
    """The whole product in real processes, and a client that is signed in as the company's admin."""

    running: Running
    client: httpx.Client
    data: Path

    def call(self, call: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/calls/{call}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def signed_in(product: Running, username: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=product.url, timeout=60) as client:
        answer = client.post("/v1/auth/sign-in", json={"username": username, "password": product.login.password})
        answer.raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Everything is delivered twice and out of order: the product must not mind."""
    data = tmp_path_factory.mktemp("product")
    pace = Pace(duplicate=True, shuffle=True, shuffle_s=0.2, seed=7)
    env = {"DIALIX_LEASE_S": "20", "DIALIX_STEP_DUE_S": "15", "DIALIX_FIRST_POLL_S": "1"}
    with running(data, pace=pace, env=env) as started, signed_in(started, started.login.admin) as client:
        yield Product(started, client, data)
