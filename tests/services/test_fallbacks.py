"""Recognisers that are down: asked again, left alone, and replaced; one transcript and one charge whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from shared.domain.breaker import OPENS_AFTER
from shared.domain.call import Call, Reason, Stage
from shared.local import aisha_stub, openai_stub, uzbekvoice_stub
from shared.local.aisha_stub import Account
from shared.local.openai_stub import Model
from shared.local.uzbekvoice_stub import Voice
from shared.services.repositories.breakers import Breakers
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.repositories.companies import Companies
from shared.services.world import World
from tests.faults.counted_world import CrashPoints
from tests.faults.grounds import COMPANY, RECORDING, SPEECH, Ground, embedded, keep_company
from tests.faults.kills import SaysTheSame
from tests.faults.pipeline import Pipeline

pytestmark = [pytest.mark.slow, pytest.mark.models]

RECOGNIZERS = ("uzbekvoice", "aisha", "openai")


@dataclass
class Vendors:
    voice: Voice = field(default_factory=Voice)
    aisha: Account = field(default_factory=lambda: Account(says=lambda form, content: [("salom aka", 0, 1, "A")]))
    model: Model = field(default_factory=lambda: Model(hears=lambda content: "salom aka yaxshimisiz"))


@contextmanager
def at_work(folder: Path, vendors: Vendors, **company: Any) -> Iterator[Ground]:
    """A company whose one recording waits to be heard, by three vendors in their order."""
    with ExitStack() as stack:
        ground = stack.enter_context(
            embedded(
                folder,
                uzbekvoice_key=vendors.voice.key,
                uzbekvoice_url=stack.enter_context(uzbekvoice_stub.serving(vendors.voice)),
                aisha_key=vendors.aisha.key,
                aisha_url=stack.enter_context(aisha_stub.serving(vendors.aisha)),
                openai_key=vendors.model.key,
                openai_url=stack.enter_context(openai_stub.serving(vendors.model)),
            )
        )
        keep_company(ground.world.documents)
        companies = Companies(ground.world.documents)
        order = {"recognizer": RECOGNIZERS[0], "fallbacks": RECOGNIZERS[1:], **company}
        companies.put(companies.get(COMPANY).model_copy(update=order))
        ground.world.audio.write(RECORDING, [SPEECH.read_bytes()], content_type="audio/wav")
        for name in RECOGNIZERS:
            stack.callback(cast(Any, ground.world.recognizer(name)).close)
        yield ground


def run(ground: Ground, *, times: int = 1) -> Call:
    Pipeline(ground, SaysTheSame(), CrashPoints(), times=times).run()
    return the_call(ground)


def the_call(ground: Ground) -> Call:
    (call,) = Calls(ground.world.documents, COMPANY).page(CallFilter(), newest_first=True, limit=2)
    return call


def charged(ground: Ground, call: Call) -> list[str]:
    return sorted(charge.stage.value for charge in Calls(ground.world.documents, COMPANY).charges(call.id))


def test_while_all_is_well_the_first_hears_and_nobody_else_is_asked(tmp_path: Path) -> None:
    vendors = Vendors()
    with at_work(tmp_path, vendors) as ground:
        call = run(ground)
        assert call.job is not None
        assert (call.stage, call.job.recognizer, call.former_jobs) == (Stage.ANALYZED, "uzbekvoice", ())
        assert (vendors.aisha.submitted, vendors.model.heard) == ([], [])
        assert Breakers(ground.world.documents).find("uzbekvoice") is None


def test_a_vendor_that_is_down_is_left_alone_and_the_next_one_hears_the_call_once(tmp_path: Path) -> None:
    vendors = Vendors(voice=Voice(submit_status=503))
    with at_work(tmp_path, vendors) as ground:
        call = run(ground, times=2)
        assert call.job is not None
        assert (call.stage, call.job.recognizer) == (Stage.ANALYZED, "aisha")
        assert charged(ground, call) == ["analyzing", "transcribing"]
        breaker = Breakers(ground.world.documents).find("uzbekvoice")
        assert breaker is not None
        assert breaker.failures >= OPENS_AFTER
        assert "503" in breaker.reason


def test_texts_that_are_missing_from_much_speech_go_to_the_next_vendor_and_are_our_waste(tmp_path: Path) -> None:
    vendors = Vendors(voice=Voice(ends_as="FAILURE"), aisha=Account(ends_as="FAILED"))
    with at_work(tmp_path, vendors) as ground:
        call = run(ground)
        assert call.job is not None
        assert (call.stage, call.job.recognizer) == (Stage.ANALYZED, "openai")
        assert {job.recognizer for job in call.former_jobs} == {"uzbekvoice", "aisha"}
        assert charged(ground, call) == ["analyzing", "transcribing"]


def test_a_vendor_that_refuses_the_recording_is_no_reason_to_give_it_up(tmp_path: Path) -> None:
    vendors = Vendors(voice=Voice(submit_status=422))
    with at_work(tmp_path, vendors) as ground:
        call = run(ground)
        assert call.job is not None
        assert (call.stage, call.job.recognizer) == (Stage.ANALYZED, "aisha")
        assert Breakers(ground.world.documents).find("uzbekvoice") is None  # it works, it only does not want this one


def test_when_all_refuse_it_the_call_fails_for_good(tmp_path: Path) -> None:
    vendors = Vendors(Voice(submit_status=422), Account(submit_status=400), Model(status=400))
    with at_work(tmp_path, vendors) as ground:
        call = run(ground)
        assert (call.stage, call.reason, call.retryable) == (Stage.FAILED, Reason.RECOGNITION_REJECTED, False)
        assert charged(ground, call) == []


def test_after_the_last_vendor_s_last_try_the_call_is_given_up_and_can_be_begun_again(tmp_path: Path) -> None:
    vendors = Vendors(voice=Voice(ends_as="FAILURE"))
    with at_work(tmp_path, vendors, fallbacks=()) as ground:
        call = run(ground)
        assert (call.stage, call.reason, call.retryable) == (Stage.FAILED, Reason.RECOGNIZER_UNAVAILABLE, True)
        assert len(call.former_jobs) + 1 == ground.world.limits.recognition_attempts


def test_when_a_rest_is_over_one_tries_and_its_success_ends_the_matter(tmp_path: Path) -> None:
    with embedded(tmp_path) as ground:
        breakers, now = Breakers(ground.world.documents), datetime(2026, 11, 20, 10, tzinfo=UTC)
        for _ in range(OPENS_AFTER):
            assert breakers.admits("aisha", now)
            breakers.failed("aisha", now, "HTTP 500")
        assert not breakers.admits("aisha", now)
        later = now + timedelta(minutes=1)
        assert [breakers.admits("aisha", later) for _ in range(3)] == [True, False, False]
        breakers.worked("aisha")
        assert all(breakers.admits("aisha", later) for _ in range(3))


class _Hurried:
    """A world that turns calls away for a moment only."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        if name == "limits":
            return replace(self._world.limits, turn_away=timedelta(milliseconds=50))
        return getattr(self._world, name)


def test_a_company_has_no_more_calls_with_recognisers_than_it_may_and_none_is_forgotten(tmp_path: Path) -> None:
    vendors = Vendors(voice=Voice(polls_before_done=3))
    most: list[int] = []

    def says(form: dict[str, str], content: bytes) -> uzbekvoice_stub.Said:
        most.append(Calls(ground.world.documents, COMPANY).count(Stage.TRANSCRIBING))
        return [("salom", 100, 300, None), ("aka", 300, 500, None)]

    vendors.voice.says = says
    with at_work(tmp_path, vendors, max_outstanding=1) as ground:
        speech = SPEECH.read_bytes()
        for number in range(3):
            # another recording each time: the same bytes would be the same call
            path = f"uploads/{COMPANY}/more-{number}.wav"
            ground.world.audio.write(path, [speech, bytes(2 * (number + 1))], content_type="audio/wav")
        Pipeline(ground, SaysTheSame(), CrashPoints(), count=lambda world, points: cast(World, _Hurried(world))).run()
        calls = Calls(ground.world.documents, COMPANY).page(CallFilter(), newest_first=True, limit=9)
        assert [call.stage for call in calls] == [Stage.ANALYZED] * 4
        assert set(most) == {1}
