"""What every EventBus does. Another bus joins by another entry of `BUSES`: how it is made and how it is heard."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.embedded.sqlite_queue import SQLiteEventBus
from shared.ports.event_bus import EventBus


@dataclass(frozen=True)
class Heard:
    id: str
    data: Mapping[str, Any]
    attributes: Mapping[str, str]
    attempt: int


@dataclass(frozen=True)
class World:
    bus: EventBus
    receive: Callable[[str, bool], list[Heard]]
    """(subscriber of topic "calls", acknowledge?) → what is delivered to it now."""


def an_embedded_world(path: Path) -> World:
    bus = SQLiteEventBus(path / "queue.sqlite3")

    def receive(subscriber: str, acknowledge: bool) -> list[Heard]:
        bus.fan_out({"calls": ["first", "second"]})
        heard = []
        for each in bus.claim(subscriber, 1000, lease_s=60):
            content: Any = each.content
            heard.append(Heard(each.event_id, json.loads(content["data"]), content["attributes"], each.attempt))
            bus.ack(each.number) if acknowledge else bus.nack(each.number, retry_in_s=0, error="500")
        return heard

    return World(bus, receive)


BUSES: dict[str, Callable[[Path], World]] = {"embedded": an_embedded_world}


@pytest.fixture(params=sorted(BUSES))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return BUSES[request.param](tmp_path)


def test_every_subscriber_hears_a_message_with_its_attributes(world: World) -> None:
    data = {"call": "ўзбек", "numbers": [1, 2.5, None], "nested": {"a": True}}
    message = world.bus.publish("calls", data, attributes={"company": "acme"})

    for subscriber in ("first", "second"):
        [heard] = world.receive(subscriber, True)
        assert (heard.id, heard.data, heard.attributes) == (message, data, {"company": "acme"})


def test_an_acknowledged_message_does_not_come_again(world: World) -> None:
    world.bus.publish("calls", {}, attributes={})
    world.receive("first", True)

    assert world.receive("first", True) == []


def test_a_message_that_was_not_acknowledged_comes_again_to_that_subscriber_alone(world: World) -> None:
    message = world.bus.publish("calls", {}, attributes={})
    world.receive("second", True)
    first = world.receive("first", False)
    second = world.receive("first", True)

    assert [each.id for each in first + second] == [message, message]
    assert world.receive("first", True) == world.receive("second", True) == []


def test_the_same_data_published_twice_is_two_messages(world: World) -> None:
    ids = {world.bus.publish("calls", {"a": 1}, attributes={}, ordering_key="acme") for _ in range(2)}

    assert len(ids) == 2
    assert {each.id for each in world.receive("first", True)} == ids


def test_many_may_publish_at_once(world: World) -> None:
    def publish() -> None:
        for _ in range(25):
            world.bus.publish("calls", {}, attributes={})

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({each.id for each in world.receive("first", True)}) == 100


def test_a_message_to_a_topic_without_subscribers_is_taken(world: World) -> None:
    assert world.bus.publish("nobody-listens", {}, attributes={})
    assert world.receive("first", True) == []


def test_what_json_cannot_hold_is_refused(world: World) -> None:
    with pytest.raises((TypeError, ValueError)):
        world.bus.publish("calls", {"a": object()}, attributes={})
