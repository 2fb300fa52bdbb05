"""The stores under the contract, and what another process does to them while a test looks on."""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import Thread
from typing import TypeAlias

from shared.ports.document_store import DocumentStore, Increment, Transaction

Place: TypeAlias = tuple[str, str]
"""("sqlite", file) or ("firestore", project); the emulator's host is in the environment."""


def a_store(place: Place) -> DocumentStore:
    kind, where = place
    if kind == "sqlite":
        from shared.adapters.embedded.sqlite_documents import SQLiteDocuments

        return SQLiteDocuments(Path(where), busy_timeout_s=60)
    from shared.adapters.gcp.firestore_documents import FirestoreDocuments

    assert os.environ["FIRESTORE_EMULATOR_HOST"]
    return FirestoreDocuments(where)


def close(store: DocumentStore) -> None:
    end: Callable[[], None] = getattr(store, "close", lambda: None)
    end()


def raise_number(transaction: Transaction, path: str) -> None:
    """Reads, adds one in Python and writes: loses an update wherever a transaction is not one."""
    document = transaction.get(path)
    assert document is not None
    number = document.data["number"]
    assert isinstance(number, int)
    transaction.update(path, {"number": number + 1})


def raise_numbers(place: Place, path: str, times: int, threads: int, start: Barrier) -> None:
    """Each thread raises `number` in transactions and `blind` by blind increments."""
    store = a_store(place)
    store.get(path)
    start.wait(60)

    def work() -> None:
        for _ in range(times):
            store.transaction(lambda transaction: raise_number(transaction, path))
            store.update(path, {"blind": Increment(1)})

    workers = [Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    close(store)


def from_processes(place: Place, path: str, *, processes: int, threads: int, times: int) -> None:
    """`raise_numbers` in several processes at once."""
    context = get_context("spawn")
    start = context.Barrier(processes)
    children = [
        context.Process(target=raise_numbers, args=(place, path, times, threads, start)) for _ in range(processes)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
        child.close()
