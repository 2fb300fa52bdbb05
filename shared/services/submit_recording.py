"""A recorded call is listened to once, and handed to its company's recogniser."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from shared.domain.call import Call, Job, Reason, Stage
from shared.domain.company import Company
from shared.domain.errors import AudioRejected, DependencyUnavailable, NotFound, RecognitionFailed, TransientError
from shared.domain.identity import JobId
from shared.ports.recognizer import RecognitionRequest
from shared.services.artifacts import read_scan, write_scan
from shared.services.hook_token import hook_token
from shared.services.repositories.breakers import Breakers
from shared.services.repositories.calls import CallChange, Calls
from shared.services.repositories.companies import Companies
from shared.services.steps import (
    CallStep,
    claim,
    give_up,
    is_ours,
    publish_settled,
    release,
    send_to_result,
    send_to_submit,
)
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
    company = Companies(world.documents).get(command.company)
    if calls.count(Stage.TRANSCRIBING) >= company.max_outstanding:
        waiting = calls.get(command.call)
        if waiting.revision == command.revision and waiting.stage is Stage.RECORDED:
            at = world.clock.now() + world.limits.turn_away
            slot = int(at.timestamp() / world.limits.turn_away.total_seconds())
            send_to_submit(world, waiting, attempt=command.attempt, at=at, again=f"-wait-{slot}")
            return None
    call = claim(world, command, Stage.RECORDED, becomes=Stage.TRANSCRIBING)
    if call is None:
        publish_settled(world, calls.get(command.call))
        return None
    if call.job is not None and call.job.attempt >= command.attempt:
        release(world, call)  # submitted before; only the promise to look again may be lost
        send_to_result(world, call, poll=0, at=world.clock.now() + world.limits.first_poll)
        return None
    try:
        return _submit(call, company, command.attempt, world)
    except TransientError:
        release(world, call)
        raise


def _submit(call: Call, company: Company, attempt: int, world: World) -> Call:
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

    request = RecognitionRequest(
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
    taken = _taken(request, turn_of(company, attempt, world), world)
    if taken is None:
        return give_up(world, call, Reason.RECOGNITION_REJECTED, audio=facts)

    now = world.clock.now()
    recognizer, job = taken
    submitted = Job(recognizer=recognizer, id=job, submitted_at=now, attempt=attempt)

    def keep(current: Call, change: CallChange) -> Call | None:
        if not is_ours(current, call):
            return None
        former = (*current.former_jobs, current.job) if current.job is not None else current.former_jobs
        update = {
            "audio": facts,
            "job": submitted,
            "former_jobs": former,
            "lease": None,
            "due_at": now + world.limits.step_due,
        }
        return current.model_copy(update=update)

    kept = Calls(world.documents, call.company).change(call.id, keep)
    send_to_result(world, kept, poll=0, at=now + world.limits.first_poll)
    return kept


def turn_of(company: Company, attempt: int, world: World) -> tuple[str, ...]:
    """Recognisers that may have the `attempt`th submission: each has so many, and then the next takes over."""
    order = company.recognizers
    return order[min((attempt - 1) // world.limits.recognition_attempts, len(order) - 1) :]


def _taken(request: RecognitionRequest, order: Sequence[str], world: World) -> tuple[str, JobId] | None:
    """Who took the recording, and its job: the first that does not rest and does not refuse it.

    None when all refuse it for ever. Raises TransientError: whoever is down is asked again until it rests.
    """
    breakers = Breakers(world.documents)
    is_refused = False
    for name in order:
        now = world.clock.now()
        if not breakers.admits(name, now):
            continue
        recognizer = world.recognizer(name)
        try:
            return recognizer.name, recognizer.submit(request)
        except RecognitionFailed as refused:
            log.info("recognizer_refuses_recording", recognizer=name, detail=str(refused))
            is_refused = True
        except DependencyUnavailable as down:
            breakers.failed(name, now, str(down))
            raise
    if is_refused:
        return None
    raise DependencyUnavailable("every recogniser rests after failures")


def _webhook_url(call: Call, world: World) -> str | None:
    if world.hook_base_url is None:
        return None
    token = hook_token(world.signing_secret, call.company, call.id, call.revision)
    return f"{world.hook_base_url}/v1/hooks/recognizers/{token}"
