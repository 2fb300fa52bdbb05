"""Google's exceptions in our words, for every adapter of this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import (
    AlreadyExists,
    Contended,
    DependencyUnavailable,
    DialixError,
    NotFound,
    PreconditionFailed,
)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises ours `from` Google's. `what` names the thing asked for; Google's own text stays in the traceback."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except (GoogleAPIError, GoogleAuthError) as error:
        raise translation(error, what) from error


def translation(error: Exception, what: str) -> DialixError | ValueError:
    """Most specific first; whatever is not listed may succeed later, because Google says so little of it."""
    from google.api_core import exceptions as api

    table: tuple[tuple[type[Exception], type[DialixError | ValueError]], ...] = (
        (api.AlreadyExists, AlreadyExists),
        (api.Aborted, Contended),
        (api.NotFound, NotFound),
        (api.FailedPrecondition, PreconditionFailed),
        (api.PreconditionFailed, PreconditionFailed),
        (api.BadRequest, ValueError),  # INVALID_ARGUMENT and OUT_OF_RANGE among them
        (api.GoogleAPICallError, DependencyUnavailable),
    )
    ours = next((ours for theirs, ours in table if isinstance(error, theirs)), DependencyUnavailable)
    return ours(f"{what}: {type(error).__name__}")
