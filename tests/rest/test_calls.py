"""Calls: sent, listed, and looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from shared.adapters.embedded.sqlite_queue import SQLiteEventBus
from shared.domain.analysis import (
    Answer,
    CallSentiment,
    Evidence,
    Judgement,
    Mood,
    Promise,
    Sentiment,
    Verdict,
    score,
)
from shared.domain.call import Call, Cost, Direction, Reason, Stage
from shared.domain.company import Role
from shared.domain.errors import DependencyUnavailable
from shared.domain.identity import ChecklistId, OperatorId
from shared.domain.transcript import Speaker, Turn, Word
from shared.services.artifacts import TranscriptArtifact, write_transcript
from shared.services.hook_token import hook_token
from shared.services.repositories.calls import Analysis, CallChange, Calls
from shared.services.steps import give_up
from tests.rest.door import (
    BEGONA,
    NAMUNA,
    NOON,
    Door,
    a_call,
    a_checklist,
    a_recorded_call,
    a_transcript,
    assert_problem,
)

WAV = b"RIFF....WAVEfmt "


@pytest.fixture
def admin(door: Door) -> TestClient:
    return door.as_user("company_admin@namuna")


def send_file(client: TestClient, content: bytes = WAV, name: str = "call.wav", **more: Any) -> Any:
    return client.post("/v1/calls", files={"file": (name, content, "audio/wav")}, **more)


def listed(client: TestClient, **query: Any) -> list[str]:
    return [each["title"] for each in client.get("/v1/calls", params=query).json()["items"]]


def kept(door: Door, call: str) -> Call:
    found = Calls(door.world.documents, NAMUNA).find(call)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_what_a_sent_file_s_name_tells_is_kept_where_its_sender_says_nothing(door: Door, admin: TestClient) -> None:
    name = "out-901234567-101-20261119-140359-1768308876.2.wav"
    call = kept(door, send_file(admin, name=name, data={"direction": "inbound"}).json()["id"])
    assert (call.direction, call.customer_phone, call.extension) == (Direction.INBOUND, "+998901234567", "101")
    assert (call.operator, call.started_at) == ("op-101", datetime(2026, 11, 19, 9, 3, 59, tzinfo=UTC))


def test_a_name_from_the_future_is_no_reason_to_refuse_a_recording(door: Door, admin: TestClient) -> None:
    answer = send_file(admin, name="out-901234567-101-20991119-140359-1768308876.2.wav")
    assert answer.status_code == 202
    assert kept(door, answer.json()["id"]).started_at == NOON


# -- a recording is sent ------------------------------------------------------------------------------------------


def test_a_sent_recording_is_a_call_at_once_and_an_object_in_the_bucket(door: Door, admin: TestClient) -> None:
    answer = send_file(
        admin,
        data={
            "title": "Sotuv",
            "started_at": "2026-11-19T15:10:00+05:00",
            "direction": "inbound",
            "customer_phone": "+998 (90) 123-45-67",
            "extension": "101",
            "operator_channel": "1",
        },
    )

    row = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/calls/{row['id']}"
    assert (row["stage"], row["source"], row["title"]) == ("discovered", "api_audio", "Sotuv")
    assert row["started_at"] == "2026-11-19T10:10:00Z"
    assert row["customer_phone"] == "+998901234567"
    assert row["operator"] == "op-101"
    call = kept(door, row["id"])
    assert call.operator_channel == 1
    assert call.due_at == NOON + door.world.limits.step_due
    objects = list(door.world.audio.list())
    assert [each.path for each in objects] == [f"uploads/namuna/{row['id']}/call.wav"]
    assert objects[0].content_type == "audio/wav"
    assert b"".join(door.world.audio.read(objects[0].path)) == WAV


def test_the_same_recording_sent_again_is_the_same_call(door: Door, admin: TestClient) -> None:
    first = send_file(admin)
    second = send_file(admin, name="other name.wav", data={"title": "Again"})

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json()
    assert len(list(door.world.audio.list())) == 1


def test_a_large_recording_arrives_whole(door: Door, admin: TestClient) -> None:
    content = bytes(range(256)) * 20_000

    call = send_file(admin, content).json()["id"]

    assert b"".join(door.world.audio.read(f"uploads/namuna/{call}/call.wav")) == content


def test_a_crash_before_the_object_was_written_is_healed_by_sending_again(
    door: Door, admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DependencyUnavailable("the bucket does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(door.world.audio, "write", broken)
        assert_problem(send_file(admin), 503, "dependency_unavailable")
    assert listed(admin) == ["call.wav"]

    assert send_file(admin).status_code == 200
    assert len(list(door.world.audio.list())) == 1


def test_a_call_given_up_for_lost_gets_its_recording_when_it_is_sent_again(door: Door, admin: TestClient) -> None:
    call = kept(door, send_file(admin).json()["id"])
    assert call.recording is not None
    door.world.audio.delete(call.recording.path)
    give_up(door.world, call, Reason.RECORDING_GONE)

    assert send_file(admin).status_code == 200

    assert door.world.audio.stat(call.recording.path) is not None


def test_an_empty_file_is_a_failed_call_each_time(door: Door, admin: TestClient) -> None:
    rows = [send_file(admin, b"").json() for _ in range(2)]

    assert [(row["stage"], row["reason"]) for row in rows] == [("failed", "empty_file")] * 2
    assert rows[0]["id"] != rows[1]["id"]
    assert list(door.world.audio.list()) == []


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\calls\\qo‘ng‘iroq 1.MP3", "qo_ng_iroq_1.MP3"),
        (".hidden", "hidden"),
        ("звонок.wav", "recording.wav"),
        ("a" * 300 + ".wav", "a" * 100 + ".wav"),
        ("...", "recording"),
    ],
)
def test_a_file_name_becomes_a_safe_one(door: Door, admin: TestClient, name: str, stored: str) -> None:
    call = send_file(admin, name=name).json()["id"]

    assert [each.path for each in door.world.audio.list()] == [f"uploads/namuna/{call}/{stored}"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "2026-11-19T15:10:00"}, "started_at"),
        ({"started_at": "2026-11-22T15:10:00Z"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00+05:00"}, "started_at"),
        ({"direction": "sideways"}, "direction"),
        ({"customer_phone": "call me"}, "customer_phone"),
        ({"extension": "1;2"}, "extension"),
        ({"operator_channel": "2"}, "operator_channel"),
        ({"title": "a" * 201}, "title"),
        ({"company": "begona"}, "company"),
    ],
)
def test_a_wrong_field_of_a_form_is_named_and_nothing_is_kept(
    door: Door, admin: TestClient, data: dict[str, str], field: str
) -> None:
    assert_problem(send_file(admin, data=data), 422, "invalid_input", field)

    assert listed(admin) == []
    assert list(door.world.audio.list()) == []


def test_a_form_without_a_file_is_refused(admin: TestClient) -> None:
    answer = admin.post("/v1/calls", files={"title": (None, "x")})

    assert_problem(answer, 422, "invalid_input", "file")


def test_a_broken_form_is_refused(admin: TestClient) -> None:
    answer = admin.post("/v1/calls", content=b"--x\r\n", headers={"Content-Type": "multipart/form-data"})

    assert_problem(answer, 400, "bad_request")


def test_another_content_type_is_refused(admin: TestClient) -> None:
    answer = admin.post("/v1/calls", content=WAV, headers={"Content-Type": "audio/wav"})

    assert_problem(answer, 415, "unsupported_content_type")


def test_one_idempotency_key_is_not_two_recordings(admin: TestClient) -> None:
    key = {"Idempotency-Key": "crm-77"}
    assert send_file(admin, headers=key).status_code == 202
    assert send_file(admin, headers=key).status_code == 200

    assert_problem(send_file(admin, b"other", headers=key), 422, "invalid_input", "Idempotency-Key")


# -- a transcript is sent -----------------------------------------------------------------------------------------


def test_a_sent_transcript_is_a_transcribed_call_with_its_turns(door: Door, admin: TestClient) -> None:
    answer = admin.post("/v1/calls", json=a_transcript(extension="102"))

    row = answer.json()
    assert answer.status_code == 202
    assert (row["stage"], row["source"], row["language"]) == ("transcribed", "api_transcript", "uz")
    assert (row["duration_ms"], row["operator"], row["cost_tiyin"]) == (7100, "op-102", 0)
    turns = admin.get(f"/v1/calls/{row['id']}/turns").json()["items"]
    assert [(turn["index"], turn["speaker"], turn["text"]) for turn in turns] == [
        (0, "operator", "Assalomu alaykum, Namuna Savdo."),
        (1, "customer", "Muzlatgich narxini bilmoqchi edim."),
    ]


def test_the_same_transcript_sent_again_is_the_same_call_and_is_told_again(door: Door, admin: TestClient) -> None:
    first = admin.post("/v1/calls", json=a_transcript())
    second = admin.post("/v1/calls", json=a_transcript())

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json()


def test_the_same_words_at_another_time_are_another_call(admin: TestClient) -> None:
    calls = {
        admin.post("/v1/calls", json=a_transcript(started_at=f"2026-11-19T1{hour}:00:00Z")).json()["id"]
        for hour in range(3)
    }

    assert len(calls) == 3


def test_a_crash_before_the_turns_were_kept_is_healed_by_sending_again(
    door: Door, admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DependencyUnavailable("the bus does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(SQLiteEventBus, "publish", broken)
        assert_problem(admin.post("/v1/calls", json=a_transcript()), 503, "dependency_unavailable")

    answer = admin.post("/v1/calls", json=a_transcript())
    assert (answer.status_code, answer.json()["stage"]) == (200, "transcribed")


def test_a_transcript_call_given_up_for_lost_begins_again(door: Door, admin: TestClient) -> None:
    call = kept(door, admin.post("/v1/calls", json=a_transcript()).json()["id"])
    lost = call.model_copy(update={"stage": Stage.FAILED, "reason": Reason.RECORDING_GONE, "turns_revision": None})
    Calls(door.world.documents, NAMUNA).change(call.id, lambda now, change: lost)

    row = admin.post("/v1/calls", json=a_transcript()).json()

    assert (row["stage"], row["revision"], row["reason"]) == ("transcribed", 2, None)


def test_one_idempotency_key_is_one_transcript(admin: TestClient) -> None:
    key = {"Idempotency-Key": "crm-78"}
    first = admin.post("/v1/calls", json=a_transcript(), headers=key)
    second = admin.post("/v1/calls", json=a_transcript(), headers=key)
    without = admin.post("/v1/calls", json=a_transcript())

    assert first.json()["id"] == second.json()["id"] != without.json()["id"]
    other = admin.post("/v1/calls", json=a_transcript(title="Other"), headers=key)
    assert_problem(other, 422, "invalid_input", "Idempotency-Key")


def a_turn(**fields: Any) -> dict[str, Any]:
    return {"speaker": "operator", "start_ms": 0, "end_ms": 1000, "text": "Alo"} | fields


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"turns": []}, "turns"),
        ({}, "turns"),
        ({"turns": [a_turn(), a_turn(speaker="boss")]}, "turns.1.speaker"),
        ({"turns": [a_turn(start_ms=-1)]}, "turns.0.start_ms"),
        ({"turns": [a_turn(start_ms=1.5)]}, "turns.0.start_ms"),
        ({"turns": [a_turn(start_ms=2**70)]}, "turns.0.start_ms"),
        ({"turns": [a_turn(start_ms="1")]}, "turns.0.start_ms"),
        ({"turns": [a_turn(start_ms=1000)]}, "turns.0.end_ms"),
        ({"turns": [a_turn(end_ms=90_000_000)]}, "turns.0.end_ms"),
        ({"turns": [a_turn(start_ms=500), a_turn(start_ms=400)]}, "turns.1.start_ms"),
        ({"turns": [a_turn(text="   ")]}, "turns.0.text"),
        ({"turns": [a_turn(text="a\x00b")]}, "turns.0.text"),
        ({"turns": [a_turn(word="x")]}, "turns.0.word"),
        ({"turns": [a_turn(text="ў" * 50_000)] * 9}, "turns.0.text"),
        ({"turns": [a_turn()] * 5001}, "turns"),
        ({"turns": [a_turn()], "language": "fr"}, "language"),
        ({"turns": [a_turn()], "customer_phone": "12"}, "customer_phone"),
        ([], "body"),
    ],
)
def test_a_wrong_field_of_a_transcript_is_named_and_nothing_is_kept(admin: TestClient, body: Any, field: str) -> None:
    assert_problem(admin.post("/v1/calls", json=body), 422, "invalid_input", field)

    assert listed(admin) == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"turns": NaN}', b'{"title": "\\ud800"}'])
def test_what_is_no_json_is_refused(admin: TestClient, content: bytes) -> None:
    answer = admin.post("/v1/calls", content=content, headers={"Content-Type": "application/json"})

    assert_problem(answer, 422, "invalid_input")


def test_a_transcript_as_long_as_may_be_is_taken_whole(admin: TestClient) -> None:
    turns = [a_turn(start_ms=index, end_ms=index + 1, text=f"gap {index}") for index in range(5000)]

    call = admin.post("/v1/calls", json={"turns": turns}).json()["id"]

    items = admin.get(f"/v1/calls/{call}/turns").json()["items"]
    assert [item["text"] for item in items] == [turn["text"] for turn in turns]


@settings(max_examples=30)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["turns", "title", "speaker", "start_ms", "end_ms", "text", "started_at"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_breaks_the_door(door: Door, body: Any) -> None:
    client = door.as_user("company_admin@namuna")
    content = json.dumps(body).encode()

    answer = client.post("/v1/calls", content=content, headers={"Content-Type": "application/json"})

    if not answer.is_success:
        assert_problem(answer, 422, "invalid_input")


# -- the list -----------------------------------------------------------------------------------------------------


def test_the_list_is_newest_first_unless_asked_otherwise(door: Door, admin: TestClient) -> None:
    for number in (2, 1, 3):
        a_call(door, number)

    assert listed(admin) == ["Call 3", "Call 2", "Call 1"]
    assert listed(admin, order="-started_at") == ["Call 3", "Call 2", "Call 1"]
    assert listed(admin, order="started_at") == ["Call 1", "Call 2", "Call 3"]


def test_the_list_can_be_narrowed_to_a_stage(door: Door, admin: TestClient) -> None:
    a_call(door, 1)
    a_call(door, 2, stage=Stage.ANALYZED)

    assert listed(admin, stage="analyzed") == ["Call 2"]


@pytest.mark.parametrize("order", ["started_at", "-started_at"])
@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 50])
def test_pages_together_are_the_list_whatever_their_size(door: Door, admin: TestClient, limit: int, order: str) -> None:
    for number in range(6):
        a_call(door, number, started_at=NOON - timedelta(days=1) + timedelta(minutes=number // 3))

    pages: list[list[str]] = []
    cursor: str | None = None
    while True:
        query: dict[str, str | int] = {"limit": limit, "order": order}
        if cursor:
            query["cursor"] = cursor
        page = admin.get("/v1/calls", params=query).json()
        pages.append([each["id"] for each in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break

    together = [each for page in pages for each in page]
    assert together == [each["id"] for each in admin.get("/v1/calls", params={"order": order}).json()["items"]]
    assert len(together) == len(set(together)) == 6
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)


def test_a_call_that_comes_between_two_pages_moves_none_of_them(door: Door, admin: TestClient) -> None:
    for number in range(4):
        a_call(door, number)
    page = admin.get("/v1/calls", params={"limit": 2}).json()
    a_call(door, 9)

    assert listed(admin, limit=2, cursor=page["next_cursor"]) == ["Call 1", "Call 0"]


def test_an_empty_list_is_a_page_without_items(admin: TestClient) -> None:
    assert admin.get("/v1/calls").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    "cursor", ["x", "!!", "bnVsbA", "W10", "eyJxIjoxLCJ2IjpbXX0", "eyJxIjoiYSIsInYiOlsxLDJdfQ", "ў", ""]
)
def test_what_is_no_cursor_is_refused(admin: TestClient, cursor: str) -> None:
    assert_problem(admin.get("/v1/calls", params={"cursor": cursor}), 422, "invalid_input", "cursor")


def test_a_cursor_goes_with_the_list_it_came_from(door: Door, admin: TestClient) -> None:
    for number in range(3):
        a_call(door, number)
    cursor = admin.get("/v1/calls", params={"limit": 1}).json()["next_cursor"]

    for other in ({"order": "started_at"}, {"stage": "analyzed"}):
        answer = admin.get("/v1/calls", params={"cursor": cursor, **other})
        assert_problem(answer, 422, "invalid_input", "cursor")


@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"stage": "x"}, "stage"), ({"order": "title"}, "order")],
)
def test_a_wrong_parameter_is_named(admin: TestClient, query: dict[str, Any], field: str) -> None:
    assert_problem(admin.get("/v1/calls", params=query), 422, "invalid_input", field)


# -- one call -----------------------------------------------------------------------------------------------------


def test_a_call_is_shown_with_its_way_its_cost_and_its_recording(door: Door, admin: TestClient) -> None:
    call = a_recorded_call(
        door,
        checklist=ChecklistId("sales"),
        checklist_version=1,
        cost=Cost(recognition_tiyin=5, judgement_tiyin=7),
    )

    body = admin.get(f"/v1/calls/{call.id}").json()

    assert body["cost"] == {"recognition_tiyin": 5, "judgement_tiyin": 7, "total_tiyin": 12}
    assert body["cost_tiyin"] == 12
    assert body["checklist"] == {"id": "sales", "version": 1, "title": "Sotuv"}
    assert body["recording"] == {"name": "call.wav", "size_bytes": 4, "content_type": "audio/wav"}
    assert body["history"] == [{"revision": 1, "stage": "discovered", "at": "2026-11-20T07:00:00Z", "reason": None}]
    assert body["audio"]["duration_ms"] == body["duration_ms"] == 2000


def test_words_come_with_turns_when_they_are_asked_for(door: Door, admin: TestClient) -> None:
    turn = Turn(
        index=0,
        speaker=Speaker.OPERATOR,
        start_ms=0,
        end_ms=9,
        text="Alo",
        words=(Word(text="Alo", start_ms=0, end_ms=9),),
    )
    call = a_call(door, turn_count=1, turns_revision=1)
    Calls(door.world.documents, NAMUNA).change(call.id, lambda now, change: change.put_turns(call.id, 1, [turn]))
    artifact = TranscriptArtifact(turns=(turn,), recognizer="whisper", model="base")
    write_transcript(door.world.artifacts, NAMUNA, call.id, 1, artifact)

    without, with_words = (
        admin.get(f"/v1/calls/{call.id}/turns", params={"words": words}).json()["items"][0] for words in (False, True)
    )

    assert without["words"] == []
    assert with_words["words"] == [{"text": "Alo", "start_ms": 0, "end_ms": 9, "confidence": 1.0}]
    assert without | {"words": None} == with_words | {"words": None}


def test_an_analysis_is_the_checklist_with_answers_and_their_proof(door: Door, admin: TestClient) -> None:
    call = a_call(door)
    quote = Evidence(
        turn=0, quote="assalomu alaykum", speaker=Speaker.OPERATOR, start_ms=0, end_ms=900, is_verified=True
    )
    judgement = Judgement(
        answers=(
            Answer(item="greeting", verdict=Verdict.YES, confidence=0.9, evidence=quote),
            Answer(item="name", verdict=Verdict.YES, confidence=0.5),
        ),
        sentiment=CallSentiment(call=Sentiment(mood=Mood.POSITIVE, confidence=0.8, turns=(0,))),
        purpose="purchase",
        products=("fridge",),
        summary="Salomlashdi.",
        promises=(Promise(by=Speaker.OPERATOR, evidence=quote, due=NOON.date()),),
        model="e5",
    )
    analysis = Analysis(
        revision=1,
        created_at=NOON,
        checklist=ChecklistId("sales"),
        checklist_version=1,
        judge="e5",
        judgement=judgement,
        score=score(a_checklist(), judgement.answers),
        summary_language="uz",
    )

    def keep(now: Call, change: CallChange) -> None:
        change.put_analysis(call.id, analysis)

    Calls(door.world.documents, NAMUNA).change(call.id, keep)

    body = admin.get(f"/v1/calls/{call.id}/analysis").json()

    greeting, name = body["checklist"]["segments"][0]["items"]
    assert greeting["answer"]["counted"] == "yes"
    assert greeting["answer"]["evidence"]["quote"] == "assalomu alaykum"
    assert (name["answer"]["verdict"], name["answer"]["counted"]) == ("yes", "uncertain")
    assert body["score"] == {"earned": 2, "possible": 2, "percent": 100, "uncertain": 1, "critical_failed": []}
    assert body["purpose"] == {"id": "purchase", "title": "Xarid"}
    assert body["products"] == [{"id": "fridge", "title": "fridge"}]
    assert body["outcome"] is None
    assert body["promises"][0]["due"] == "2026-11-20"


def test_there_is_no_analysis_before_the_call_is_analysed(door: Door, admin: TestClient) -> None:
    call = a_call(door)

    assert_problem(admin.get(f"/v1/calls/{call.id}/analysis"), 404, "not_found")
    assert admin.get(f"/v1/calls/{call.id}/turns").json() == {"items": []}


def test_a_recording_is_heard_by_a_link_of_ten_minutes_and_drawn_by_its_peaks(door: Door, admin: TestClient) -> None:
    call = a_recorded_call(door)

    body = admin.get(f"/v1/calls/{call.id}/audio").json()

    assert body["url"].startswith("http://testserver/objects/audio/uploads/namuna/")
    assert datetime.fromisoformat(body["expires_at"]) == NOON.astimezone(UTC) + timedelta(minutes=10)
    assert (body["content_type"], body["duration_ms"], body["peak_ms"]) == ("audio/wav", 2000, 50)
    assert body["peaks"] == [[0, 128, 255], [1, 2, 3]]


def test_a_call_without_a_recording_has_no_sound(door: Door, admin: TestClient) -> None:
    call = a_call(door)

    assert_problem(admin.get(f"/v1/calls/{call.id}/audio"), 404, "not_found")


@pytest.mark.parametrize("call", ["nothing", "NAMUNA0001", "..", "a%2Fb", "%00", "x" * 300, "ў", "__x__"])
def test_an_identifier_of_no_call_is_not_found(admin: TestClient, call: str) -> None:
    for rest in ("", "/turns", "/analysis", "/audio"):
        assert_problem(admin.get(f"/v1/calls/{call}{rest}"), 404, "not_found")


def test_the_newest_version_of_each_checklist_is_listed(admin: TestClient) -> None:
    items = admin.get("/v1/checklists").json()["items"]

    assert [(item["id"], item["version"]) for item in items] == [("sales", 1)]


# -- isolation and rights -----------------------------------------------------------------------------------------

CALL_ADDRESSES = ("", "/turns", "/analysis", "/audio")


@pytest.mark.parametrize("role", list(Role))
def test_a_foreign_companys_call_answers_as_one_that_is_not_there(door: Door, role: Role) -> None:
    foreign = a_recorded_call(door, company=BEGONA, operator=OperatorId("op-101"))
    client = door.as_user(f"{role.value}@namuna")

    for address in CALL_ADDRESSES:
        there = client.get(f"/v1/calls/{foreign.id}{address}")
        nowhere = client.get(f"/v1/calls/{'0' * 26}{address}")
        assert there.status_code == (403 if (role, address) == (Role.ANALYST, "/audio") else 404)
        assert there.json() == nowhere.json()
    assert listed(client) == []


def test_the_same_content_in_two_companies_is_two_calls(door: Door, admin: TestClient) -> None:
    other = door.as_user("company_admin@begona")

    ours, theirs = send_file(admin), send_file(other)

    assert (ours.status_code, theirs.status_code) == (202, 202)
    assert ours.json()["id"] != theirs.json()["id"]
    assert len(listed(admin)) == len(listed(other)) == 1


def test_an_operator_sees_own_calls_alone(door: Door) -> None:
    own = a_recorded_call(door, 1, operator=OperatorId("op-101"))
    others = a_recorded_call(door, 2, operator=OperatorId("op-102"))
    nobodys = a_recorded_call(door, 3)
    client = door.as_user("operator@namuna")

    assert listed(client) == ["Call 1"]
    assert client.get(f"/v1/calls/{own.id}/audio").status_code == 200
    for call in (others, nobodys):
        for address in CALL_ADDRESSES:
            assert_problem(client.get(f"/v1/calls/{call.id}{address}"), 404, "not_found")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ANALYST])
def test_who_may_not_send_calls_is_refused_before_the_body_is_read(door: Door, role: Role) -> None:
    client = door.as_user(f"{role.value}@namuna")

    assert_problem(client.post("/v1/calls", json={"nonsense": 1}), 403, "not_permitted")
    assert_problem(send_file(client), 403, "not_permitted")
    assert list(door.world.audio.list()) == []


@pytest.mark.parametrize(
    "address", ["/v1/me", "/v1/calls", "/v1/checklists", *(f"/v1/calls/x{rest}" for rest in CALL_ADDRESSES)]
)
def test_nothing_is_seen_without_signing_in(door: Door, address: str) -> None:
    assert_problem(door.client.get(address), 401, "not_authenticated")
    assert_problem(door.client.post("/v1/calls", json=a_transcript()), 401, "not_authenticated")


# -- hooks --------------------------------------------------------------------------------------------------------


def test_a_hook_enqueues_one_look_however_often_it_is_called(door: Door) -> None:
    call = a_call(door)
    token = hook_token(door.world.signing_secret, NAMUNA, call.id, 1)

    statuses = [door.client.post(f"/v1/hooks/recognizers/{token}", content=b"anything").status_code for _ in range(3)]

    assert statuses == [202, 202, 202]
    (task,) = door.world.tasks.claim("recognition-results", 10, lease_s=1)
    assert task.entry_point == "transcribe_result"
    assert json.loads(task.body) == {"company": "namuna", "call": call.id, "revision": 1}


@pytest.mark.parametrize("token", ["x", "bmFtdW5hL3gvMQ", "ў", "a" * 400])
def test_a_hook_of_no_address_of_ours_is_not_found(door: Door, token: str) -> None:
    assert_problem(door.client.post(f"/v1/hooks/recognizers/{token}"), 404, "not_found")
