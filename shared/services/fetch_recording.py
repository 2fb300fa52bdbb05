"""An exchange's recording is streamed into the audio bucket, once; one that is not ready is asked for again."""

from __future__ import annotations

import mimetypes
from contextlib import suppress
from datetime import timedelta

from shared.domain.call import Call, Reason, Stage
from shared.domain.errors import AlreadyExists, InvalidInput, NotAuthenticated, NotFound, NotPermitted, SecretUnreadable
from shared.services.exchange import exchange
from shared.services.register_recording import RECORDINGS, register_recording, registration
from shared.services.repositories.calls import Calls
from shared.services.repositories.integrations import Integrations
from shared.services.steps import CallStep, give_up, send_to_fetch
from shared.services.world import World

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=20)


class FetchRecording(CallStep):
    attempt: int = 1


def fetch_recording(command: FetchRecording, world: World) -> Call | None:
    """The call as it then stands; None when there is nothing to fetch any more. Raises TransientError, NotFound."""
    call = Calls(world.documents, command.company).get(command.call)
    if call.stage is not Stage.DISCOVERED or call.revision != command.revision or call.pbx_id is None:
        return None
    path = f"{RECORDINGS}/{call.company}/{call.id}/recording.mp3"
    if world.audio.stat(path) is None:
        integration = Integrations(world.documents, call.company).pbx()
        try:
            with exchange(world, call.company, integration) as pbx:
                stream = pbx.recording(call.pbx_id)
                with suppress(AlreadyExists):
                    world.audio.write(path, stream, content_type=_content_type(call.pbx_id), if_absent=True)
        except NotFound:
            return _not_yet(call, command.attempt, world)
        except (InvalidInput, NotAuthenticated, NotPermitted, SecretUnreadable):
            return call  # its admin is told; the sweep asks again until somebody mends it
    stat = world.audio.stat(path)
    # the bucket's own event says the same, perhaps later: whichever comes first
    return register_recording(registration(stat), world) if stat is not None else None


def _content_type(name: str) -> str:
    """By what an archive's recording is called; an exchange's are MP3."""
    return mimetypes.guess_type(name)[0] or "audio/mpeg"


def _not_yet(call: Call, attempt: int, world: World) -> Call:
    now = world.clock.now()
    is_over = now - (call.ended_at or call.created_at) > world.limits.recording_patience
    if is_over and attempt > 1:  # a call of the past has had its time, and is asked for twice all the same
        return give_up(world, call, Reason.RECORDING_GONE)
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt - 1, 10))
    send_to_fetch(world, call, attempt=attempt + 1, at=now + pause)
    return call
