"""A company's exchange is connected: its credentials are tried before they are kept."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from shared.domain.errors import InvalidInput, NotAuthenticated, NotPermitted
from shared.domain.identity import CompanyId
from shared.services.backfill import begin_backfill
from shared.services.exchange import context_of
from shared.services.repositories.integrations import Integrations, PBXIntegration, PBXKind
from shared.services.sync_pbx import plan_sync
from shared.services.world import World

KEY_FIELDS = {PBXKind.ONLINEPBX: "api_key", PBXKind.S3: "secret_access_key"}
"""What a refused key is called where it was given."""


@dataclass(frozen=True, slots=True)
class ConnectPBX:
    """`api_key`: what its adapter opens the account with. `since`: calls before are left; None: those from now on."""

    company: CompanyId
    kind: PBXKind
    domain: str
    api_key: str
    since: datetime | None = None


class _Fresh:
    """`SessionKeeper` of a first talk: what it makes is not kept before the key has proved good."""

    def __init__(self) -> None:
        self.session: str | None = None

    def get(self) -> str | None:
        return self.session

    def put(self, session: str) -> None:
        self.session = session


def connect_pbx(command: ConnectPBX, world: World) -> PBXIntegration:
    """Tried, kept sealed, and asked at once. A second time with the same account changes its

    key, and with an earlier beginning reads what is before.

    Raises InvalidInput naming the field that the exchange refuses, DependencyUnavailable when it does not answer.
    """
    fresh = _Fresh()
    with closing(world.pbx(command.kind, command.domain, command.api_key, fresh)) as pbx:
        try:
            pbx.operators()
        except NotAuthenticated:
            raise InvalidInput(KEY_FIELDS[command.kind], "the exchange refuses this key") from None
        except NotPermitted:
            raise InvalidInput("domain", "this account is closed: it is not paid") from None
    integrations = Integrations(world.documents, command.company)
    known = integrations.find_pbx()
    is_same = known is not None and (known.kind, known.domain) == (command.kind, command.domain)
    now = world.clock.now()
    context = context_of(command.company)
    fields = {
        "sealed_key": world.secrets.seal(command.api_key, context=context),
        "sealed_session": world.secrets.seal(fresh.session, context=context) if fresh.session else None,
    }
    if known is not None and is_same:
        integration = known.model_copy(update={**fields, "problem": None, "problem_since": None})
    else:
        integration = PBXIntegration(kind=command.kind, domain=command.domain, since=command.since or now, **fields)
    integrations.put_pbx(integration)
    plan_sync(world, command.company, "connected", now)
    if command.since is not None and command.since < integration.since:
        return begin_backfill(command.company, command.since, world)
    return integration


def reseal_pbx(company: CompanyId, world: World) -> bool:
    """The credentials under the newest key: for after a rotation. False when the company has none."""
    integrations = Integrations(world.documents, company)
    known = integrations.find_pbx()
    if known is None:
        return False
    context = context_of(company)
    key = world.secrets.open(known.sealed_key, context=context)
    integrations.note_pbx(sealed_key=world.secrets.seal(key, context=context))
    return True
