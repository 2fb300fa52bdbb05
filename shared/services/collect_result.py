"""The recogniser is asked how its job stands, and a finished one becomes the call's transcript."""

from __future__ import annotations

from datetime import timedelta

import structlog

from shared.domain.call import Call, Job, Reason, Stage
from shared.domain.errors import RecognitionFailed
from shared.ports.recognizer import Done, Lost, Pending
from shared.services.repositories.breakers import Breakers
from shared.services.repositories.calls import Calls
from shared.services.repositories.companies import Companies
from shared.services.settle_transcript import settle_recognition
from shared.services.steps import CallStep, give_up, publish_settled, send_to_result, send_to_submit
from shared.services.world import World

log = structlog.get_logger(__name__)


class CollectResult(CallStep):
    """`poll` is None when the recogniser's own webhook hinted: such a look plans no further one."""

    poll: int | None = None


def collect_result(command: CollectResult, world: World) -> Call | None:
    """The call as it then stands; None when there is nothing (more) to collect. Raises TransientError, NotFound."""
    call = Calls(world.documents, command.company).get(command.call)
    if call.revision != command.revision or call.stage is not Stage.TRANSCRIBING or call.job is None:
        publish_settled(world, call)
        return None
    try:
        state = world.recognizer(call.job.recognizer).fetch(call.job.id)
    except RecognitionFailed:
        return give_up(world, call, Reason.RECOGNITION_REJECTED)
    breakers = Breakers(world.documents)
    match state:
        case Done(recognition):
            breakers.worked(call.job.recognizer)
            return settle_recognition(call, recognition, world)
        case Pending():
            return _wait(call, command.poll, world)
        case Lost(detail):
            log.warning("recognition_lost", recognizer=call.job.recognizer, detail=detail, attempt=call.job.attempt)
            breakers.failed(call.job.recognizer, world.clock.now(), detail)
            return _again(call, call.job.attempt + 1, world)


def _wait(call: Call, poll: int | None, world: World) -> Call:
    now = world.clock.now()
    if call.job is not None and now - call.job.submitted_at > world.limits.recognition_patience:
        return _again(call, _first_of_next(call.job, world), world)
    if poll is not None:
        send_to_result(world, call, poll=poll + 1, at=now + poll_pause(poll, world))
    return call


def _again(call: Call, attempt: int, world: World) -> Call:
    """Another submission, by the next recogniser when this one has had its share; the call given up after the last."""
    company = Companies(world.documents).get(call.company)
    if attempt > world.limits.recognition_attempts * len(company.recognizers):
        return give_up(world, call, Reason.RECOGNIZER_UNAVAILABLE)
    send_to_submit(world, call, attempt=attempt)
    return call


def _first_of_next(job: Job, world: World) -> int:
    """The first attempt that is another recogniser's."""
    share = world.limits.recognition_attempts
    return ((job.attempt - 1) // share + 1) * share + 1


def poll_pause(poll: int, world: World) -> timedelta:
    """Half as long again each time, up to the longest: a long call is not asked about every few seconds."""
    return min(world.limits.last_poll, world.limits.first_poll * 1.5 ** min(poll, 40))
