"""Another look at a call: who may ask for it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from shared.domain.call import Reason, SpeakersBy, Stage
from shared.domain.transcript import Speaker, Turn
from shared.services.repositories.calls import CallChange, Calls
from tests.rest.door import BEGONA, NAMUNA, Door, a_call, a_recorded_call, assert_problem


@pytest.fixture
def admin(door: Door) -> TestClient:
    return door.as_user("company_admin@namuna")


def ask(client: TestClient, call: str, what: str = "judge_again", revision: int = 1) -> Any:
    return client.post(f"/v1/calls/{call}/revisions", json={"what": what, "revision": revision})


def a_transcribed_call(door: Door, speaker: Speaker = Speaker.OPERATOR, **fields: Any) -> str:
    call = a_call(door, stage=Stage.ANALYZED, turn_count=1, turns_revision=1, **fields)

    def put(now: Any, change: CallChange) -> None:
        change.put_turns(call.id, 1, [Turn(index=0, speaker=speaker, start_ms=0, end_ms=900, text="Salom")])

    Calls(door.world.documents, NAMUNA).change(call.id, put)
    return call.id


def test_a_call_judged_again_is_on_its_way_at_the_next_revision(door: Door, admin: TestClient) -> None:
    call = a_transcribed_call(door)
    answer = ask(admin, call)
    assert answer.status_code == 202
    assert (answer.json()["revision"], answer.json()["stage"]) == (2, "transcribed")


def test_swapped_turns_are_served_and_say_that_a_person_did_it(door: Door, admin: TestClient) -> None:
    call = a_transcribed_call(door)
    assert ask(admin, call, "swap_speakers").status_code == 202
    assert [turn["speaker"] for turn in admin.get(f"/v1/calls/{call}/turns").json()["items"]] == ["customer"]
    assert admin.get(f"/v1/calls/{call}").json()["speakers"] == {"found_by": "person", "confidence": 1.0}


def test_a_recording_is_heard_again_by_a_task_of_its_own(door: Door, admin: TestClient) -> None:
    call = a_recorded_call(door, stage=Stage.FAILED, reason=Reason.RECOGNIZER_UNAVAILABLE, retryable=True)
    answer = ask(admin, call.id, "transcribe_again")
    assert (answer.status_code, answer.json()["stage"], answer.json()["reason"]) == (202, "recorded", None)
    (task,) = door.world.tasks.claim("recognition-live", 10, lease_s=60)
    assert json.loads(task.body)["revision"] == 2


@pytest.mark.parametrize("role", ["operator", "analyst"])
def test_who_may_not_write_calls_may_not_have_them_looked_at_again(door: Door, role: str) -> None:
    call = a_transcribed_call(door, operator="op-101")
    assert_problem(ask(door.as_user(f"{role}@namuna"), call), 403, "not_permitted")


def test_another_company_s_call_is_not_there(door: Door, admin: TestClient) -> None:
    theirs = a_call(door, 5, BEGONA, stage=Stage.ANALYZED, turns_revision=1, turn_count=1)
    assert_problem(ask(admin, theirs.id), 404, "not_found")


def test_a_call_that_moves_and_a_revision_that_is_past_are_refused(door: Door, admin: TestClient) -> None:
    moving = a_call(door, 1, stage=Stage.TRANSCRIBING)
    assert_problem(ask(admin, moving.id), 409, "claim_held")
    call = a_transcribed_call(door)
    assert_problem(ask(admin, call, revision=2), 412, "precondition_failed")


@pytest.mark.parametrize("what", ["judge_again", "swap_speakers", "transcribe_again"])
def test_without_a_transcript_or_a_recording_there_is_nothing_to_begin_from(
    door: Door, admin: TestClient, what: str
) -> None:
    call = a_call(door, stage=Stage.SKIPPED, reason=Reason.NO_SPEECH)
    assert_problem(ask(admin, call.id, what), 422, "invalid_input", "what")


def test_voices_that_nobody_knows_cannot_be_swapped(door: Door, admin: TestClient) -> None:
    assert_problem(ask(admin, a_transcribed_call(door, Speaker.UNKNOWN), "swap_speakers"), 422, "invalid_input", "what")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"what": "erase", "revision": 1}, "what"),
        ({"what": "judge_again", "revision": 0}, "revision"),
        ({"what": "judge_again", "revision": "1"}, "revision"),
        ({"what": "judge_again"}, "revision"),
        ({"what": "judge_again", "revision": 1, "why": "-"}, "why"),
    ],
)
def test_a_wrong_wish_names_its_field(door: Door, admin: TestClient, body: dict[str, Any], field: str) -> None:
    call = a_transcribed_call(door)
    assert_problem(admin.post(f"/v1/calls/{call}/revisions", json=body), 422, "invalid_input", field)


def test_how_the_speakers_were_found_is_said_or_null(door: Door, admin: TestClient) -> None:
    known = a_call(door, 1, speakers_by=SpeakersBy.CONTENT, speakers_confidence=0.8)
    unknown = a_call(door, 2)
    assert admin.get(f"/v1/calls/{known.id}").json()["speakers"] == {"found_by": "content", "confidence": 0.8}
    assert admin.get(f"/v1/calls/{unknown.id}").json()["speakers"] is None
