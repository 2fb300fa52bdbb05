"""Google's exceptions in our words, for every adapter of this package."""

from __future__ import annotations

import sys
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

_BESIDES = {
    "requests.exceptions": ("RequestException",),
    "urllib3.exceptions": ("HTTPError",),
    "google.cloud.storage.exceptions": ("DataCorruption", "InvalidResponse"),
}
"""What Google's HTTP clients let through as it came, by module; one that is not imported has raised nothing."""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises ours `from` Google's. `what` names the thing asked for; Google's own text stays in the traceback."""
    try:
        yield
    except DialixError:
        raise
    except _theirs() as error:
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


def _theirs() -> tuple[type[Exception], ...]:
    """Looked up when something was raised: a run without errors imports nothing for them."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    besides = [
        getattr(module, name)
        for path, names in _BESIDES.items()
        if (module := sys.modules.get(path)) is not None
        for name in names
    ]
    return (GoogleAPIError, GoogleAuthError, *besides)
