"""A message that every delivery failed: its call says so, and `replay` brings it back, once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.adapters.embedded.sqlite_queue import SQLiteDeadLetters
from shared.domain.call import Call, Reason, Source, Stage, moved
from shared.domain.errors import DependencyUnavailable
from shared.domain.identity import CallId
from shared.services.dead_letters import Replayed, record_dead_letter, replay
from shared.services.repositories.calls import Calls
from shared.services.steps import CallStep
from shared.services.world import CALL_ANALYZED, CALL_TRANSCRIBED, DEAD_LETTERS
from tests.services.conftest import COMPANY, TimedWorld

AT = datetime(2026, 11, 24, tzinfo=UTC)


def a_call(world: TimedWorld, stage: Stage) -> Call:
    call = Call(id=CallId("c1"), company=COMPANY, source=Source.BUCKET, created_at=AT, started_at=AT)
    if stage is not Stage.DISCOVERED:
        call = moved(call, stage, AT)
    Calls(world.documents, COMPANY).create(call)
    return call


def step(call: Call) -> CallStep:
    return CallStep(company=call.company, call=call.id, revision=call.revision)


def bury(world: TimedWorld, call: Call, topic: str = CALL_TRANSCRIBED) -> None:
    """As the delivery service does after its last attempt."""
    world.bus.publish(topic, step(call).model_dump(), attributes={"topic": topic})
    world.bus.fan_out({topic: ["analyze"]})
    (claimed,) = world.bus.claim("analyze", 10, lease_s=60)
    world.bus.bury(claimed.number, error="HTTP 500", copy_to=DEAD_LETTERS)


def published(world: TimedWorld, topic: str) -> int:
    """How many messages wait on the topic."""
    return world.bus.fan_out({topic: ["listener"]})


def now(world: TimedWorld, call: Call) -> Call:
    return Calls(world.documents, COMPANY).get(call.id)


def letters(world: TimedWorld) -> SQLiteDeadLetters:
    return SQLiteDeadLetters(world.queue_file, clock=world.clock)


def test_the_call_of_a_dead_letter_failed_and_says_why(world: TimedWorld) -> None:
    call = a_call(world, Stage.TRANSCRIBED)
    for _ in range(2):
        record_dead_letter(step(call), world)

    found = now(world, call)
    assert (found.stage, found.reason, found.retryable) == (Stage.FAILED, Reason.INTERNAL, True)
    assert [change.stage for change in found.history].count(Stage.FAILED) == 1


def test_a_dead_letter_about_a_call_that_moved_on_changes_nothing(world: TimedWorld) -> None:
    call = a_call(world, Stage.ANALYZED)
    record_dead_letter(step(call), world)

    assert now(world, call) == call


def test_a_buried_message_is_published_to_the_dead_letters_with_what_pubsub_would_add(world: TimedWorld) -> None:
    bury(world, a_call(world, Stage.TRANSCRIBED))
    world.bus.fan_out({DEAD_LETTERS: ["analyze_dead_letter"]})
    (letter,) = world.bus.claim("analyze_dead_letter", 10, lease_s=60)

    attributes = letter.content["attributes"]
    assert isinstance(attributes, dict)
    assert attributes["topic"] == CALL_TRANSCRIBED
    assert attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == "1"
    assert attributes["CloudPubSubDeadLetterSourceSubscription"] == "analyze"


def test_replay_begins_a_failed_step_again_in_a_revision_of_its_own(world: TimedWorld) -> None:
    call = a_call(world, Stage.TRANSCRIBED)
    bury(world, call)
    record_dead_letter(step(call), world)
    published(world, DEAD_LETTERS)

    assert replay(letters(world), world) == Replayed(begun=1)
    found = now(world, call)
    assert (found.revision, found.stage, found.reason) == (2, Stage.TRANSCRIBED, None)
    assert published(world, CALL_TRANSCRIBED) == 1
    assert replay(letters(world), world) == Replayed()


def test_two_dead_letters_of_one_step_begin_it_once(world: TimedWorld) -> None:
    call = a_call(world, Stage.TRANSCRIBED)
    bury(world, call)
    bury(world, call)
    record_dead_letter(step(call), world)
    published(world, DEAD_LETTERS)

    assert replay(letters(world), world) == Replayed(begun=1, settled=1)
    assert published(world, CALL_TRANSCRIBED) == 1


def test_a_replay_that_dies_before_it_publishes_leaves_the_letter_for_the_next(
    world: TimedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = a_call(world, Stage.TRANSCRIBED)
    bury(world, call)
    published(world, DEAD_LETTERS)
    with monkeypatch.context() as dying:
        dying.setattr(type(world.events), "publish", lambda *_, **__: (_ for _ in ()).throw(DependencyUnavailable("")))
        with pytest.raises(DependencyUnavailable):
            replay(letters(world), world)
    assert letters(world).take(10) == []

    world.time.pass_(world.limits.lease)
    assert replay(letters(world), world) == Replayed(begun=1)
    assert published(world, CALL_TRANSCRIBED) == 1


def test_a_settled_calls_event_that_a_subscriber_lost_is_published_again(world: TimedWorld) -> None:
    call = a_call(world, Stage.ANALYZED)
    bury(world, call, CALL_ANALYZED)
    published(world, DEAD_LETTERS)

    assert replay(letters(world), world) == Replayed(begun=1)
    assert published(world, CALL_ANALYZED) == 1
    assert now(world, call) == call


def test_a_dead_letter_of_no_call_of_ours_is_done_with(world: TimedWorld) -> None:
    world.bus.publish(CALL_TRANSCRIBED, {"what": "is this"}, attributes={})
    world.bus.fan_out({CALL_TRANSCRIBED: ["analyze"]})
    (claimed,) = world.bus.claim("analyze", 10, lease_s=60)
    world.bus.bury(claimed.number, error="HTTP 500")

    assert replay(letters(world), world) == Replayed(settled=1)
    assert world.bus.dead_letters() == []
