"""A recording lies in the bucket: the call exists, once, and its submission is on its way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog
from pydantic import ValidationError

from shared.domain.call import Call, Reason, Recording, Source, Stage, StageChange, moved
from shared.domain.company import Company
from shared.domain.errors import AlreadyExists, DependencyUnavailable, InvalidInput, NotFound
from shared.domain.identity import CallId, CompanyId, call_id, company_id
from shared.domain.phone import e164
from shared.domain.recording_names import NamedFacts, facts_of_name
from shared.ports.object_store import ObjectStat
from shared.services.repositories.calls import CallChange, Calls
from shared.services.repositories.companies import Companies
from shared.services.repositories.operators import Operators
from shared.services.repositories.receipts import Receipts
from shared.services.steps import give_up, send_to_submit
from shared.services.world import World

log = structlog.get_logger(__name__)

SIDECAR = ".json"
"""What ends the name of an object that tells of the recording beside it, `call-1.json` of `call-1.mp3`."""
MAX_SIDECAR_BYTES = 64 * 1024

UPLOADS = "uploads"
RECORDINGS = "recordings"


@dataclass(frozen=True, slots=True)
class RegisterRecording:
    """An object of the audio bucket was finalised."""

    path: str
    generation: int
    size_bytes: int
    content_type: str
    finalised_at: datetime
    metadata: Mapping[str, str]


def register_recording(command: RegisterRecording, world: World) -> Call | None:
    """The call of this recording; None when the object is none of ours or is gone.

    Whatever delivers the event, however often and in what order: one call, made from the audio's own hash.
    """
    company = company_of(command.path)
    if company is None:
        log.info("object_ignored", why="not in a company's folder")
        return None
    known_company = Companies(world.documents).find(company)
    if known_company is None:
        log.warning("object_ignored", why="no such company", company=company)
        return None
    if command.path.endswith(SIDECAR):
        return _sidecar(command, company, world)
    receipts = Receipts(world.documents, company)
    if (known := receipts.call_of(command.path, command.generation)) is not None:
        return _begun(world, Calls(world.documents, company).get(known))
    try:
        sha256 = _sha256(world, command)
    except NotFound:
        log.info("object_ignored", why="replaced or deleted since", company=company)
        return None
    # empty files are all alike, and still each is a call that somebody waits for
    key = sha256 if command.size_bytes else f"{command.path}#{command.generation}"
    recording = _recording(command, sha256)
    named = _call_in(command.path, company, world) or call_id(company, "audio", key)
    facts = _facts(command, known_company, world)
    call = _recorded(world, company, named, recording, command.finalised_at, facts)
    receipts.keep(command.path, command.generation, call.id, world.clock.now())
    return _begun(world, call)


def registration(stat: ObjectStat) -> RegisterRecording:
    """What the object's own event would say."""
    return RegisterRecording(
        path=stat.path,
        generation=stat.generation,
        size_bytes=stat.size_bytes,
        content_type=stat.content_type,
        finalised_at=stat.updated_at,
        metadata=stat.metadata,
    )


def give_up_recording(command: RegisterRecording, world: World) -> None:
    """The event is about to be dropped and never succeeded: a failed call says so, which a person can begin again."""
    company = company_of(command.path)
    if company is None or Companies(world.documents).find(company) is None:
        return
    receipts = Receipts(world.documents, company)
    if receipts.call_of(command.path, command.generation) is not None:
        return
    now = world.clock.now()
    recorded = _new_call(
        company,
        call_id(company, "object", f"{command.path}#{command.generation}"),
        _recording(command, sha256=""),
        command.finalised_at,
        world,
    )
    with suppress(AlreadyExists):
        Calls(world.documents, company).create(moved(recorded, Stage.FAILED, now, reason=Reason.INTERNAL))
    receipts.keep(command.path, command.generation, recorded.id, now)


def _begun(world: World, call: Call) -> Call:
    """The next step is on its way, if the call still waits for it."""
    if call.stage is not Stage.RECORDED:
        return call
    if call.recording is not None and call.recording.size_bytes == 0:
        return give_up(world, call, Reason.EMPTY_FILE)
    send_to_submit(world, call)
    return call


def _recording(command: RegisterRecording, sha256: str) -> Recording:
    return Recording(
        path=command.path,
        generation=command.generation,
        size_bytes=command.size_bytes,
        sha256=sha256,
        content_type=command.content_type,
        name=command.path.rpartition("/")[2],
    )


def company_of(path: str) -> CompanyId | None:
    """The folder decides whose the recording is, never its metadata. None for anything that is no recording."""
    parts = path.split("/")
    if len(parts) < 3 or parts[0] not in (UPLOADS, RECORDINGS) or not parts[-1] or parts[-1].startswith("."):
        return None
    try:
        return company_id(parts[1])
    except InvalidInput:
        return None


def _call_in(path: str, company: CompanyId, world: World) -> CallId | None:
    """The call whose recording we fetched ourselves: its folder is named after it."""
    parts = path.split("/")
    if parts[0] != RECORDINGS or len(parts) != 4:
        return None
    found = Calls(world.documents, company).find(CallId(parts[2]))
    return found.id if found else None


def _sha256(world: World, command: RegisterRecording) -> str:
    digest = hashlib.sha256()
    for chunk in world.audio.read(command.path, generation=command.generation):
        digest.update(chunk)
    return digest.hexdigest()


def _sidecar(command: RegisterRecording, company: CompanyId, world: World) -> Call | None:
    """What it tells is kept with the call of the recording beside it, in whichever order the two came.

    None while there is no recording: that one reads the sidecar when it comes.
    """
    receipts = Receipts(world.documents, company)
    stem = command.path.removesuffix(SIDECAR)
    beside = [each for each in world.audio.list(f"{stem}.") if each.path != command.path]
    if not beside:
        return None
    call = receipts.call_of(beside[0].path, beside[0].generation)
    if call is None:
        raise DependencyUnavailable("the recording beside the sidecar is not registered yet")
    told = _told(command.path, company, world)

    def keep(now: Call, change: CallChange) -> Call:
        return now.model_copy(update=_update(told, company, world))

    kept = Calls(world.documents, company).change(call, keep)
    receipts.keep(command.path, command.generation, kept.id, world.clock.now())
    return kept


def _facts(command: RegisterRecording, company: Company, world: World) -> dict[str, object]:
    """Of the call: what its file's name tells, above that the object's metadata, above that a sidecar."""
    named = facts_of_name(command.path, ZoneInfo(company.time_zone), company.recording_names)
    by_metadata = _read(dict(command.metadata), company.id)
    by_sidecar = _told(command.path.rpartition(".")[0] + SIDECAR, company.id, world)
    return {
        **_update(named, company.id, world),
        **_update(by_metadata, company.id, world),
        **_update(by_sidecar, company.id, world),
    }


def _told(path: str, company: CompanyId, world: World) -> NamedFacts:
    stat = world.audio.stat(path)
    if stat is None or stat.size_bytes > MAX_SIDECAR_BYTES:
        return NamedFacts()
    try:
        told = json.loads(b"".join(world.audio.read(path, generation=stat.generation)))
    except (NotFound, ValueError):
        log.warning("sidecar_unreadable", company=company)
        return NamedFacts()
    return _read(told if isinstance(told, dict) else {}, company)


def _read(told: dict[str, object], company: CompanyId) -> NamedFacts:
    """Field by field: one that is wrong costs no other. Never the company: its folder decides that."""
    good: dict[str, object] = {}
    for name in NamedFacts.model_fields.keys() & told.keys():
        try:
            value = getattr(NamedFacts.model_validate({name: told[name]}), name)
            if name == "customer_phone" and value is not None:
                value = e164(value)
            if isinstance(value, datetime) and value.tzinfo is None:
                raise InvalidInput(name, "an instant with its offset")
            good[name] = value
        except (InvalidInput, ValidationError):
            log.warning("fact_unreadable", company=company, field=name)
    return NamedFacts.model_validate(good)


def _update(facts: NamedFacts, company: CompanyId, world: World) -> dict[str, object]:
    update: dict[str, object] = facts.model_dump(exclude_none=True)
    if facts.started_at is not None:
        update["started_at"] = facts.started_at.astimezone(UTC)
    if facts.direction is not None:
        update["direction"] = facts.direction
    if facts.extension is not None:
        operator = Operators(world.documents, company).of_extension(facts.extension)
        update["operator"] = operator.id if operator else None
    return update


def _recorded(
    world: World, company: CompanyId, call: CallId, recording: Recording, at: datetime, facts: Mapping[str, object]
) -> Call:
    calls = Calls(world.documents, company)
    now = world.clock.now()
    new = _new_call(company, call, recording, at, world).model_copy(update=dict(facts))
    try:
        calls.create(new)
    except AlreadyExists:

        def receive(known: Call, change: CallChange) -> Call | None:
            update: dict[str, object] = {"recording": recording}
            if known.reason is Reason.RECORDING_GONE:
                update["revision"] = known.revision + 1  # given up for lost, and here it is
            elif known.stage is not Stage.DISCOVERED:
                return None
            return moved(
                known.model_copy(update=update),
                Stage.RECORDED,
                now,
                due_in=world.limits.step_due,
            )

        return calls.change(call, receive)
    return new


def _new_call(company: CompanyId, call: CallId, recording: Recording, at: datetime, world: World) -> Call:
    now = world.clock.now()
    return Call(
        id=call,
        company=company,
        source=Source.BUCKET,
        created_at=now,
        started_at=at,
        title=recording.name,
        recording=recording,
        stage=Stage.RECORDED,
        history=(StageChange(revision=1, stage=Stage.RECORDED, at=now),),
        due_at=now + world.limits.step_due,
    )
