"""Calls: sent, listed, and looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from shared.domain.call import Stage
from shared.domain.errors import NotFound
from shared.domain.transcript import Turn
from shared.rest.dependencies import GivenApi
from shared.rest.paging import DEFAULT_LIMIT, MAX_LIMIT, after_cursor, cursor
from shared.rest.problems import documented
from shared.rest.schemas.analysis import AnalysisView
from shared.rest.schemas.calls import AskedRevision, AudioLink, CallDetail, CallPage, CallRow, Turns, TurnView
from shared.rest.security import CallListener, CallWriter, GivenCalls, SignedInViewer
from shared.rest.sent_call import REQUEST_BODY, SentCall, SentRecording, sent_call
from shared.services.accept_call import AcceptRecording, AcceptTranscript, accept_recording, accept_transcript
from shared.services.artifacts import read_scan, read_transcript
from shared.services.begin_revision import BeginRevision, begin_revision
from shared.services.repositories.checklists import Checklists
from shared.services.repositories.companies import Companies

router = APIRouter(prefix="/v1/calls", tags=["calls"])

LINK_LIFETIME = timedelta(minutes=10)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The sender's own name for this call: sent again with the same content, it is the same call.",
    ),
]


@router.get("", responses=documented(401, 403))
def list_calls(
    calls: GivenCalls,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(alias="cursor", max_length=1000, description="next_cursor of a page.")] = None,
    stage: Stage | None = None,
    order: Literal["-started_at", "started_at"] = "-started_at",
) -> CallPage:
    """Calls that the signed-in user may see, newest first unless asked otherwise."""
    question = {"list": "calls", "stage": stage, "order": order}
    found = calls.page(
        stage=stage,
        newest_first=order == "-started_at",
        limit=limit + 1,
        after=after_cursor(after, question, (datetime, str)),
    )
    shown = found[:limit]
    is_last = len(found) <= limit
    return CallPage(
        items=[CallRow.of(call) for call in shown],
        next_cursor=None if is_last else cursor((shown[-1].started_at, shown[-1].id), question),
    )


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    responses={
        **documented(400, 401, 403, 413, 415),
        200: {"model": CallRow, "description": "The same content was sent before: the call it is."},
    },
    openapi_extra={"requestBody": REQUEST_BODY},
)
def send_call(
    api: GivenApi,
    viewer: CallWriter,
    sent: Annotated[SentCall, Depends(sent_call)],
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> CallRow:
    """A recording (multipart/form-data), or the transcript of one (application/json)."""
    if isinstance(sent, SentRecording):
        recording = AcceptRecording(
            company=viewer.company,
            file_name=sent.file_name,
            content_type=sent.content_type,
            chunks=sent.chunks,
            facts=sent.facts,
            idempotency_key=idempotency_key,
        )
        accepted = accept_recording(recording, api.world)
    else:
        transcript = AcceptTranscript(
            company=viewer.company,
            turns=[turn.said() for turn in sent.turns],
            facts=sent.facts(language=sent.language),
            idempotency_key=idempotency_key,
        )
        accepted = accept_transcript(transcript, api.world)
    if not accepted.is_new:
        response.status_code = HTTPStatus.OK
    response.headers["Location"] = f"/v1/calls/{accepted.call.id}"
    return CallRow.of(accepted.call)


@router.get("/{call_id}", responses=documented(401, 403, 404))
def get_call(call_id: str, api: GivenApi, viewer: SignedInViewer, calls: GivenCalls) -> CallDetail:
    call = calls.get(call_id)
    checklists = Checklists(api.world.documents, viewer.company)
    return CallDetail.detailed(
        call, checklists.find(call.checklist, call.checklist_version) if call.checklist else None
    )


@router.get("/{call_id}/turns", responses=documented(401, 403, 404))
def get_turns(call_id: str, api: GivenApi, calls: GivenCalls, words: bool = False) -> Turns:
    """Who said what, when; none while the call is not transcribed. Word times are asked for: they are many."""
    call = calls.get(call_id)
    turns: tuple[Turn, ...] | None = None
    if words and call.turns_revision is not None:
        artifact = read_transcript(api.world.artifacts, call.company, call.id, call.turns_revision)
        turns = artifact.turns if artifact else None
    if turns is None:
        turns = calls.turns(call)
    return Turns(items=[TurnView.of(turn, with_words=words) for turn in turns])


@router.post(
    "/{call_id}/revisions",
    status_code=HTTPStatus.ACCEPTED,
    responses=documented(400, 401, 403, 404, 409, 412, 415),
)
def begin_call_revision(
    call_id: str, asked: AskedRevision, api: GivenApi, viewer: CallWriter, calls: GivenCalls
) -> CallRow:
    """Has a settled call looked at again; what was made before stays.

    409 while the call is still on its way, 412 when it is no longer at the revision that was looked at.
    """
    command = BeginRevision(
        company=viewer.company, call=calls.get(call_id).id, revision=asked.revision, what=asked.what
    )
    return CallRow.of(begin_revision(command, api.world))


@router.get("/{call_id}/analysis", responses=documented(401, 403, 404))
def get_analysis(
    call_id: str,
    api: GivenApi,
    viewer: SignedInViewer,
    calls: GivenCalls,
    revision: Annotated[int | None, Query(ge=1, le=1_000_000, description="The newest there is when left out.")] = None,
) -> AnalysisView:
    """Every item of the checklist with its answer and the proof; 404 while the call has not been analysed."""
    analysis = calls.analysis(calls.get(call_id), revision)
    checklists = Checklists(api.world.documents, viewer.company)
    checklist = checklists.find(analysis.checklist, analysis.checklist_version) if analysis.checklist else None
    return AnalysisView.of(analysis, checklist, Companies(api.world.documents).get(viewer.company).template)


@router.get("/{call_id}/audio", responses=documented(401, 403, 404))
def get_audio(call_id: str, api: GivenApi, listener: CallListener, calls: GivenCalls) -> AudioLink:
    """A link to the recording for ten minutes, and its loudness for drawing; 404 when there is no recording."""
    call = calls.get(call_id)
    found = api.world.audio.stat(call.recording.path) if call.recording else None
    if found is None:
        raise NotFound("the call has no recording")
    scan = read_scan(api.world.artifacts, call.company, call.id)
    return AudioLink(
        url=api.world.audio.signed_link(found.path, expires_in=LINK_LIFETIME),
        expires_at=api.world.clock.now() + LINK_LIFETIME,
        content_type=found.content_type,
        duration_ms=call.audio.duration_ms if call.audio else 0,
        peaks=[list(channel) for channel in scan.peaks] if scan else [],
        peak_ms=scan.peak_ms if scan else 0,
    )
