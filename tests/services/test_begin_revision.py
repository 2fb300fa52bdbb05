"""A settled call is looked at again: what was made before stays, and nothing is charged twice for one look."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.domain.call import Call, SpeakersBy, Stage
from shared.domain.errors import ClaimHeld, DependencyUnavailable, InvalidInput, PreconditionFailed
from shared.domain.transcript import Speaker
from shared.services.artifacts import read_transcript
from shared.services.begin_revision import Again, BeginRevision, begin_revision
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.sweep_calls import sweep_calls
from tests.faults.counted_world import CrashPoints
from tests.faults.grounds import COMPANY, PLACES, Ground
from tests.faults.kills import SaysTheSame, rest
from tests.faults.pipeline import Pipeline

pytestmark = [pytest.mark.slow, pytest.mark.models]
PLACE = PLACES["embedded"]


@pytest.fixture
def judged(tmp_path: Path) -> Callable[[], tuple[Ground, Calls, Call]]:
    """A call that went its whole way once, opened anew each time."""
    PLACE.make(tmp_path)
    with PLACE.opened(tmp_path) as ground:
        Pipeline(ground, SaysTheSame(), CrashPoints()).run()

    def opened() -> tuple[Ground, Calls, Call]:
        with PLACE.opened(tmp_path) as ground:
            calls = Calls(ground.world.documents, COMPANY)
            (call,) = calls.page(CallFilter(), newest_first=True, limit=2)
            return ground, calls, call

    return opened


def asked(call: Call, what: Again) -> BeginRevision:
    return BeginRevision(company=call.company, call=call.id, revision=call.revision, what=what)


def charges(calls: Calls, call: Call) -> list[tuple[int, str]]:
    return sorted((charge.revision, charge.stage.value) for charge in calls.charges(call.id))


def speakers(calls: Calls, call: Call) -> list[Speaker]:
    return [turn.speaker for turn in calls.turns(call)]


@pytest.mark.parametrize(
    ("what", "charged"),
    [
        (Again.SWAP_SPEAKERS, ["analyzing"]),
        (Again.JUDGE_AGAIN, ["analyzing"]),
        (Again.TRANSCRIBE_AGAIN, ["analyzing", "transcribing"]),
    ],
)
def test_another_look_is_charged_for_what_it_does_and_leaves_the_first(
    judged: Callable[[], tuple[Ground, Calls, Call]], what: Again, charged: list[str]
) -> None:
    ground, calls, first = judged()
    begun = begin_revision(asked(first, what), ground.world)
    assert begun.revision == 2
    assert not begun.stage.is_final
    Pipeline(ground, SaysTheSame(), CrashPoints()).run()

    second = calls.get(first.id)
    assert (second.revision, second.stage, second.analysis_revision) == (2, Stage.ANALYZED, 2)
    assert charges(calls, second) == [(1, "analyzing"), (1, "transcribing"), *((2, stage) for stage in charged)]
    assert second.cost.total_tiyin == sum(charge.amount_tiyin for charge in calls.charges(first.id))
    assert calls.analysis(first.id, 1) is not None
    assert calls.analysis(first.id, 2) is not None


def test_swapped_speakers_are_swapped_everywhere_and_twice_is_as_before(
    judged: Callable[[], tuple[Ground, Calls, Call]],
) -> None:
    ground, calls, first = judged()
    assert set(speakers(calls, first)) == {Speaker.OPERATOR, Speaker.CUSTOMER}
    for _ in range(2):
        begin_revision(asked(calls.get(first.id), Again.SWAP_SPEAKERS), ground.world)
        Pipeline(ground, SaysTheSame(), CrashPoints()).run()
        now = calls.get(first.id)
        if now.revision == 2:
            assert speakers(calls, now) == list(reversed(speakers(calls, first)))
            assert now.operator_channel == 1 - (first.operator_channel or 0)
            assert now.talk is not None
            assert first.talk is not None
            assert now.talk.speakers[Speaker.OPERATOR] == first.talk.speakers[Speaker.CUSTOMER]
            artifact = read_transcript(ground.world.artifacts, COMPANY, first.id, 2)
            assert artifact is not None
            assert [turn.speaker for turn in artifact.turns] == speakers(calls, now)
    assert speakers(calls, now) == speakers(calls, first)
    assert now.talk == first.talk
    assert (now.speakers_by, now.speakers_confidence) == (SpeakersBy.PERSON, 1.0)


def test_a_person_s_word_on_who_speaks_stands_when_the_recording_is_heard_again(
    judged: Callable[[], tuple[Ground, Calls, Call]],
) -> None:
    ground, calls, first = judged()
    for what in (Again.SWAP_SPEAKERS, Again.TRANSCRIBE_AGAIN):
        begin_revision(asked(calls.get(first.id), what), ground.world)
        Pipeline(ground, SaysTheSame(), CrashPoints()).run()
    now = calls.get(first.id)
    assert now.revision == 3
    assert speakers(calls, now) == list(reversed(speakers(calls, first)))
    assert now.speakers_by is SpeakersBy.PERSON


def test_asked_for_twice_it_is_begun_once(judged: Callable[[], tuple[Ground, Calls, Call]]) -> None:
    ground, calls, first = judged()
    begin_revision(asked(first, Again.JUDGE_AGAIN), ground.world)
    with pytest.raises(PreconditionFailed):
        begin_revision(asked(first, Again.JUDGE_AGAIN), ground.world)
    with pytest.raises(ClaimHeld):
        begin_revision(asked(calls.get(first.id), Again.JUDGE_AGAIN), ground.world)
    assert calls.get(first.id).revision == 2


def test_a_recording_that_is_gone_cannot_be_heard_again(judged: Callable[[], tuple[Ground, Calls, Call]]) -> None:
    ground, calls, first = judged()
    assert first.recording is not None
    ground.world.audio.delete(first.recording.path)
    with pytest.raises(InvalidInput, match="no recording"):
        begin_revision(asked(first, Again.TRANSCRIBE_AGAIN), ground.world)
    assert calls.get(first.id) == first


@pytest.mark.parametrize("what", list(Again))
def test_a_revision_whose_first_message_was_lost_is_started_by_the_sweep(
    judged: Callable[[], tuple[Ground, Calls, Call]], what: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground, calls, first = judged()

    def lost(*_: object, **__: object) -> bool:
        raise DependencyUnavailable("the queue")

    with monkeypatch.context() as broken:
        broken.setattr(type(ground.world.events), "publish", lost)
        broken.setattr(type(ground.world.tasks), "enqueue", lost)
        with pytest.raises(DependencyUnavailable):
            begin_revision(asked(first, what), ground.world)
    assert calls.get(first.id).revision == 2

    time.sleep(ground.world.limits.step_due.total_seconds())  # until then nobody misses it
    rest(PLACE, ground.data)
    assert sweep_calls(ground.world) == 0
    assert calls.get(first.id).stage is Stage.ANALYZED
    assert len([each for each in calls.charges(first.id) if each.revision == 2]) in (1, 2)
