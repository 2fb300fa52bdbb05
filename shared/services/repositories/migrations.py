"""Changes of shape: numbered, each from one version of a kind of document to the next.

A change that old code and new code both read needs none (a new field that may be None). Any other gets the next
number here, and old documents as fixtures in `tests/services/repositories/old_documents/`. Code reads a document
of any older version by upgrading it in memory, so a deploy never stops the service; `services/migrate.py` then
rewrites what is kept, so that queries find it too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.ports.document_store import Value

Content = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Migration:
    """Brings documents of one kind to version `number`.

    `kind` is the kept model's name, `collection` where its documents lie (`*` stands for any id). `upgraded` is
    pure, knows nothing of versions, and leaves alone what it has upgraded before.
    """

    number: int
    kind: str
    collection: str
    why: str
    upgraded: Callable[[Content], Content]


def _as_it_is(content: Content) -> Content:
    return content


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        2,
        "TurnChunk",
        "companies/*/calls/*/turns",
        "turns did not say their version",
        _as_it_is,
    ),
    Migration(3, "Username", "usernames", "usernames did not say their version", _as_it_is),
)

FIRST_VERSION = 1
"""Of a document that says none."""


def version_of(migrations: tuple[Migration, ...] = MIGRATIONS) -> int:
    """The version that documents are written in."""
    return max((migration.number for migration in migrations), default=FIRST_VERSION)


def upgraded(kind: str, version: int, content: Content, migrations: tuple[Migration, ...] = MIGRATIONS) -> Content:
    for migration in migrations:
        if migration.kind == kind and migration.number > version:
            content = migration.upgraded(content)
    return content
