"""Rewrites kept documents of an older shape; run by every deploy, before and while the new code serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import structlog

from shared.domain.errors import PreconditionFailed
from shared.ports.clock import Clock
from shared.ports.document_store import Document, DocumentStore, Query, Transaction, Value
from shared.services.repositories.documents import SCHEMA, document_version
from shared.services.repositories.migrations import MIGRATIONS, Migration

log = structlog.get_logger(__name__)

_PAGE = 200
_COLLECTION = "migrations"


@dataclass(frozen=True, slots=True)
class Migrated:
    """What one migration did in this run. `was_done` when an earlier run had finished it."""

    migration: Migration
    rewritten: int
    was_done: bool


def migrate(
    store: DocumentStore,
    clock: Clock,
    *,
    migrations: tuple[Migration, ...] = MIGRATIONS,
    on_progress: Callable[[Migration, int], None] | None = None,
) -> list[Migrated]:
    """Every migration not yet finished, in order of its number. Begun again after a crash, it goes on where it was.

    `on_progress` hears how many documents one has looked at. Raises DependencyUnavailable.
    """
    return [_migrate(store, clock, migration, on_progress) for migration in sorted(migrations, key=lambda m: m.number)]


def _migrate(
    store: DocumentStore, clock: Clock, migration: Migration, on_progress: Callable[[Migration, int], None] | None
) -> Migrated:
    path = f"{_COLLECTION}/{migration.number:04d}"
    known = store.get(path)
    state: Mapping[str, Value] = known.data if known else {}
    if state.get("finished_at") is not None:
        return Migrated(migration, rewritten=0, was_done=True)
    reached = state.get("reached")
    after = tuple(str(part) for part in reached) if isinstance(reached, list) else ()
    seen = rewritten = 0
    for page, ids in _pages(store, migration.collection.split("/"), "", after):
        rewritten += sum(_rewritten(store, document.path, migration) for document in page)
        seen += len(page)
        store.set(path, {"why": migration.why, "reached": list(ids)})
        if on_progress is not None:
            on_progress(migration, seen)
    store.set(path, {"why": migration.why, "finished_at": clock.now()})
    log.info("migrated", migration=migration.number, rewritten=rewritten)
    return Migrated(migration, rewritten, was_done=False)


def _pages(
    store: DocumentStore, pattern: list[str], prefix: str, after: tuple[str, ...]
) -> Iterator[tuple[list[Document], tuple[str, ...]]]:
    """Documents of the collections that match, a page at a time, with the ids at each `*` and of the page's last."""
    if "*" not in pattern:
        for page in _by_id(store, prefix + "/".join(pattern), after[0] if after else None):
            yield page, (page[-1].id,)
        return
    star = pattern.index("*")
    collection, rest = prefix + "/".join(pattern[:star]), pattern[star + 1 :]

    def beneath(parent: str, after: tuple[str, ...]) -> Iterator[tuple[list[Document], tuple[str, ...]]]:
        for page, ids in _pages(store, rest, f"{collection}/{parent}/", after):
            yield page, (parent, *ids)

    if after:
        yield from beneath(after[0], after[1:])
    for parents in _by_id(store, collection, after[0] if after else None):
        for parent in parents:
            yield from beneath(parent.id, ())


def _by_id(store: DocumentStore, collection: str, after: str | None) -> Iterator[list[Document]]:
    while True:
        page = store.query(Query(collection, start_after=None if after is None else (after,), limit=_PAGE))
        if page:
            yield page
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _rewritten(store: DocumentStore, path: str, migration: Migration) -> bool:
    def rewrite(transaction: Transaction) -> bool:
        document = transaction.get(path)
        if document is None or document_version(document.data) >= migration.number:
            return False
        content = {name: value for name, value in document.data.items() if name != SCHEMA}
        upgraded = migration.upgraded(content)
        if SCHEMA in upgraded:
            raise PreconditionFailed(f"migration {migration.number} writes the version itself")
        transaction.set(path, {**upgraded, SCHEMA: migration.number})
        return True

    return store.transaction(rewrite)
