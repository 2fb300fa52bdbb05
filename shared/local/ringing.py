"""An exchange for `make run` at which calls come in by themselves: the stub, with the samples as its recordings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.domain.identity import CompanyId
from shared.local.onlinepbx_stub import Account, OnlinePBXStub, StubCall, serving
from shared.services.exchange import context_of
from shared.services.repositories.integrations import Integrations, PBXIntegration, PBXKind
from shared.services.world import World

SAMPLES = Path(__file__).parents[2] / "samples"
EVERY_S = 60.0

_BEFORE = (
    (90, "en-conference.ogg", 47, "inbound", "998900003001", "101"),
    (40, None, 0, "inbound", "998900003002", "102"),
)
"""Minutes ago, recording, seconds of talk, direction, customer, extension."""
_THEN = (
    ("ru-spravochnaya.m4a", 51, "outbound", "998900003003", "102"),
    (None, 0, "inbound", "998900003004", "101"),
    ("en-wrong-number.wav", 45, "inbound", "998900003001", "101"),
    ("ru-ozhidanie.mp3", 47, "inbound", "998900003005", "102"),
)


@dataclass(frozen=True)
class Exchange:
    url: str
    account: Account

    def connect(self, world: World, company: CompanyId) -> None:
        """The company's own, from now on; nothing is tried, for it is of this house."""
        world_now = world.clock.now()
        integrations = Integrations(world.documents, company)
        known = integrations.find_pbx()
        integrations.put_pbx(
            PBXIntegration(
                kind=PBXKind.ONLINEPBX,
                domain=self.account.domain,
                sealed_key=world.secrets.seal(self.account.api_key, context=context_of(company)),
                since=known.since if known else world_now - timedelta(hours=2),
            )
        )


@contextmanager
def ringing() -> Iterator[Exchange]:
    """Two calls of this hour, and then one a minute until the samples have all rung."""
    account = Account(
        people=[
            {"num": "101", "name": "Aziza Karimova", "enabled": True, "device": None},
            {"num": "102", "name": "Bobur Aliyev", "enabled": True, "device": None},
        ],
        calls=[_call(time.time() - 60 * minutes, *rest) for minutes, *rest in _BEFORE],
    )
    is_over = threading.Event()

    def ring() -> None:
        for recording, talk_s, direction, customer, extension in _THEN:
            if is_over.wait(EVERY_S):
                return
            call = _call(time.time() - talk_s - 10, recording, talk_s, direction, customer, extension)
            account.calls.append(call)

    with serving(OnlinePBXStub(account)) as url:
        thread = threading.Thread(target=ring, name="ringing", daemon=True)
        thread.start()
        try:
            yield Exchange(url, account)
        finally:
            is_over.set()
            thread.join()


def _call(start: float, recording: str | None, talk_s: int, direction: str, customer: str, extension: str) -> StubCall:
    path = SAMPLES / recording if recording is not None else None
    return StubCall(
        int(start),
        talk_s=talk_s,
        accountcode=direction,
        customer=customer,
        extension=extension,
        recording=path.read_bytes if path is not None else None,
    )
