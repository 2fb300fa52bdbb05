from __future__ import annotations

import inspect

import pytest

from shared.domain import errors
from shared.domain.errors import ClaimHeld, DialixError, PermanentError, TransientError
from shared.triggers.outcome import DeliverAgain, handled


def _leaves() -> list[type[DialixError]]:
    return [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, DialixError) and kind not in (DialixError, TransientError, PermanentError)
    ]


def _instance(kind: type[DialixError]) -> DialixError:
    needed = [
        p for p in inspect.signature(kind.__init__).parameters.values() if p.default is p.empty and p.name != "self"
    ]
    return kind(*("x" for p in needed if p.kind is p.POSITIONAL_OR_KEYWORD))


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("kind", _leaves())
def test_every_transient_error_comes_again_and_every_permanent_one_does_not(kind: type[DialixError]) -> None:
    if issubclass(kind, TransientError):
        with pytest.raises(DeliverAgain):
            handled(lambda: _raise(_instance(kind)))
    else:
        handled(lambda: _raise(_instance(kind)))


def test_a_bug_comes_again_until_the_last_attempt_and_is_then_recorded() -> None:
    recorded: list[str] = []

    with pytest.raises(DeliverAgain):
        handled(lambda: _raise(KeyError("bug")), give_up=lambda: recorded.append("early"))
    handled(lambda: _raise(KeyError("bug")), is_last_attempt=True, give_up=lambda: recorded.append("last"))

    assert recorded == ["last"]


def test_a_claim_held_by_another_is_never_the_last_attempt() -> None:
    with pytest.raises(DeliverAgain):
        handled(lambda: _raise(ClaimHeld("x")), is_last_attempt=True, give_up=lambda: pytest.fail("gave up"))
