"""A client sends a call: a recording, or the transcript of one. The same content is the same call."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from shared.domain.call import Call, Direction, Reason, Recording, Source, Stage, StageChange, moved
from shared.domain.errors import AlreadyExists, InvalidInput
from shared.domain.identity import CallId, CompanyId, call_id
from shared.domain.language import language_of
from shared.domain.phone import e164
from shared.domain.recording_names import facts_of_name
from shared.domain.transcript import Speaker, Turn
from shared.services.register_recording import UPLOADS
from shared.services.repositories.calls import TURNS_PER_CHUNK, CallChange, Calls
from shared.services.repositories.companies import Companies
from shared.services.repositories.idempotency_keys import IdempotencyKeys
from shared.services.repositories.operators import Operators
from shared.services.settle_transcript import settle_transcript
from shared.services.steps import publish_settled
from shared.services.world import World

MAX_TURNS = 5_000
MAX_END_MS = 24 * 60 * 60 * 1000
MAX_CHUNK_BYTES = 800_000
"""Of text in one stored chunk of turns: a document holds 1 MiB with everything around."""
FUTURE_TOLERANCE = timedelta(days=1)
"""A PBX's clock may be wrong by a time zone."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the sender knows of the call."""

    title: str = ""
    started_at: datetime | None = None
    direction: Direction | None = None
    customer_phone: str | None = None
    extension: str | None = None
    operator_channel: int | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AcceptRecording:
    """`chunks` begins anew each time it is called: the bytes are read twice, once for their hash."""

    company: CompanyId
    file_name: str
    content_type: str
    chunks: Callable[[], Iterable[bytes]]
    facts: CallFacts = CallFacts()
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class SaidTurn:
    speaker: Speaker
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class AcceptTranscript:
    company: CompanyId
    turns: Sequence[SaidTurn]
    facts: CallFacts = CallFacts()
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """`is_new` is False when the same content had been sent before."""

    call: Call
    is_new: bool


def accept_recording(command: AcceptRecording, world: World) -> Accepted:
    """The call, at once visible, with its recording in the audio bucket, whose event does the rest.

    The call is kept before the object is written, so that nothing lies in the bucket unexplained; sending again
    writes what a crash in between left out. Raises InvalidInput.
    """
    sha256, size_bytes = _measured(command.chunks())
    if command.idempotency_key is not None:
        keys = IdempotencyKeys(world.documents, command.company)
        keys.claim(command.idempotency_key, sha256, world.clock.now())
    if size_bytes == 0:
        return _accept_empty(command, world)
    call = call_id(command.company, "audio", sha256)
    content_type = _content_type(command)
    recording = Recording(
        path=f"{UPLOADS}/{command.company}/{call}/{safe_file_name(command.file_name)}",
        generation=0,  # not written yet
        size_bytes=size_bytes,
        sha256=sha256,
        content_type=content_type,
        name=_shown_name(command.file_name),
    )
    facts = _told_by_name(command, world)
    new = _new_call(world, command.company, call, Source.API_AUDIO, facts, title=recording.name)
    accepted = _created(world, new.model_copy(update={"recording": recording}))
    if accepted.call.stage is Stage.DISCOVERED or accepted.call.reason is Reason.RECORDING_GONE:
        known = accepted.call.recording or recording
        with suppress(AlreadyExists):
            # a path that another name of the same content chose is kept: one call, one object
            world.audio.write(known.path, command.chunks(), content_type=content_type, if_absent=True)
    return accepted


def accept_transcript(command: AcceptTranscript, world: World) -> Accepted:
    """The call with its turns, on its way to the judge.

    Raises InvalidInput with the path of the field that is wrong.
    """
    turns = checked_turns(command.turns)
    fingerprint = _fingerprint(command)
    if command.idempotency_key is not None:
        keys = IdempotencyKeys(world.documents, command.company)
        keys.claim(command.idempotency_key, fingerprint, world.clock.now())
        call = call_id(command.company, "client", command.idempotency_key)
    else:
        call = call_id(command.company, "transcript", fingerprint)
    new = _new_call(world, command.company, call, Source.API_TRANSCRIPT, command.facts)
    accepted = _created(world, new)
    known = accepted.call
    if known.reason is Reason.RECORDING_GONE:
        known = _begun_again(world, known)
    if known.stage is Stage.DISCOVERED:
        known = settle_transcript(known, turns, world)
    elif known.stage is Stage.TRANSCRIBED:
        publish_settled(world, known)
    return Accepted(known, accepted.is_new)


def checked_turns(said: Sequence[SaidTurn]) -> tuple[Turn, ...]:
    """Turns in the order of their start, within what one call can hold. Raises InvalidInput."""
    if not said:
        raise InvalidInput("turns", "at least one turn")
    if len(said) > MAX_TURNS:
        raise InvalidInput("turns", f"at most {MAX_TURNS} turns")
    turns: list[Turn] = []
    earlier_ms = 0
    for index, each in enumerate(said):
        text = each.text.strip()
        if not text:
            raise InvalidInput(f"turns.{index}.text", "what was said; leave silence out")
        if each.start_ms < 0:
            raise InvalidInput(f"turns.{index}.start_ms", "milliseconds from the start of the call, not below 0")
        if each.start_ms < earlier_ms:
            raise InvalidInput(f"turns.{index}.start_ms", "turns come in the order of their start")
        if each.end_ms <= each.start_ms:
            raise InvalidInput(f"turns.{index}.end_ms", "after start_ms")
        if each.end_ms > MAX_END_MS:
            raise InvalidInput(f"turns.{index}.end_ms", f"at most {MAX_END_MS} (24 hours)")
        earlier_ms = each.start_ms
        turns.append(
            Turn(
                index=index,
                speaker=each.speaker,
                start_ms=each.start_ms,
                end_ms=each.end_ms,
                text=text,
                language=language_of(text),
            )
        )
    for start in range(0, len(turns), TURNS_PER_CHUNK):
        some = turns[start : start + TURNS_PER_CHUNK]
        if sum(len(turn.text.encode()) for turn in some) > MAX_CHUNK_BYTES:
            raise InvalidInput(
                f"turns.{start}.text", f"{TURNS_PER_CHUNK} turns in a row hold at most {MAX_CHUNK_BYTES} bytes of text"
            )
    return tuple(turns)


def safe_file_name(name: str) -> str:
    """Letters, digits, `.`, `_` and `-`, as every file system and bucket takes them, the extension kept."""
    path = PurePosixPath(unicodedata.normalize("NFKC", name).replace("\\", "/"))
    stem = _UNSAFE.sub("_", path.stem).strip("._")
    extension = _UNSAFE.sub("", path.suffix)[:10]
    return (stem[:_MAX_NAME] or "recording") + (extension if len(extension) > 1 else "")


def _shown_name(name: str) -> str:
    """The file's own name, without the sender's folders."""
    return "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable())[:200] or "recording"


def _measured(chunks: Iterable[bytes]) -> tuple[str, int]:
    digest = hashlib.sha256()
    size_bytes = 0
    for chunk in chunks:
        digest.update(chunk)
        size_bytes += len(chunk)
    return digest.hexdigest(), size_bytes


def _told_by_name(command: AcceptRecording, world: World) -> CallFacts:
    """What the sender said, and what the file's name tells where they said nothing."""
    company = Companies(world.documents).get(command.company)
    named = facts_of_name(_shown_name(command.file_name), ZoneInfo(company.time_zone), company.recording_names)
    if named.started_at is not None and named.started_at > world.clock.now() + FUTURE_TOLERANCE:
        named = named.model_copy(update={"started_at": None})  # a clock that is wrong: the file is not
    told = named.model_dump(include={"started_at", "direction", "customer_phone", "extension"}, exclude_none=True)
    return replace(command.facts, **{name: told[name] for name in told if getattr(command.facts, name) is None})


def _accept_empty(command: AcceptRecording, world: World) -> Accepted:
    """Empty files are all alike, and still each is a call that somebody waits for."""
    key = command.idempotency_key or world.ids.new()
    call = call_id(command.company, "client", key)
    name = _shown_name(command.file_name)
    new = _new_call(world, command.company, call, Source.API_AUDIO, command.facts, title=name)
    return _created(world, moved(new, Stage.FAILED, new.created_at, reason=Reason.EMPTY_FILE))


def _content_type(command: AcceptRecording) -> str:
    if command.content_type.startswith(("audio/", "video/")):
        return command.content_type
    return mimetypes.guess_type(command.file_name)[0] or "application/octet-stream"


def _new_call(
    world: World, company: CompanyId, call: CallId, source: Source, facts: CallFacts, *, title: str = ""
) -> Call:
    now = world.clock.now()
    started_at = facts.started_at or now
    if started_at > now + FUTURE_TOLERANCE:
        raise InvalidInput("started_at", "a call cannot begin in the future")
    operator = Operators(world.documents, company).of_extension(facts.extension) if facts.extension else None
    return Call(
        id=call,
        company=company,
        source=source,
        created_at=now,
        started_at=started_at,
        title=facts.title or title,
        direction=facts.direction,
        customer_phone=e164(facts.customer_phone, "customer_phone") if facts.customer_phone else None,
        extension=facts.extension,
        operator=operator.id if operator else None,
        operator_channel=facts.operator_channel,
        language=facts.language,
        history=(StageChange(revision=1, stage=Stage.DISCOVERED, at=now),),
        due_at=now + world.limits.step_due,
    )


def _created(world: World, new: Call) -> Accepted:
    calls = Calls(world.documents, new.company)
    try:
        calls.create(new)
    except AlreadyExists:
        return Accepted(calls.get(new.id), is_new=False)
    return Accepted(new, is_new=True)


def _begun_again(world: World, call: Call) -> Call:
    """A call given up because its content never came, and here it is."""

    def begin(now: Call, change: CallChange) -> Call | None:
        if now.reason is not Reason.RECORDING_GONE:
            return None
        again = now.model_copy(update={"revision": now.revision + 1})
        return moved(again, Stage.DISCOVERED, world.clock.now(), due_in=world.limits.step_due)

    return Calls(world.documents, call.company).change(call.id, begin)


def _fingerprint(command: AcceptTranscript) -> str:
    """Of all that was sent: two customers may say the same words at another time."""
    facts = command.facts
    content = {
        "title": facts.title,
        "started_at": facts.started_at.astimezone(UTC).isoformat() if facts.started_at else None,
        "direction": facts.direction,
        "customer_phone": facts.customer_phone,
        "extension": facts.extension,
        "language": facts.language,
        "turns": [[turn.speaker, turn.start_ms, turn.end_ms, turn.text.strip()] for turn in command.turns],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
