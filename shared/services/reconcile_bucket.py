"""Recordings in the bucket whose event never came, or was dropped, become calls all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import structlog

from shared.domain.errors import DialixError
from shared.domain.identity import CompanyId
from shared.ports.object_store import ObjectStat
from shared.services.register_recording import RECORDINGS, UPLOADS, register_recording, registration
from shared.services.repositories.companies import Companies
from shared.services.repositories.receipts import Receipts
from shared.services.world import World

log = structlog.get_logger(__name__)

SETTLED = timedelta(minutes=15)
"""A younger object's event may still be on its way."""
WINDOW = timedelta(hours=48)
"""Eventarc drops an event after 24 hours; an object older than this was compared many times before."""
_AT_ONCE = 300


def reconcile_bucket(world: World) -> int:
    """How many recordings were found without a call, and registered. Raises what the last that failed raised."""
    found = 0
    failed: DialixError | None = None
    for company in Companies(world.documents).all():
        for unknown in _unknown(world, company.id):
            try:
                if register_recording(registration(unknown), world) is not None:
                    found += 1
            except DialixError as error:  # one bad object must not keep the others from being found
                failed = error
                log.warning("object_not_registered", company=company.id, error=type(error).__name__)
    if found:
        log.warning("events_lost", count=found)
    if failed is not None:
        raise failed
    return found


def _unknown(world: World, company: CompanyId) -> Iterator[ObjectStat]:
    receipts = Receipts(world.documents, company)
    now = world.clock.now()
    for folder in (UPLOADS, RECORDINGS):
        recent = (
            each
            for each in world.audio.list(f"{folder}/{company}/")
            if now - WINDOW < each.updated_at < now - SETTLED and not each.path.endswith("/")
        )
        while some := list(islice(recent, _AT_ONCE)):
            calls = receipts.calls_of([(each.path, each.generation) for each in some])
            yield from (each for each, call in zip(some, calls, strict=True) if call is None)
