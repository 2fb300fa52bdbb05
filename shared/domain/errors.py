"""Every error of ours, and whether trying again can help.

DialixError
├── TransientError
│   ├── ClaimHeld
│   ├── Contended
│   ├── DependencyUnavailable
│   └── RateLimited
└── PermanentError
    ├── AlreadyExists
    ├── AudioRejected
    ├── InvalidInput
    ├── JudgementFailed
    ├── NotAuthenticated
    ├── NotFound
    ├── NotPermitted
    ├── PreconditionFailed
    ├── RecognitionFailed
    └── SecretUnreadable

A *transient* error is raised to the platform, which delivers again. A *permanent* error is recorded
where a person sees it and the delivery is acknowledged. Messages never hold a secret, a phone number or
a word of a transcript: they go to logs.
"""

from __future__ import annotations


class DialixError(Exception):
    """Root of the tree; raised only as one of its leaves."""


class TransientError(DialixError):
    """The same delivery may succeed later."""


class PermanentError(DialixError):
    """The same delivery can never succeed."""


class ClaimHeld(TransientError):
    """Another delivery of the same step holds the lease on the call."""


class Contended(TransientError):
    """A transaction lost its race more often than the store tries."""


class DependencyUnavailable(TransientError):
    """A vendor or a service of the platform did not answer, or answered that it cannot now."""


class RateLimited(TransientError):
    """A vendor, or a limit of ours, asks to slow down. `retry_after_s` is None when it did not say."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AlreadyExists(PermanentError):
    """A create met a document, object or task of that name."""


class AudioRejected(PermanentError):
    """The recording can never be processed. `reason` is a value of `call.Reason`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class InvalidInput(PermanentError):
    """What came in has the wrong shape. `field` is a dotted path into it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class JudgementFailed(PermanentError):
    """The judge answered, and its answer can never be used (refusal, cut off, not of the schema)."""


class NotAuthenticated(PermanentError):
    """Nobody we know: no credential, a wrong one, or one that is over."""


class NotFound(PermanentError):
    """No such thing, or not this company's: the two are told apart nowhere."""


class NotPermitted(PermanentError):
    """Known, but without the permission this needs."""


class PreconditionFailed(PermanentError):
    """The document or object is not at the version the caller saw."""


class RecognitionFailed(PermanentError):
    """The recogniser gave up on this recording for good."""


class SecretUnreadable(PermanentError):
    """A sealed secret was never ours, was changed, or its key is another: it must be given again."""
