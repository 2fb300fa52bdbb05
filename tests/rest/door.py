"""The API over the embedded stores, with a clock that stands still until it is moved, and builders of what is in it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from shared.adapters.argon2_passwords import Argon2Passwords
from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.embedded.key_file import KeyFile
from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
from shared.adapters.embedded.sqlite_queue import SQLiteEventBus, SQLiteTaskQueue
from shared.adapters.jwt_tokens import JWTTokens
from shared.adapters.pbx.onlinepbx import OnlinePBX
from shared.adapters.pbx.s3_archive import S3Archive
from shared.adapters.sealed_secrets import SealedSecrets
from shared.adapters.system import SystemIds
from shared.domain.audio import AudioFacts, AudioScan, Span
from shared.domain.call import Call, Recording, Source, Stage, StageChange
from shared.domain.checklist import AnalysisTemplate, Checklist, ChecklistSegment, Choice, Item
from shared.domain.company import Company, Operator, Role, User
from shared.domain.identity import CallId, ChecklistId, CompanyId, OperatorId, UserId
from shared.domain.pbx import S3Access
from shared.ports.audio_scanner import AudioScanner
from shared.ports.clock import Ids
from shared.ports.judge import Judge
from shared.ports.pbx import PBX, SessionKeeper
from shared.ports.recognizer import Recognizer
from shared.rest.app import build_app
from shared.rest.dependencies import Api, ApiSettings
from shared.services.repositories.calls import Calls
from shared.services.repositories.checklists import Checklists
from shared.services.repositories.companies import Companies
from shared.services.repositories.operators import Operators
from shared.services.repositories.users import Users
from shared.services.sign_in import SignIn
from shared.services.world import Limits

PASSWORD = "to‘g‘ri ot batareya"
SECRET = b"0123456789abcdef0123456789abcdef"
NOON = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
NAMUNA = CompanyId("namuna")
BEGONA = CompanyId("begona")
"""The company that is nobody's business here."""

# the weakest there is: what these tests prove does not hang on it, and they sign in a hundred times
PASSWORDS = Argon2Passwords(memory_kib=8, iterations=1)
_HASH = PASSWORDS.hash(PASSWORD)


@dataclass
class StillClock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


@dataclass
class DoorWorld:
    """What the API may touch of the world; it has no ears and no judge."""

    folder: Path
    clock: StillClock
    ids: Ids = field(default_factory=SystemIds)
    limits: Limits = field(default_factory=Limits)
    hook_base_url: str | None = None
    signing_secret: bytes = SECRET
    pbx_url: str = "http://127.0.0.1:1"
    archive_url: str | None = None
    """Where every archive is, whatever address was given; None: at that one."""

    def __post_init__(self) -> None:
        self.documents = SQLiteDocuments(self.folder / "documents.sqlite3")
        self.audio = self._bucket("audio")
        self.artifacts = self._bucket("artifacts")
        self.events = SQLiteEventBus(self.folder / "queue.sqlite3")
        self.tasks = SQLiteTaskQueue(self.folder / "queue.sqlite3")
        self.secrets = SealedSecrets(KeyFile(self.folder / "secrets-key"))

    def close(self) -> None:
        self.documents.close()
        self.events.close()
        self.tasks.close()

    def _bucket(self, name: str) -> FolderObjects:
        return FolderObjects(
            self.folder / "buckets", name, link_base_url="http://testserver/objects", link_key=SECRET, clock=self.clock
        )

    def pbx(self, kind: str, domain: str, api_key: str, session: SessionKeeper) -> PBX:
        if kind == "s3":
            access = S3Access.model_validate_json(api_key)
            here = access.model_copy(update={"endpoint": self.archive_url or access.endpoint})
            return S3Archive(domain, here.model_dump_json(), may_be_plain=True)
        return OnlinePBX(domain, api_key, session, host=self.pbx_url, pause=lambda s: None)

    @property
    def scanner(self) -> AudioScanner:
        raise AssertionError("the API listens to nothing")

    def recognizer(self, name: str) -> Recognizer:
        raise AssertionError("the API recognises nothing")

    def judge(self, name: str) -> Judge:
        raise AssertionError("the API judges nothing")


@dataclass
class Door:
    world: DoorWorld
    app: FastAPI
    client: TestClient

    @property
    def clock(self) -> StillClock:
        return self.world.clock

    def access_token(self, username: str) -> str:
        answer = self.client.post("/v1/auth/sign-in", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def as_user(self, username: str) -> TestClient:
        """A client that is signed in, with no cookie."""
        client = TestClient(self.app, raise_server_exceptions=False)
        client.headers["Authorization"] = f"Bearer {self.access_token(username)}"
        self.client.cookies.clear()
        return client


@contextmanager
def a_door(folder: Path, settings: ApiSettings | None = None) -> Iterator[Door]:
    world = DoorWorld(folder, StillClock())
    for company in (NAMUNA, BEGONA):
        _settle_in(world, company)
    sign_in = SignIn(world.documents, PASSWORDS, JWTTokens(SECRET, world.clock), world.clock, world.ids)
    app = build_app(Api(world=world, sign_in=sign_in, settings=settings or ApiSettings(is_cookie_secure=False)))
    try:
        yield Door(world, app, TestClient(app, raise_server_exceptions=False))
    finally:
        world.close()


def _settle_in(world: DoorWorld, company: CompanyId) -> None:
    """A user of each role, named role@company, two operators, and a checklist."""
    checklist = Checklists(world.documents, company).save(a_checklist())
    template = AnalysisTemplate(purposes=(Choice(id="purchase", title="Xarid"),))
    Companies(world.documents).create(
        Company(
            id=company, name=company.title(), checklist=checklist.id, template=template, created_at=world.clock.now()
        )
    )
    for extension in ("101", "102"):
        operator = Operator(id=OperatorId(f"op-{extension}"), name="Aziza", extension=extension)
        Operators(world.documents, company).put(operator)
    for role in Role:
        a_user(world, company, role)


def a_user(world: DoorWorld, company: CompanyId, role: Role) -> User:
    user = User(
        id=UserId(world.ids.new()),
        company=company,
        username=f"{role.value}@{company}",
        name=role.value.title(),
        role=role,
        operator=OperatorId("op-101") if role is Role.OPERATOR else None,
        password_hash=_HASH,
        created_at=world.clock.now(),
    )
    return Users(world.documents, company).create(user)


def a_checklist() -> Checklist:
    return Checklist(
        id=ChecklistId("sales"),
        title="Sotuv",
        segments=(
            ChecklistSegment(
                id="opening",
                title="Boshlanish",
                items=(
                    Item(id="greeting", text="Salomlashdi", phrases=("assalomu alaykum",), weight=2),
                    Item(id="name", text="Ismini aytdi", is_critical=True),
                ),
            ),
        ),
    )


def a_call(door: Door, number: int = 0, company: CompanyId = NAMUNA, **fields: Any) -> Call:
    """A call that is kept; the higher its number the later it began."""
    started_at = NOON - timedelta(days=1) + timedelta(minutes=number)
    call = Call(
        id=CallId(f"{company}{number:04d}"),
        company=company,
        source=Source.BUCKET,
        created_at=NOON,
        started_at=started_at,
        title=f"Call {number}",
        history=(StageChange(revision=1, stage=Stage.DISCOVERED, at=NOON),),
    ).model_copy(update=fields)
    Calls(door.world.documents, company).create(call)
    return call


def a_recorded_call(door: Door, number: int = 0, company: CompanyId = NAMUNA, **fields: Any) -> Call:
    """A call whose recording lies in the bucket and has been scanned."""
    path = f"uploads/{company}/{company}{number:04d}/call.wav"
    written = door.world.audio.write(path, [b"RIFF"], content_type="audio/wav")
    recording = Recording(
        path=path, generation=written.generation, size_bytes=4, content_type="audio/wav", name="call.wav"
    )
    facts = AudioFacts(
        duration_ms=2000, channels=2, sample_rate_hz=8000, container="wav", codec="pcm_s16le", speech_ms=900
    )
    speech = (Span(start_ms=0, end_ms=900),)
    scan = AudioScan(facts=facts, speech=(speech, ()), peaks=(bytes([0, 128, 255]), bytes([1, 2, 3])), peak_ms=50)
    packed = gzip.compress(scan.model_dump_json().encode())
    door.world.artifacts.write(f"companies/{company}/calls/{company}{number:04d}/scan.json.gz", [packed])
    return a_call(door, number, company, recording=recording, audio=facts, **fields)


def a_transcript(**fields: Any) -> dict[str, Any]:
    turns = [
        {"speaker": "operator", "start_ms": 500, "end_ms": 3900, "text": "Assalomu alaykum, Namuna Savdo."},
        {"speaker": "customer", "start_ms": 4300, "end_ms": 7100, "text": "Muzlatgich narxini bilmoqchi edim."},
    ]
    return {"title": "Sotuv", "language": "uz", "turns": turns} | fields


def assert_problem(answer: Any, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """Every error has this one shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:dialix:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert all(set(each) == {"field", "message"} and each["message"] for each in body["errors"])
    if field is not None:
        assert field in [each["field"] for each in body["errors"]], body
    assert answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    return body
