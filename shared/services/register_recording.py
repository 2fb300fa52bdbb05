"""A recording lies in the bucket: the call exists, once, and its submission is on its way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from shared.domain.call import Call, Reason, Recording, Source, Stage, StageChange, moved
from shared.domain.errors import AlreadyExists, InvalidInput, NotFound
from shared.domain.identity import CallId, CompanyId, call_id, company_id
from shared.ports.object_store import ObjectStat
from shared.services.repositories.calls import CallChange, Calls
from shared.services.repositories.companies import Companies
from shared.services.repositories.receipts import Receipts
from shared.services.steps import give_up, send_to_submit
from shared.services.world import World

log = structlog.get_logger(__name__)

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
    if Companies(world.documents).find(company) is None:
        log.warning("object_ignored", why="no such company", company=company)
        return None
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
    call = _recorded(world, company, named, recording, command.finalised_at)
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


def _recorded(world: World, company: CompanyId, call: CallId, recording: Recording, at: datetime) -> Call:
    calls = Calls(world.documents, company)
    now = world.clock.now()
    new = _new_call(company, call, recording, at, world)
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
