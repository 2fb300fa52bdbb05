"""A company's exchange, opened with its own credentials; what it refuses is noted where its admin sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from shared.domain.errors import (
    DependencyUnavailable,
    InvalidInput,
    NotAuthenticated,
    NotPermitted,
    RateLimited,
    SecretUnreadable,
)
from shared.domain.identity import CompanyId
from shared.ports.document_store import DeleteField
from shared.ports.pbx import PBX
from shared.services.repositories.integrations import Integrations, PBXIntegration, PBXProblem
from shared.services.world import World


def context_of(company: CompanyId) -> str:
    """What the credentials of the company's exchange are sealed for."""
    return f"{company}/pbx"


@contextmanager
def exchange(world: World, company: CompanyId, integration: PBXIntegration) -> Iterator[PBX]:
    """Raises what `PBX` raises, noted as the integration's problem, and SecretUnreadable."""
    integrations = Integrations(world.documents, company)
    try:
        key = world.secrets.open(integration.sealed_key, context=context_of(company))
        session = KeptSession(world, company)
        with closing(world.pbx(integration.kind, integration.domain, key, session)) as pbx:
            yield pbx
    except (NotAuthenticated, InvalidInput, SecretUnreadable):
        _note(world, integrations, integration, PBXProblem.REFUSED)
        raise
    except NotPermitted:
        _note(world, integrations, integration, PBXProblem.CLOSED)
        raise
    except (DependencyUnavailable, RateLimited):
        _note(world, integrations, integration, PBXProblem.UNAVAILABLE)
        raise
    if integration.problem is not None:
        integrations.note_pbx(problem=DeleteField(), problem_since=DeleteField())


def _note(world: World, integrations: Integrations, integration: PBXIntegration, problem: PBXProblem) -> None:
    if integration.problem is not problem:
        integrations.note_pbx(problem=problem.value, problem_since=world.clock.now())


class KeptSession:
    """`SessionKeeper`: sealed beside the key, for every worker of the company."""

    def __init__(self, world: World, company: CompanyId) -> None:
        self._world = world
        self._company = company
        self._integrations = Integrations(world.documents, company)

    def get(self) -> str | None:
        found = self._integrations.find_pbx()
        if found is None or found.sealed_session is None:
            return None
        try:
            return self._world.secrets.open(found.sealed_session, context=context_of(self._company))
        except SecretUnreadable:
            return None  # another is made

    def put(self, session: str) -> None:
        self._integrations.note_pbx(sealed_session=self._world.secrets.seal(session, context=context_of(self._company)))
