"""One shape of every error."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.domain import errors
from shared.domain.errors import DependencyUnavailable, DialixError, NotFound
from shared.rest import problems
from tests.rest.door import Door, assert_problem

ALL_ERRORS = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, DialixError)]


@pytest.mark.parametrize("error", ALL_ERRORS, ids=lambda error: error.__name__)
def test_every_error_of_ours_has_its_status(error: type[DialixError]) -> None:
    assert error in problems.STATUSES, f"say in shared/rest/problems.py which status {error.__name__} is"


def test_the_table_has_no_error_that_is_gone() -> None:
    assert set(problems.STATUSES) == set(ALL_ERRORS)


@pytest.mark.parametrize("status", sorted({int(status) for status in problems.STATUSES.values()}))
def test_every_status_has_a_title(status: int) -> None:
    assert status in problems.TITLES


def test_what_breaks_inside_is_not_told() -> None:
    answer = problems.problem_of(DependencyUnavailable("firestore at 10.0.0.7 said no"))

    assert b"10.0.0.7" not in bytes(answer.body)
    assert answer.headers["retry-after"] == "5"


def test_what_is_not_there_is_not_named() -> None:
    assert b"abc" not in bytes(problems.problem_of(NotFound("no call abc")).body)


def test_an_address_that_is_none_is_a_problem(door: Door) -> None:
    assert_problem(door.client.get("/v1/nothing"), 404, "not_found")


def test_a_method_that_an_address_has_not_is_a_problem(door: Door) -> None:
    answer = door.client.delete("/v1/calls")

    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


def test_json_that_cannot_be_read_is_a_problem(door: Door) -> None:
    answer = door.client.post(
        "/v1/auth/sign-in", content=b'{"username": ', headers={"Content-Type": "application/json"}
    )

    assert_problem(answer, 422, "invalid_input", "body")


def test_a_mistake_of_ours_is_a_problem_that_tells_nothing_and_is_logged(door: Door, monkeypatch: Any) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(door.world.documents, "transaction", broken)
    with capture_logs() as logs:
        answer = door.client.post("/v1/auth/sign-in", json={"username": "a", "password": "b"})

    assert_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert [each["event"] for each in logs] == ["request_failed", "request"]
    assert logs[1]["status"] == 500


@pytest.mark.parametrize("length", [None, "given"])
def test_a_body_over_the_limit_is_refused_unread(door: Door, length: str | None) -> None:
    body = b'{"username": "' + b"a" * 70_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    content = body if length else iter([body[:40_000], body[40_000:]])

    answer = door.client.post("/v1/auth/sign-in", content=content, headers=headers)

    assert_problem(answer, 413, "content_too_large")
