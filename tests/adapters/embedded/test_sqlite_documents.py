"""What SQLite's documents promise beyond the port: the file outlives its writers, and a page costs a page."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
from shared.domain.errors import Contended, DependencyUnavailable
from shared.ports.document_store import Document, Filter, Index, Query, Transaction, Value

CALLS = "companies/c1/calls"
BY_START = Index("calls", (("started_at", True),))
BY_STAGE_AND_START = Index("calls", (("stage", False), ("started_at", True)))
BY_SCORE = Index("calls", (("score", True), ("started_at", False)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "documents.sqlite3"


def test_a_committed_write_survives_kill_9(path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
store = SQLiteDocuments(Path(sys.argv[1]))
for number in range(50):
    store.set(f"companies/c1/calls/{number}", {"n": number})
store.transaction(lambda transaction: transaction.set("companies/c1/calls/last", {}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False)

    assert killed.returncode == -signal.SIGKILL
    assert SQLiteDocuments(path).count(Query(CALLS)) == 51


def test_what_a_killed_transaction_had_written_is_not_there_and_holds_no_lock(path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
store = SQLiteDocuments(Path(sys.argv[1]))
store.set("companies/c1/calls/a", {"n": 1})
def work(transaction):
    transaction.update("companies/c1/calls/a", {"n": 2})
    os.kill(os.getpid(), signal.SIGKILL)
store.transaction(work)
"""
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)

    store = SQLiteDocuments(path, busy_timeout_s=1)
    assert numbers(store) == [1]
    store.update(f"{CALLS}/a", {"n": 3})


def test_a_child_of_a_fork_opens_the_file_anew(path: Path) -> None:
    """In a process of its own: this one may hold threads of other tests' clients, which a fork would break."""
    code = """
import os, sys
from pathlib import Path
from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
from shared.ports.document_store import Increment
store = SQLiteDocuments(Path(sys.argv[1]))
store.set("companies/c1/calls/a", {"n": 0})
child = os.fork()
if child == 0:
    code = 1
    try:
        store.update("companies/c1/calls/a", {"n": Increment(1)})
        code = 0
    finally:
        os._exit(code)
_, status = os.waitpid(child, 0)
store.update("companies/c1/calls/a", {"n": Increment(1)})
sys.exit(status != 0)
"""
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)

    assert numbers(SQLiteDocuments(path)) == [2]


def test_a_lock_that_stays_makes_a_write_unavailable_and_a_transaction_contended(path: Path) -> None:
    store = SQLiteDocuments(path, busy_timeout_s=0.05)
    store.set(f"{CALLS}/a", {"n": 1})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert numbers(store) == [1]
    with pytest.raises(DependencyUnavailable):
        store.set(f"{CALLS}/a", {"n": 2})
    with pytest.raises(Contended):
        store.transaction(lambda transaction: transaction.set(f"{CALLS}/a", {"n": 2}))

    other.execute("ROLLBACK")
    other.close()
    store.set(f"{CALLS}/a", {"n": 3})
    assert numbers(store) == [3]


def test_a_file_that_cannot_be_opened_is_an_unavailable_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("this is no database, and it is longer than a header of one hundred bytes " * 3)

    with pytest.raises(DependencyUnavailable):
        SQLiteDocuments(tmp_path / "file").get(f"{CALLS}/a")
    with pytest.raises(DependencyUnavailable):
        SQLiteDocuments(tmp_path / "file" / "documents.sqlite3").get(f"{CALLS}/a")


@pytest.mark.parametrize(
    "beside",
    [lambda store: store.set(f"{CALLS}/b", {}), lambda store: store.transaction(lambda _: None)],
    ids=["write", "transaction"],
)
def test_work_that_writes_beside_its_transaction_is_refused_not_deadlocked(
    path: Path, beside: Callable[[SQLiteDocuments], None]
) -> None:
    store = SQLiteDocuments(path)
    with pytest.raises(ValueError, match="transaction"):
        store.transaction(lambda _: beside(store))

    beside(store)


def test_what_firestore_would_charge_for_is_told(path: Path) -> None:
    bill: Counter[str] = Counter()
    store = SQLiteDocuments(path, bill=lambda operation, times: bill.update({operation: times}))

    def work(transaction: Transaction) -> None:
        transaction.get(f"{CALLS}/0")
        transaction.update(f"{CALLS}/0", {"n": 1})
        transaction.delete(f"{CALLS}/1")

    def raises(transaction: Transaction) -> None:
        transaction.set(f"{CALLS}/0", {})
        raise LookupError

    for number in range(3):
        store.create(f"{CALLS}/{number}", {})
    assert took(bill) == {"write": 3}
    store.get_many([f"{CALLS}/0", f"{CALLS}/none"])
    assert took(bill) == {"read": 2}
    store.query(Query(CALLS))
    store.query(Query("companies/c2/calls"))
    assert took(bill) == {"read": 4}
    store.count(Query(CALLS))
    assert took(bill) == {"read": 1}
    store.transaction(work)
    assert took(bill) == {"read": 1, "write": 1, "delete": 1}
    with pytest.raises(LookupError):
        store.transaction(raises)
    assert took(bill) == {}


# -- a page costs a page --------------------------------------------------------------------------------------

MANY = 4_000
PAGE = 20


class Counted(SQLiteDocuments):
    """Counts the steps of SQLite's virtual machine, by the hundred."""

    hundreds = 0

    def _opened(self) -> sqlite3.Connection:
        connection = super()._opened()

        def step() -> int:
            self.hundreds += 1
            return 0

        connection.set_progress_handler(step, 100)
        return connection

    def cost(self, query: Query) -> int:
        before = self.hundreds
        self.query(query)
        return self.hundreds - before


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    """Calls of two companies, a fifth of them analyzed, only eleven scores; some without a start or a stage."""
    store = Counted(tmp_path_factory.mktemp("many") / "documents.sqlite3", [BY_START, BY_STAGE_AND_START, BY_SCORE])
    store.set(f"{CALLS}/none", {})

    def work(transaction: Transaction) -> None:
        for number in range(MANY):
            stage = "analyzed" if number % 5 == 0 else "transcribing"
            call: dict[str, Value] = {
                "started_at": number // 3,
                "stage": stage,
                "score": None if number % 11 == 0 else number % 11,
            }
            transaction.set(f"companies/c{number % 2}/calls/{number:06}", call)
            transaction.set(f"companies/c{number % 2}/turns/{number:06}", {"started_at": number})

    store.transaction(work)
    yield store
    store.close()


@pytest.mark.parametrize(
    "query",
    [
        Query(CALLS, order_by=(("started_at", True),)),
        Query(CALLS, order_by=(("started_at", False),)),
        Query(CALLS, filters=(Filter("stage", "==", "analyzed"),), order_by=(("started_at", True),)),
        Query(CALLS, filters=(Filter("stage", "==", "analyzed"),), order_by=(("started_at", False),)),
        Query(
            CALLS,
            filters=(
                Filter("stage", "==", "analyzed"),
                Filter("started_at", ">=", 100),
                Filter("started_at", "<", 1_200),
            ),
            order_by=(("started_at", True),),
        ),
        Query(CALLS, order_by=(("score", True), ("started_at", False))),
        Query(CALLS, filters=(Filter("score", "<=", 7),), order_by=(("score", True), ("started_at", False))),
    ],
    ids=["start desc", "start", "stage, start desc", "stage, start", "stage, range", "score", "score to 7"],
)
def test_the_last_page_of_many_costs_what_the_first_does(many: Counted, query: Query) -> None:
    everything = many.query(query)
    assert len(everything) > 10 * PAGE
    first = many.cost(Query(CALLS, query.filters, query.order_by, None, PAGE))

    costs = [
        many.cost(Query(CALLS, query.filters, query.order_by, after(everything[position], query), PAGE))
        for position in range(PAGE, len(everything) - PAGE, len(everything) // 7)
    ]

    # A cursor asks for the ties first, then for what follows: at most three searches instead of one.
    assert max(costs) <= 3 * first + 3, f"first page {first}, later pages {costs} hundred steps"
    assert many.cost(Query(CALLS, query.filters, query.order_by)) > 10 * first


def test_a_count_of_one_stage_reads_the_index_alone(many: Counted) -> None:
    query = Query(CALLS, filters=(Filter("stage", "==", "analyzed"),))
    before = many.hundreds
    assert many.count(query) == MANY // 10

    assert many.hundreds - before <= MANY // 10 * 12 // 100 + 3


def after(document: Document, query: Query) -> tuple[Value, ...]:
    return (*(document.data[name] for name, _ in query.order_by), document.id)


def numbers(store: SQLiteDocuments) -> list[object]:
    return [each.data["n"] for each in store.query(Query(CALLS))]


def took(bill: Counter[str]) -> dict[str, int]:
    taken = dict(bill)
    bill.clear()
    return taken
