"""Calls of one company: the call, its turns in chunks beneath it, its analyses by revision, its charges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.domain.analysis import Judgement, Score
from shared.domain.call import Call, Stage
from shared.domain.errors import NotFound
from shared.domain.identity import CallId, ChecklistId, CompanyId, OperatorId
from shared.domain.transcript import Turn
from shared.ports.document_store import DocumentStore, Filter, Index, Query, Transaction, Value
from shared.services.repositories.documents import from_document, to_document

TURNS_PER_CHUNK = 200
"""A turn is a few hundred bytes; 200 stay far below a document's 1 MiB."""

_NARROWED_TO = ((), ("stage",), ("operator",), ("operator", "stage"))
INDEXES = (
    Index("calls", (("due_at", False),)),
    *(
        Index("calls", (*((field, False) for field in fields), ("started_at", newest_first)))
        for fields in _NARROWED_TO
        for newest_first in (True, False)
    ),
)
"""What `page` and `overdue` are answered from."""


class Analysis(BaseModel):
    """One analysis of a call, as kept: every one ever made stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: int
    created_at: datetime
    checklist: ChecklistId | None = None
    checklist_version: int | None = None
    judge: str
    judgement: Judgement
    score: Score
    summary_language: str


class Charge(BaseModel):
    """A ledger entry, keyed `(call, revision, stage)`: the same step is never charged twice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call: CallId
    revision: int
    stage: Stage
    amount_tiyin: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What a list is narrowed to; None: not narrowed."""

    stage: Stage | None = None
    operator: OperatorId | None = None


class Calls:
    def __init__(self, store: DocumentStore, company: CompanyId) -> None:
        self._store = store
        self._collection = f"companies/{company}/calls"
        self._ledger = f"companies/{company}/ledger"

    def find(self, call: CallId) -> Call | None:
        document = self._store.get(f"{self._collection}/{call}")
        return from_document(Call, document.data) if document else None

    def get(self, call: CallId) -> Call:
        """Raises NotFound."""
        found = self.find(call)
        if found is None:
            raise NotFound(f"no call {call}")
        return found

    def get_many(self, calls: Sequence[CallId]) -> list[Call | None]:
        """One answer for each, in their order."""
        found = self._store.get_many([f"{self._collection}/{call}" for call in calls])
        return [from_document(Call, document.data) if document else None for document in found]

    def create(self, call: Call) -> None:
        """Raises AlreadyExists."""
        self._store.create(f"{self._collection}/{call.id}", to_document(call))

    def change(self, call: CallId, work: Callable[[Call, CallChange], Call | None]) -> Call:
        """Runs `work` on the call as it stands and keeps what it returns, all or nothing; None changes nothing.

        `work` may run several times and adds what belongs to the same step through its second argument. Returns
        the call as it then stands. Raises NotFound.
        """

        def in_transaction(transaction: Transaction) -> Call:
            document = transaction.get(f"{self._collection}/{call}")
            if document is None:
                raise NotFound(f"no call {call}")
            before = from_document(Call, document.data)
            change = CallChange(transaction, self._collection, self._ledger)
            after = work(before, change)
            if after is None:
                return before
            if after != before:
                transaction.set(document.path, to_document(after))
            return after

        return self._store.transaction(in_transaction)

    def page(
        self, where: CallFilter, *, newest_first: bool, limit: int, after: Sequence[Value] | None = None
    ) -> list[Call]:
        """Calls in order of their start. `after` is `(started_at, id)` of the last one seen."""
        filters = []
        if where.stage is not None:
            filters.append(Filter("stage", "==", where.stage.value))
        if where.operator is not None:
            filters.append(Filter("operator", "==", where.operator))
        query = Query(
            self._collection,
            filters=tuple(filters),
            order_by=(("started_at", newest_first),),
            start_after=tuple(after) if after is not None else None,
            limit=limit,
        )
        return [from_document(Call, document.data) for document in self._store.query(query)]

    def overdue(self, now: datetime, limit: int) -> list[Call]:
        """Calls that should have moved on by now, the longest overdue first."""
        query = Query(
            self._collection,
            filters=(Filter("due_at", "<=", now),),
            order_by=(("due_at", False),),
            limit=limit,
        )
        return [from_document(Call, document.data) for document in self._store.query(query)]

    def count(self, stage: Stage) -> int:
        return self._store.count(Query(self._collection, filters=(Filter("stage", "==", stage.value),)))

    def turns(self, call: Call) -> tuple[Turn, ...]:
        """The call's turns without their words; none while it is not transcribed."""
        if call.turns_revision is None:
            return ()
        paths = [
            _chunk_path(self._collection, call.id, call.turns_revision, chunk)
            for chunk in range(-(-call.turn_count // TURNS_PER_CHUNK))
        ]
        return tuple(turn for document in self._store.get_many(paths) if document for turn in _turns(document.data))

    def analysis(self, call: CallId, revision: int) -> Analysis | None:
        document = self._store.get(f"{self._collection}/{call}/analyses/{revision}")
        return from_document(Analysis, document.data) if document else None

    def charges(self, call: CallId) -> list[Charge]:
        query = Query(self._ledger, filters=(Filter("call", "==", call),))
        return [from_document(Charge, document.data) for document in self._store.query(query)]


class CallChange:
    """What one step adds beneath a call, in the transaction that moves it."""

    def __init__(self, transaction: Transaction, collection: str, ledger: str) -> None:
        self._transaction = transaction
        self._collection = collection
        self._ledger = ledger

    def put_turns(self, call: CallId, revision: int, turns: Sequence[Turn]) -> None:
        for chunk, start in enumerate(range(0, len(turns), TURNS_PER_CHUNK)):
            some = turns[start : start + TURNS_PER_CHUNK]
            self._transaction.set(
                _chunk_path(self._collection, call, revision, chunk),
                to_document(TurnChunk(turns=tuple(turn.model_copy(update={"words": ()}) for turn in some))),
            )

    def put_analysis(self, call: CallId, analysis: Analysis) -> None:
        self._transaction.set(f"{self._collection}/{call}/analyses/{analysis.revision}", to_document(analysis))

    def charge(self, charge: Charge) -> None:
        path = f"{self._ledger}/{charge.call}:{charge.revision}:{charge.stage.value}"
        self._transaction.create(path, to_document(charge))


def _chunk_path(collection: str, call: CallId, revision: int, chunk: int) -> str:
    return f"{collection}/{call}/turns/{revision:04d}-{chunk:04d}"


def _turns(data: Mapping[str, Value]) -> Iterator[Turn]:
    return iter(from_document(TurnChunk, data).turns)


class TurnChunk(BaseModel):
    """Consecutive turns of a call, without their words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turns: tuple[Turn, ...]
