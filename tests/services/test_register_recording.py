"""One object is one call, whatever its event does: twice, late, lost, or failing until it is dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.call import Call, Reason, Stage
from shared.domain.errors import DependencyUnavailable
from shared.ports.object_store import ObjectStat
from shared.services.reconcile_bucket import SETTLED, WINDOW, reconcile_bucket
from shared.services.register_recording import give_up_recording, register_recording, registration
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.repositories.receipts import Receipts
from tests.services.conftest import COMPANY, TimedWorld

FOLDER = f"uploads/{COMPANY}"


def an_object(world: TimedWorld, content: bytes = b"sound", name: str = "call.wav") -> ObjectStat:
    return world.audio.write(f"{FOLDER}/{name}", [content], content_type="audio/wav")


def all_calls(world: TimedWorld) -> list[Call]:
    return Calls(world.documents, COMPANY).page(CallFilter(), newest_first=True, limit=100)


def submissions(world: TimedWorld) -> int:
    return world.queue.backlog()


def test_a_second_event_of_an_object_reads_no_audio_and_makes_nothing(
    world: TimedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = an_object(world)
    first = register_recording(registration(stat), world)

    def no_reading(*_: object, **__: object) -> None:
        raise AssertionError("the audio was read again")

    monkeypatch.setattr(type(world.audio), "read", no_reading)
    second = register_recording(registration(stat), world)

    assert first is not None
    assert second is not None
    assert first.id == second.id
    assert submissions(world) == 1


def test_the_same_audio_under_two_names_is_one_call(world: TimedWorld) -> None:
    for name in ("a.wav", "b.wav"):
        register_recording(registration(an_object(world, name=name)), world)

    assert len(all_calls(world)) == 1
    assert submissions(world) == 1


def test_an_object_that_was_replaced_is_another_call(world: TimedWorld) -> None:
    register_recording(registration(an_object(world, b"one")), world)
    register_recording(registration(an_object(world, b"other")), world)

    assert len(all_calls(world)) == 2


def test_an_event_after_which_the_process_died_before_its_receipt_makes_no_second_call(
    world: TimedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = an_object(world)
    with monkeypatch.context() as dying:
        dying.setattr(Receipts, "keep", lambda *_: (_ for _ in ()).throw(DependencyUnavailable("died")))
        with pytest.raises(DependencyUnavailable):
            register_recording(registration(stat), world)
    assert submissions(world) == 0

    register_recording(registration(stat), world)

    assert len(all_calls(world)) == 1
    assert submissions(world) == 1


def test_an_event_that_failed_until_it_is_dropped_leaves_one_failed_call_that_can_be_begun_again(
    world: TimedWorld,
) -> None:
    stat = an_object(world)
    for _ in range(2):
        give_up_recording(registration(stat), world)

    (call,) = all_calls(world)
    assert (call.stage, call.reason, call.retryable) == (Stage.FAILED, Reason.INTERNAL, True)
    assert call.recording is not None
    assert call.recording.path == stat.path


def test_giving_up_on_an_event_whose_call_exists_changes_nothing(world: TimedWorld) -> None:
    stat = an_object(world)
    register_recording(registration(stat), world)
    give_up_recording(registration(stat), world)

    (call,) = all_calls(world)
    assert call.stage is Stage.RECORDED


def test_a_recording_whose_event_was_lost_is_found_in_the_bucket_once(world: TimedWorld) -> None:
    an_object(world, b"lost", "lost.wav")
    register_recording(registration(an_object(world, b"heard", "heard.wav")), world)
    world.time.pass_(SETTLED + timedelta(minutes=1))

    assert reconcile_bucket(world) == 1
    assert reconcile_bucket(world) == 0
    assert {call.title for call in all_calls(world)} == {"lost.wav", "heard.wav"}
    assert submissions(world) == 2


@pytest.mark.parametrize("age", [timedelta(0), WINDOW + timedelta(minutes=1)], ids=["too young", "too old"])
def test_an_object_too_young_or_too_old_is_left_alone(world: TimedWorld, age: timedelta) -> None:
    an_object(world)
    world.time.pass_(age)

    assert reconcile_bucket(world) == 0


def test_one_unreadable_object_does_not_keep_the_others_from_being_found(
    world: TimedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_object(world, b"bad", "a-bad.wav")
    an_object(world, b"good", "b-good.wav")
    world.time.pass_(SETTLED + timedelta(minutes=1))
    read = type(world.audio).read

    def broken_for_one(store: object, path: str, **options: object) -> object:
        if path.endswith("a-bad.wav"):
            raise DependencyUnavailable("reading")
        return read(store, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(type(world.audio), "read", broken_for_one)
    with pytest.raises(DependencyUnavailable):
        reconcile_bucket(world)

    assert [call.title for call in all_calls(world)] == ["b-good.wav"]
