"""What only Firestore's adapter does: its client is made late, and its SDK's surprises stay inside."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from shared.adapters.gcp.firestore_documents import FirestoreDocuments
from shared.domain.errors import DependencyUnavailable
from shared.ports.document_store import Increment, Transaction


def test_making_the_store_imports_no_sdk_and_opens_nothing() -> None:
    code = """
import sys
from shared.adapters.gcp.firestore_documents import FirestoreDocuments
FirestoreDocuments("project").close()
sys.exit(any(name.startswith(("google.cloud.firestore", "google.api_core", "grpc")) for name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_machine_without_credentials_has_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")

    with pytest.raises(DependencyUnavailable):
        FirestoreDocuments("project").get("companies/c1")


@pytest.fixture
def store(firestore_emulator: str) -> Iterator[FirestoreDocuments]:
    os.environ["FIRESTORE_EMULATOR_HOST"] = firestore_emulator
    store = FirestoreDocuments(f"test-{uuid.uuid4().hex[:20]}")
    yield store
    store.close()


@pytest.mark.emulator
def test_a_closed_store_may_be_used_again(store: FirestoreDocuments) -> None:
    store.set("companies/c1", {"n": 1})
    store.close()

    assert store.get("companies/c1") is not None


@pytest.mark.emulator
def test_a_database_of_another_name_is_another_store(store: FirestoreDocuments) -> None:
    project = f"test-{uuid.uuid4().hex[:20]}"
    one, other = FirestoreDocuments(project), FirestoreDocuments(project, "other")
    one.set("companies/c1", {})

    assert other.get("companies/c1") is None
    one.close()
    other.close()


@pytest.mark.emulator
def test_the_works_own_error_is_not_taken_for_the_sdks(store: FirestoreDocuments) -> None:
    def work(transaction: Transaction) -> None:
        transaction.update("companies/c1", {"n": Increment(1)})
        raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        store.transaction(work)
