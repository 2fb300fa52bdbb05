"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from shared.services.repositories.users import Users, find_user_by_username
from tests.rest.door import NAMUNA, PASSWORD, Door, assert_problem

ADMIN = "company_admin@namuna"
PROGRAM = {"X-Dialix-Client": "program"}


def sign_in(door: Door, username: str = ADMIN, password: str = PASSWORD, **more: Any) -> Response:
    return door.client.post("/v1/auth/sign-in", json={"username": username, "password": password}, **more)


def refresh(door: Door, token: str) -> Response:
    return door.client.post("/v1/auth/refresh", json={"refresh_token": token})


def a_refresh_token(door: Door) -> str:
    return str(sign_in(door, headers=PROGRAM).json()["refresh_token"])


def test_signing_in_gives_an_access_token_and_says_who_it_is(door: Door) -> None:
    answer = sign_in(door)

    body = answer.json()
    assert answer.status_code == 200
    assert (body["token_type"], body["expires_in_s"], body["refresh_token"]) == ("Bearer", 900, None)
    assert body["user"]["company"] == {"id": "namuna", "name": "Namuna"}
    assert body["user"]["permissions"] == sorted(body["user"]["permissions"])
    me = door.client.get("/v1/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert me.json() == body["user"]


def test_a_browser_gets_its_refresh_token_as_a_cookie_that_no_script_can_read(door: Door) -> None:
    cookie = sign_in(door).headers["set-cookie"]

    assert cookie.startswith("dialix_refresh=")
    for part in ("HttpOnly", "SameSite=strict", "Path=/v1/auth", "Max-Age=2592000"):
        assert part in cookie


def test_a_program_gets_its_refresh_token_in_the_body_and_no_cookie(door: Door) -> None:
    answer = sign_in(door, headers=PROGRAM)

    assert answer.json()["refresh_token"]
    assert "set-cookie" not in answer.headers


def test_case_and_width_of_a_username_do_not_matter(door: Door) -> None:
    assert sign_in(door, " Company_ADMIN＠namuna").status_code == 200


@pytest.mark.parametrize(
    ("username", "password"), [(ADMIN, "wrong"), ("nobody", PASSWORD), ("a b/c", PASSWORD), ("..", PASSWORD)]
)
def test_a_wrong_password_and_an_unknown_user_are_refused_alike(door: Door, username: str, password: str) -> None:
    problem = assert_problem(sign_in(door, username, password), 401, "not_authenticated")

    assert problem["detail"] == "wrong username or password"


def test_a_blocked_user_is_refused_like_an_unknown_one(door: Door) -> None:
    user = find_user_by_username(door.world.documents, ADMIN)
    assert user is not None
    Users(door.world.documents, NAMUNA).set_blocked(user.id, True)

    problem = assert_problem(sign_in(door), 401, "not_authenticated")
    assert problem["detail"] == "wrong username or password"


@pytest.mark.parametrize("username", [ADMIN, "nobody"])
def test_after_five_failures_the_right_password_waits_too(door: Door, username: str) -> None:
    for _ in range(5):
        assert sign_in(door, username, "wrong").status_code == 401

    answer = sign_in(door, username)

    assert_problem(answer, 429, "rate_limited")
    assert answer.headers["retry-after"] == "30"


def test_each_further_failure_locks_twice_as_long_up_to_fifteen_minutes(door: Door) -> None:
    for _ in range(4):
        assert sign_in(door, password="wrong").status_code == 401
    waits = []
    for _ in range(8):
        assert sign_in(door, password="wrong").status_code == 401
        waits.append(int(sign_in(door).headers["retry-after"]))
        door.clock.move(timedelta(seconds=waits[-1]))

    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_success_forgets_the_failures(door: Door) -> None:
    for _ in range(3):
        for _ in range(4):
            sign_in(door, password="wrong")
        assert sign_in(door).status_code == 200


def test_many_guesses_at_once_are_not_all_the_first(door: Door) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sign_in(door, password="wrong").status_code, range(16)))

    assert answers.count(401) == 5
    assert answers.count(429) == 11


def test_an_access_token_is_over_after_fifteen_minutes(door: Door) -> None:
    client = door.as_user(ADMIN)
    door.clock.move(timedelta(minutes=14, seconds=59))
    assert client.get("/v1/me").status_code == 200

    door.clock.move(timedelta(seconds=1))

    answer = client.get("/v1/me")
    assert_problem(answer, 401, "not_authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer ", "Bearer abc", "Basic YTpi", "Bearer a.b.c"])
def test_what_is_no_token_of_ours_opens_nothing(door: Door, header: str | None) -> None:
    answer = door.client.get("/v1/me", headers={"Authorization": header} if header else {})

    assert_problem(answer, 401, "not_authenticated")


def test_a_token_with_another_signature_opens_nothing(door: Door) -> None:
    head, body, signature = door.access_token(ADMIN).split(".")

    for forged in (f"{head}.{body}.{signature[::-1]}", f"eyJhbGciOiJub25lIn0.{body}."):
        answer = door.client.get("/v1/me", headers={"Authorization": f"Bearer {forged}"})
        assert_problem(answer, 401, "not_authenticated")


def test_a_refresh_token_is_exchanged_for_the_next(door: Door) -> None:
    first = a_refresh_token(door)

    second = refresh(door, first).json()["refresh_token"]
    third = refresh(door, second).json()["refresh_token"]

    assert len({first, second, third}) == 3


def test_a_cookie_is_refreshed_to_the_next_cookie(door: Door) -> None:
    sign_in(door)
    before = door.client.cookies["dialix_refresh"]

    answer = door.client.post("/v1/auth/refresh")

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] is None
    assert door.client.cookies["dialix_refresh"] != before
    assert door.client.post("/v1/auth/refresh").status_code == 200


def test_a_reused_refresh_token_ends_the_whole_family(door: Door) -> None:
    first = a_refresh_token(door)
    second = refresh(door, first).json()["refresh_token"]
    door.clock.move(timedelta(seconds=11))

    assert_problem(refresh(door, first), 401, "not_authenticated")

    assert_problem(refresh(door, second), 401, "not_authenticated")


def test_an_older_one_than_the_last_ends_the_family_at_once(door: Door) -> None:
    first = a_refresh_token(door)
    second = refresh(door, first).json()["refresh_token"]
    third = refresh(door, second).json()["refresh_token"]

    assert_problem(refresh(door, first), 401, "not_authenticated")

    assert_problem(refresh(door, third), 401, "not_authenticated")


def test_two_tabs_that_refresh_together_do_not_end_the_session(door: Door) -> None:
    first = a_refresh_token(door)
    second = refresh(door, first).json()["refresh_token"]

    loser = refresh(door, first)

    assert_problem(loser, 409, "claim_held")
    assert loser.headers["retry-after"] == "1"
    assert refresh(door, second).status_code == 200


def test_of_many_refreshes_with_one_token_one_wins(door: Door) -> None:
    token = a_refresh_token(door)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: refresh(door, token).status_code, range(6)))

    assert sorted(answers) == [200, 409, 409, 409, 409, 409]


def test_a_session_unused_for_thirty_days_is_over(door: Door) -> None:
    token = a_refresh_token(door)
    door.clock.move(timedelta(days=29))
    token = refresh(door, token).json()["refresh_token"]
    door.clock.move(timedelta(days=30))

    assert_problem(refresh(door, token), 401, "not_authenticated")


def test_a_user_blocked_since_cannot_refresh_nor_see_who_they_are(door: Door) -> None:
    token = a_refresh_token(door)
    client = door.as_user(ADMIN)
    user = find_user_by_username(door.world.documents, ADMIN)
    assert user is not None
    Users(door.world.documents, NAMUNA).set_blocked(user.id, True)

    assert_problem(refresh(door, token), 401, "not_authenticated")
    assert_problem(client.get("/v1/me"), 401, "not_authenticated")


@pytest.mark.parametrize("token", ["", "x", "namuna.abc.def", "../x.abc.def", "namuna.a/b.c", "namuna..", "begona.x"])
def test_what_was_never_a_refresh_token_is_refused(door: Door, token: str) -> None:
    assert_problem(refresh(door, token), 401, "not_authenticated")


def test_a_refresh_without_a_token_is_refused(door: Door) -> None:
    assert_problem(door.client.post("/v1/auth/refresh"), 401, "not_authenticated")


def test_refresh_tokens_are_kept_as_hashes_alone(door: Door) -> None:
    token = a_refresh_token(door)
    company, session, secret = token.split(".")

    kept = door.world.documents.get(f"companies/{company}/sessions/{session}")

    assert kept is not None
    assert secret not in str(kept.data)


def test_signing_out_ends_the_session_and_takes_the_cookie(door: Door) -> None:
    sign_in(door)
    token = door.client.cookies["dialix_refresh"]

    answer = door.client.post("/v1/auth/sign-out")

    assert answer.status_code == 204
    assert "dialix_refresh" not in door.client.cookies
    assert_problem(refresh(door, token), 401, "not_authenticated")


@pytest.mark.parametrize("token", ["", "nonsense", "namuna.abc.def"])
def test_signing_out_of_nothing_is_done_at_once(door: Door, token: str) -> None:
    assert door.client.post("/v1/auth/sign-out", json={"refresh_token": token}).status_code == 204


def test_another_session_of_the_same_user_lives_on(door: Door) -> None:
    one, other = a_refresh_token(door), a_refresh_token(door)

    door.client.post("/v1/auth/sign-out", json={"refresh_token": one})

    assert refresh(door, other).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": "a"}, "password"),
        ({"username": "a", "password": 1}, "password"),
        ({"username": "a", "password": "b", "role": "platform_admin"}, "role"),
        ({"username": "a" * 255, "password": "b"}, "username"),
        ({"username": "a\x00", "password": "b"}, "username"),
        ([], "body"),
    ],
)
def test_a_sign_in_of_the_wrong_shape_names_the_field(door: Door, body: Any, field: str) -> None:
    assert_problem(door.client.post("/v1/auth/sign-in", json=body), 422, "invalid_input", field)


def test_half_a_character_is_refused(door: Door) -> None:
    content = b'{"username": "a\\ud800", "password": "b"}'
    answer = door.client.post("/v1/auth/sign-in", content=content, headers={"Content-Type": "application/json"})

    assert_problem(answer, 422, "invalid_input", "username")


def test_a_password_never_comes_back_in_an_error(door: Door) -> None:
    answer = door.client.post("/v1/auth/sign-in", json={"username": 5, "password": PASSWORD, "x": PASSWORD})

    assert answer.status_code == 422
    assert PASSWORD not in answer.text
