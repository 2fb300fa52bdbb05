"""Every exception of Google's SDKs becomes one of ours, and the kind decides whether the platform delivers again."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from google.api_core import exceptions as api
from google.auth import exceptions as auth

from shared.adapters.gcp.errors import translated
from shared.domain.errors import (
    AlreadyExists,
    Contended,
    DependencyUnavailable,
    NotFound,
    PreconditionFailed,
)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (api.AlreadyExists, AlreadyExists),
        (api.NotFound, NotFound),
        (api.FailedPrecondition, PreconditionFailed),
        (api.PreconditionFailed, PreconditionFailed),
        (api.Aborted, Contended),
        (api.InvalidArgument, ValueError),
        (api.OutOfRange, ValueError),
        (api.BadRequest, ValueError),
        (api.ServiceUnavailable, DependencyUnavailable),
        (api.DeadlineExceeded, DependencyUnavailable),
        (api.InternalServerError, DependencyUnavailable),
        (api.ResourceExhausted, DependencyUnavailable),
        (api.TooManyRequests, DependencyUnavailable),
        (api.Cancelled, DependencyUnavailable),
        (api.Unknown, DependencyUnavailable),
        (api.PermissionDenied, DependencyUnavailable),
        (api.Unauthenticated, DependencyUnavailable),
        (functools.partial(api.RetryError, cause=None), DependencyUnavailable),
        (auth.DefaultCredentialsError, DependencyUnavailable),
        (auth.TransportError, DependencyUnavailable),
    ],
)
def test_each_of_googles_exceptions_is_one_of_ours(theirs: Callable[[str], Exception], ours: type[Exception]) -> None:
    error = theirs("x")

    with pytest.raises(ours) as raised, translated("companies/c1"):
        raise error

    assert type(raised.value) is ours
    assert raised.value.__cause__ is error


def test_googles_words_do_not_reach_the_message() -> None:
    not_found: Callable[[str], Exception] = api.NotFound

    with pytest.raises(NotFound, match=r"^companies/c1: NotFound$"), translated("companies/c1"):
        raise not_found("+998901234567")


def test_what_is_not_googles_passes_through() -> None:
    with pytest.raises(LookupError), translated("companies/c1"):
        raise LookupError
