"""A file in the bucket tells of its call: by its name, by the object's metadata, and by a sidecar in either order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from shared.domain.call import Call, Direction
from shared.domain.company import Operator
from shared.domain.errors import DependencyUnavailable
from shared.domain.identity import OperatorId
from shared.services.register_recording import register_recording, registration
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.repositories.companies import Companies
from shared.services.repositories.operators import Operators
from tests.services.conftest import COMPANY, TimedWorld

FOLDER = f"uploads/{COMPANY}/2026"
NAME = "out-901234567-105-20261120-140359-1768308876.2"
TOLD = {
    "title": "Kechki smena",
    "started_at": "2026-11-20T15:00:00+05:00",
    "direction": "inbound",
    "operator_channel": 1,
}


def put(world: TimedWorld, name: str, content: bytes = b"sound", **metadata: str) -> None:
    stat = world.audio.write(f"{FOLDER}/{name}", [content], content_type="audio/wav", metadata=metadata)
    register_recording(registration(stat), world)


def the_call(world: TimedWorld) -> Call:
    (call,) = Calls(world.documents, COMPANY).page(CallFilter(), newest_first=True, limit=10)
    return call


def test_a_name_that_an_exchange_wrote_tells_of_its_call(world: TimedWorld) -> None:
    Operators(world.documents, COMPANY).put(Operator(id=OperatorId("op-105"), name="Vali", extension="105"))
    put(world, f"{NAME}.wav")
    call = the_call(world)
    assert call.started_at == datetime(2026, 11, 20, 9, 3, 59, tzinfo=UTC)
    assert (call.direction, call.customer_phone, call.extension) == (Direction.OUTBOUND, "+998901234567", "105")
    assert call.operator == "op-105"


def test_a_company_s_own_names_are_read_by_its_own_convention(world: TimedWorld) -> None:
    companies = Companies(world.documents)
    companies.put(companies.get(COMPANY).model_copy(update={"recording_names": ("{extension} {phone}",)}))
    put(world, "12 998901112233.wav")
    assert (the_call(world).extension, the_call(world).customer_phone) == ("12", "+998901112233")


def test_metadata_stands_above_the_name_and_never_says_whose_it_is(world: TimedWorld) -> None:
    put(world, f"{NAME}.wav", direction="inbound", company="begona", customer_phone="998 90 765 43 21")
    call = the_call(world)
    assert (call.company, call.direction, call.customer_phone) == (COMPANY, Direction.INBOUND, "+998907654321")
    assert call.extension == "105"


@pytest.mark.parametrize("first", ["sidecar", "recording"])
def test_a_sidecar_is_heeded_in_whichever_order_the_two_come(world: TimedWorld, first: str) -> None:
    order = [("call-1.json", json.dumps(TOLD).encode()), ("call-1.wav", b"sound")]
    for name, content in order if first == "sidecar" else reversed(order):
        put(world, name, content)
    call = the_call(world)
    assert (call.title, call.direction, call.operator_channel) == ("Kechki smena", Direction.INBOUND, 1)
    assert call.started_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_sidecar_whose_recording_is_not_registered_yet_comes_again(world: TimedWorld) -> None:
    world.audio.write(f"{FOLDER}/call-1.wav", [b"sound"], content_type="audio/wav")
    with pytest.raises(DependencyUnavailable):
        put(world, "call-1.json", json.dumps(TOLD).encode())


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b"\xff\xfe", b'{"title": 7}'])
def test_a_sidecar_that_cannot_be_read_costs_no_call(world: TimedWorld, content: bytes) -> None:
    put(world, "call-1.json", content)
    put(world, "call-1.wav")
    assert the_call(world).title == "call-1.wav"


def test_one_wrong_fact_is_named_and_does_not_take_the_others_with_it(world: TimedWorld) -> None:
    told: dict[str, Any] = {**TOLD, "started_at": "2026-11-20T15:00:00", "customer_phone": "12"}
    with structlog.testing.capture_logs() as logs:
        put(world, "call-1.json", json.dumps(told).encode())
        put(world, "call-1.wav")
    assert the_call(world).title == "Kechki smena"
    assert {line["field"] for line in logs if line["event"] == "fact_unreadable"} == {"started_at", "customer_phone"}
