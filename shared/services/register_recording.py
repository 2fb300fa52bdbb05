"""A recording lies in the bucket: the call exists, once, and its submission is on its way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from shared.domain.call import Call, Reason, Recording, Source, Stage, StageChange, moved
from shared.domain.errors import AlreadyExists, InvalidInput, NotFound
from shared.domain.identity import CallId, CompanyId, call_id, company_id
from shared.services.repositories.calls import CallChange, Calls
from shared.services.repositories.companies import Companies
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
    try:
        sha256 = _sha256(world, command)
    except NotFound:
        log.info("object_ignored", why="replaced or deleted since", company=company)
        return None
    recording = Recording(
        path=command.path,
        generation=command.generation,
        size_bytes=command.size_bytes,
        sha256=sha256,
        content_type=command.content_type,
        name=command.path.rpartition("/")[2],
    )
    # empty files are all alike, and still each is a call that somebody waits for
    key = sha256 if command.size_bytes else f"{command.path}#{command.generation}"
    call = _recorded(world, company, call_id(company, "audio", key), recording, command.finalised_at)
    if call.stage is Stage.RECORDED:
        if command.size_bytes == 0:
            return give_up(world, call, Reason.EMPTY_FILE)
        send_to_submit(world, call)
    return call


def company_of(path: str) -> CompanyId | None:
    """The folder decides whose the recording is, never its metadata. None for anything that is no recording."""
    parts = path.split("/")
    if len(parts) < 3 or parts[0] not in (UPLOADS, RECORDINGS) or not parts[-1] or parts[-1].startswith("."):
        return None
    try:
        return company_id(parts[1])
    except InvalidInput:
        return None


def _sha256(world: World, command: RegisterRecording) -> str:
    digest = hashlib.sha256()
    for chunk in world.audio.read(command.path, generation=command.generation):
        digest.update(chunk)
    return digest.hexdigest()


def _recorded(world: World, company: CompanyId, call: CallId, recording: Recording, at: datetime) -> Call:
    calls = Calls(world.documents, company)
    now = world.clock.now()
    new = Call(
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
