"""What every EventBus does. Another bus joins by another entry of `BUSES`: how it is made and how it is heard."""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.embedded.sqlite_queue import SQLiteEventBus
from shared.adapters.gcp.pubsub_events import PubSubEvents
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
    close: Callable[[], None]


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

    return World(bus, receive, bus.close)


def a_pubsub_world(path: Path) -> World:
    """In Pub/Sub's emulator, by Google's own clients; what is pulled there is what a push would bring."""
    from google.api_core.exceptions import DeadlineExceeded
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    project = f"test-{uuid.uuid4().hex[:20]}"
    publisher, subscriber = PublisherClient(), SubscriberClient()
    for topic in ("calls", "nobody-listens"):
        publisher.create_topic(name=f"projects/{project}/topics/{topic}")
    for name in ("first", "second"):
        subscriber.create_subscription(
            name=f"projects/{project}/subscriptions/{name}", topic=f"projects/{project}/topics/calls"
        )

    def receive(name: str, acknowledge: bool) -> list[Heard]:
        subscription = f"projects/{project}/subscriptions/{name}"
        heard: dict[str, Heard] = {}
        while True:
            try:
                answer = subscriber.pull(subscription=subscription, max_messages=1000, timeout=1, retry=None)
            except DeadlineExceeded:
                return list(heard.values())
            if not answer.received_messages:
                return list(heard.values())
            for each in answer.received_messages:
                message = each.message
                heard[message.message_id] = Heard(
                    message.message_id, json.loads(message.data), dict(message.attributes), each.delivery_attempt
                )
            ids = [each.ack_id for each in answer.received_messages]
            if acknowledge:
                subscriber.acknowledge(subscription=subscription, ack_ids=ids)
            else:
                subscriber.modify_ack_deadline(subscription=subscription, ack_ids=ids, ack_deadline_seconds=0)
                return list(heard.values())

    bus = PubSubEvents(project)

    def close() -> None:
        bus.close()
        subscriber.close()
        publisher.transport.close()

    return World(bus, receive, close)


BUSES: dict[str, Callable[[Path], World]] = {"embedded": an_embedded_world, "pubsub": a_pubsub_world}


@pytest.fixture(params=["embedded", pytest.param("pubsub", marks=pytest.mark.emulator)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "pubsub":
        os.environ["PUBSUB_EMULATOR_HOST"] = request.getfixturevalue("pubsub_emulator")
    world = BUSES[request.param](tmp_path)
    yield world
    world.close()


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
