"""The one place where an error becomes "deliver again" or "done"."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from shared.domain.errors import ClaimHeld, PermanentError, TransientError

log = structlog.get_logger(__name__)


class DeliverAgain(Exception):
    """Raised to the platform: it keeps the delivery and brings it again."""


def handled(
    work: Callable[[], object], *, is_last_attempt: bool = False, give_up: Callable[[], object] | None = None
) -> None:
    """Returns when the delivery is done with; raises DeliverAgain when it should come again.

    A permanent error is logged and done with: whoever raised it has recorded it where a person sees it. Anything
    else, a bug of ours included, comes again until `is_last_attempt`; then `give_up` records the failure.
    """
    try:
        work()
    except DeliverAgain:
        raise
    except PermanentError as error:
        log.warning("delivery_refused", error=type(error).__name__, detail=str(error))
    except ClaimHeld as error:
        # never the last attempt: whoever holds the claim settles the call, or its lease runs out
        log.info("delivery_postponed", detail=str(error))
        raise DeliverAgain(str(error)) from error
    except Exception as error:
        is_ours = isinstance(error, TransientError)
        log.warning("delivery_failed", error=type(error).__name__, detail=str(error), exc_info=not is_ours)
        if not is_last_attempt or give_up is None:
            raise DeliverAgain(type(error).__name__) from error
        give_up()
        log.error("delivery_given_up", error=type(error).__name__)
