"""What every DeadLetters does. Another joins by another entry of `PLACES`."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.adapters.embedded.sqlite_queue import SQLiteDeadLetters, SQLiteEventBus
from shared.adapters.gcp.pubsub_dead_letters import PubSubDeadLetters
from shared.adapters.gcp.pubsub_events import PubSubEvents
from shared.ports.dead_letters import DeadLetters


@dataclass(frozen=True)
class Place:
    letters: DeadLetters
    bury: Callable[[Mapping[str, object]], None]
    """A message of the topic "calls" that every delivery failed."""
    close: Callable[[], None]


def an_embedded_place(path: Path) -> Place:
    file = path / "queue.sqlite3"
    bus, letters = SQLiteEventBus(file), SQLiteDeadLetters(file)

    def bury(data: Mapping[str, object]) -> None:
        bus.publish("calls", data, attributes={"topic": "calls", "company": "acme"})
        bus.fan_out({"calls": ["analyze"]})
        (claimed,) = bus.claim("analyze", 10, lease_s=60)
        bus.bury(claimed.number, error="HTTP 500")

    def close() -> None:
        bus.close()
        letters.close()

    return Place(letters, bury, close)


def a_pubsub_place(path: Path) -> Place:
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    project = f"test-{uuid.uuid4().hex[:20]}"
    topic = f"projects/{project}/topics/dead-letters"
    publisher = PublisherClient()
    publisher.create_topic(name=topic)
    publisher.transport.close()
    with SubscriberClient() as subscriber:
        subscriber.create_subscription(
            name=f"projects/{project}/subscriptions/dead-letters", topic=topic, ack_deadline_seconds=600
        )
    events = PubSubEvents(project)
    letters = PubSubDeadLetters(project, "dead-letters", look_s=1)

    def bury(data: Mapping[str, object]) -> None:
        """As Pub/Sub forwards one: with attributes of its own beside ours."""
        forwarded = {"topic": "calls", "company": "acme", "CloudPubSubDeadLetterSourceDeliveryCount": "10"}
        events.publish("dead-letters", data, attributes=forwarded)

    def close() -> None:
        letters.close()
        events.close()

    return Place(letters, bury, close)


PLACES: dict[str, Callable[[Path], Place]] = {"embedded": an_embedded_place, "pubsub": a_pubsub_place}


@pytest.fixture(params=["embedded", pytest.param("pubsub", marks=pytest.mark.emulator)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "pubsub":
        os.environ["PUBSUB_EMULATOR_HOST"] = request.getfixturevalue("pubsub_emulator")
    place = PLACES[request.param](tmp_path)
    yield place
    place.close()


def test_a_dead_letter_is_what_was_published_and_where(place: Place) -> None:
    place.bury({"call": "ў", "revision": 2})

    [letter] = place.letters.take(10)
    assert (letter.topic, letter.data) == ("calls", {"call": "ў", "revision": 2})
    assert letter.attributes == {"topic": "calls", "company": "acme"}


def test_a_letter_that_was_taken_is_given_to_nobody_else_for_now(place: Place) -> None:
    place.bury({"n": 1})
    place.letters.take(10)

    assert place.letters.take(10) == []


def test_letters_are_taken_some_at_a_time_until_none_is_left(place: Place) -> None:
    for number in range(5):
        place.bury({"n": number})
    taken = []
    while some := place.letters.take(2):
        assert len(some) <= 2
        taken += [letter.data["n"] for letter in some]
        for letter in some:
            place.letters.done(letter)

    assert sorted(taken) == [0, 1, 2, 3, 4]  # type: ignore[type-var]  # they are the numbers above


def test_a_letter_may_be_done_with_twice(place: Place) -> None:
    place.bury({"n": 1})
    [letter] = place.letters.take(10)
    place.letters.done(letter)
    place.letters.done(letter)
