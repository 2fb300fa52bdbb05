"""Tokens: read by whoever holds them, changed by nobody, over when they are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.jwt_tokens import JWTTokens
from shared.domain.errors import NotAuthenticated

SECRET = b"0123456789abcdef0123456789abcdef"
HOUR = timedelta(hours=1)


@dataclass
class StillClock:
    at: datetime = datetime(2026, 11, 20, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def test_claims_come_back_as_they_were_issued() -> None:
    tokens = JWTTokens(SECRET, StillClock())

    token = tokens.issue("access", {"sub": "u1", "name": "Азиза"}, lifetime=HOUR)

    assert tokens.read("access", token) == {"sub": "u1", "name": "Азиза"}


def test_a_token_is_for_its_purpose_alone() -> None:
    tokens = JWTTokens(SECRET, StillClock())
    token = tokens.issue("invitation", {"sub": "u1"}, lifetime=HOUR)

    with pytest.raises(NotAuthenticated):
        tokens.read("access", token)


def test_a_token_is_over_by_the_clock_it_was_given() -> None:
    clock = StillClock()
    tokens = JWTTokens(SECRET, clock)
    token = tokens.issue("access", {"sub": "u1"}, lifetime=HOUR)

    clock.at += HOUR

    with pytest.raises(NotAuthenticated, match="over"):
        tokens.read("access", token)


def test_another_secret_signs_other_tokens() -> None:
    token = JWTTokens(SECRET[::-1], StillClock()).issue("access", {"sub": "u1"}, lifetime=HOUR)

    with pytest.raises(NotAuthenticated):
        JWTTokens(SECRET, StillClock()).read("access", token)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        JWTTokens(b"short", StillClock())
