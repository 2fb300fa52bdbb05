"""Terraform with our providers behind it, and one plan of the whole, for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.infra import offline
from tests.infra.rules import Plan


@pytest.fixture(scope="session")
def terraform() -> Iterator[offline.Offline]:
    with offline.terraform() as ready:
        yield ready


@pytest.fixture(scope="session")
def plan(terraform: offline.Offline, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = offline.workspace(tmp_path_factory.mktemp("plan") / "terraform")
    ran = terraform.plan(folder)
    assert ran.code == 0, ran.output
    return Plan(terraform.planned(folder), folder)
