"""A recorded call is listened to once, and handed to its company's recogniser."""

from __future__ import annotations

import structlog

from shared.domain.call import Call, Job, Reason, Stage
from shared.domain.errors import AudioRejected, NotFound, RecognitionFailed, TransientError
from shared.ports.recognizer import RecognitionRequest
from shared.services.artifacts import read_scan, write_scan
from shared.services.hook_token import hook_token
from shared.services.repositories.calls import CallChange, Calls
from shared.services.repositories.companies import Companies
from shared.services.steps import CallStep, claim, give_up, is_ours, publish_settled, release, send_to_result
from shared.services.world import World

log = structlog.get_logger(__name__)

LEAST_SPEECH_MS = 250
"""Less speech than one short word is no speech."""


class SubmitRecording(CallStep):
    """`attempt` counts submissions of one revision: a job may be lost by its recogniser."""

    attempt: int = 1


def submit_recording(command: SubmitRecording, world: World) -> Call | None:
    """The call as it then stands; None when this step has been made or is out of date.

    Raises TransientError when it should be tried again; the lease is then given back.
    """
    calls = Calls(world.documents, command.company)
    call = claim(world, command, Stage.RECORDED, becomes=Stage.TRANSCRIBING)
    if call is None:
        publish_settled(world, calls.get(command.call))
        return None
    if call.job is not None and call.job.attempt >= command.attempt:
        release(world, call)  # submitted before; only the promise to look again may be lost
        send_to_result(world, call, poll=0, at=world.clock.now() + world.limits.first_poll)
        return None
    try:
        return _submit(call, command.attempt, world)
    except TransientError:
        release(world, call)
        raise


def _submit(call: Call, attempt: int, world: World) -> Call:
    company = Companies(world.documents).get(call.company)
    recording = call.recording
    if recording is None:
        return give_up(world, call, Reason.RECORDING_GONE)
    try:
        scan = read_scan(world.artifacts, call.company, call.id)
        if scan is None:
            scan = world.scanner.scan(
                world.audio.read(recording.path, generation=recording.generation),
                size_bytes=recording.size_bytes,
                max_duration_ms=company.max_duration_ms,
            )
            write_scan(world.artifacts, call.company, call.id, scan)
    except AudioRejected as rejected:
        log.info("recording_rejected", reason=rejected.reason, detail=rejected.detail)
        return give_up(world, call, Reason(rejected.reason))
    except NotFound:
        return give_up(world, call, Reason.RECORDING_GONE)

    facts = scan.facts
    if facts.duration_ms < company.min_duration_ms:
        return give_up(world, call, Reason.TOO_SHORT, audio=facts)
    if facts.speech_ms < LEAST_SPEECH_MS:
        return give_up(world, call, Reason.NO_SPEECH, audio=facts)

    recognizer = world.recognizer(company.recognizer)
    try:
        job = recognizer.submit(
            RecognitionRequest(
                key=f"{call.company}/{call.id}/{call.revision}/{attempt}",
                audio=world.audio,
                path=recording.path,
                generation=recording.generation,
                duration_ms=facts.duration_ms,
                channels=facts.channels,
                speech=scan.speech,
                language_hint=call.language,
                webhook_url=_webhook_url(call, world),
            )
        )
    except RecognitionFailed:
        return give_up(world, call, Reason.RECOGNITION_REJECTED, audio=facts)

    now = world.clock.now()
    submitted = Job(recognizer=recognizer.name, id=job, submitted_at=now, attempt=attempt)

    def keep(current: Call, change: CallChange) -> Call | None:
        if not is_ours(current, call):
            return None
        update = {"audio": facts, "job": submitted, "lease": None, "due_at": now + world.limits.step_due}
        return current.model_copy(update=update)

    kept = Calls(world.documents, call.company).change(call.id, keep)
    send_to_result(world, kept, poll=0, at=now + world.limits.first_poll)
    return kept


def _webhook_url(call: Call, world: World) -> str | None:
    if world.hook_base_url is None:
        return None
    token = hook_token(world.signing_secret, call.company, call.id, call.revision)
    return f"{world.hook_base_url}/v1/hooks/recognizers/{token}"
