"""Laws of where a call stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.call import (
    RETRYABLE_REASONS,
    SKIP_REASONS,
    Call,
    Lease,
    Reason,
    Source,
    Stage,
    is_behind,
    moved,
)
from shared.domain.identity import CallId, CompanyId

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
STAGES = st.sampled_from(Stage)
REVISIONS = st.integers(1, 3)


def a_call(revision: int = 1, stage: Stage = Stage.DISCOVERED, **other: object) -> Call:
    given = {"id": CallId("1"), "company": CompanyId("acme"), "source": Source.PBX, "created_at": NOW}
    return Call.model_validate(given | {"started_at": NOW, "revision": revision, "stage": stage} | other)


@st.composite
def moves(draw: st.DrawFn) -> tuple[Stage, Reason | None]:
    stage = draw(STAGES)
    match stage:
        case Stage.SKIPPED:
            return stage, draw(st.sampled_from(sorted(SKIP_REASONS)))
        case Stage.FAILED:
            return stage, draw(st.sampled_from(sorted(set(Reason) - SKIP_REASONS)))
        case _:
            return stage, None


@given(REVISIONS, STAGES, moves(), st.none() | st.timedeltas(timedelta(0), timedelta(days=1)))
def test_a_move_keeps_its_time_gives_the_lease_back_and_settles_what_is_final(
    revision: int, before: Stage, move: tuple[Stage, Reason | None], due_in: timedelta | None
) -> None:
    stage, reason = move
    lease = Lease(stage=before, token="t", expires_at=NOW)
    call = a_call(revision, before, lease=lease, due_at=NOW)

    after = moved(call, stage, NOW, reason=reason, due_in=due_in)

    assert (after.revision, after.stage, after.reason, after.lease) == (revision, stage, reason, None)
    assert after.history[:-1] == call.history
    assert (after.history[-1].revision, after.history[-1].stage) == (revision, stage)
    assert (after.history[-1].at, after.history[-1].reason) == (NOW, reason)
    assert after.due_at == (NOW + due_in if due_in is not None and not stage.is_final else None)
    assert after.failed_at_stage == (before if stage is Stage.FAILED else None)
    assert after.retryable == (reason in RETRYABLE_REASONS)
    assert Call.model_validate_json(after.model_dump_json()) == after


@given(STAGES, st.none() | st.sampled_from(Reason))
def test_a_move_without_its_reason_or_with_one_of_another_kind_is_refused(stage: Stage, reason: Reason | None) -> None:
    allowed = {Stage.SKIPPED: set(SKIP_REASONS), Stage.FAILED: set(Reason) - SKIP_REASONS}

    if reason in allowed.get(stage, {None}):
        moved(a_call(), stage, NOW, reason=reason)
    else:
        with pytest.raises(ValueError, match="reason"):
            moved(a_call(), stage, NOW, reason=reason)


@given(REVISIONS, STAGES, moves())
def test_an_event_about_where_a_call_came_to_is_no_news_to_it(
    revision: int, before: Stage, move: tuple[Stage, Reason | None]
) -> None:
    call = moved(a_call(revision, before), move[0], NOW, reason=move[1])

    assert not is_behind(call, revision, move[0])
    assert is_behind(call, revision + 1, Stage.DISCOVERED)
    assert not any(is_behind(call, revision - 1, stage) for stage in Stage)


@given(st.lists(st.tuples(REVISIONS, STAGES), min_size=3, max_size=3))
def test_being_behind_is_an_order(places: list[tuple[int, Stage]]) -> None:
    one, two, three = places

    assert not is_behind(a_call(*one), *one)
    assert not (is_behind(a_call(*one), *two) and is_behind(a_call(*two), *one))
    if is_behind(a_call(*one), *two) and is_behind(a_call(*two), *three):
        assert is_behind(a_call(*one), *three)


def test_the_flow_goes_through_its_stages_in_order_and_ends_in_one_of_three_that_rank_alike() -> None:
    ranks = [stage.rank for stage in Stage if not stage.is_final]

    assert ranks == sorted(set(ranks))
    assert {stage.rank for stage in Stage if stage.is_final} == {max(stage.rank for stage in Stage)}
    assert [stage for stage in Stage if stage.is_final] == [Stage.ANALYZED, Stage.SKIPPED, Stage.FAILED]


def test_a_skip_is_never_retried() -> None:
    assert not SKIP_REASONS & RETRYABLE_REASONS
