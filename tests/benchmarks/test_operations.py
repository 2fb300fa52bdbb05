"""The counts in docs/operations.json, from which the cost is computed, are not behind the code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.benchmarks import cost
from tests.benchmarks.bench_operations import COLUMNS, KEPT, measured

WRITE = "python -m tests.benchmarks.bench_operations --write && make docs"


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.emulator
def test_a_call_costs_the_operations_that_the_document_says(
    tmp_path: Path, firestore_emulator: str, pubsub_emulator: str, storage_emulator: str
) -> None:
    os.environ |= {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "PUBSUB_EMULATOR_HOST": pubsub_emulator,
        "STORAGE_EMULATOR_HOST": storage_emulator,
    }
    kept, now = json.loads(KEPT.read_text())["steps"], measured(tmp_path)["steps"]
    assert now.keys() == kept.keys(), WRITE
    for step, counts in now.items():
        # a busy machine may bring something twice, and then there is more to count
        if counts["deliveries"] == kept[step]["deliveries"]:
            same = {name for name in COLUMNS if name != "seconds" and counts[name] == kept[step][name]}
            assert same == {*COLUMNS} - {"seconds"}, f"{step}: {WRITE}"


def test_every_step_that_is_counted_runs_on_a_machine_that_terraform_names() -> None:
    assert json.loads(KEPT.read_text())["steps"].keys() <= cost.machines().keys()


def test_memory_is_counted_in_gib_however_terraform_writes_it() -> None:
    assert cost.gib_of("2Gi") == 2
    assert cost.gib_of("512Mi") == 0.5
