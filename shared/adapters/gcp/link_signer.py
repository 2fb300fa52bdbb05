"""Signatures in a service account's name without its key: IAM signs, a key file never exists.

The account that the function runs as needs the role of a service account token creator on the account that signs,
itself included.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from shared.adapters.gcp.errors import translated
from shared.domain.errors import DependencyUnavailable

if TYPE_CHECKING:
    from google.auth.credentials import Signing

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class LinkSigner:
    """`service_account` is the e-mail that signs; None: the account that the function runs as.

    `transport` is google.auth's: what sends the requests, Google's own unless a test brings another.
    """

    def __init__(self, service_account: str | None = None, *, transport: Callable[[], Any] | None = None) -> None:
        self._service_account = service_account
        self._transport = transport
        self._lock = threading.Lock()
        self._found: Any = None

    def credentials(self) -> Signing:
        """What Cloud Storage's client signs with; every signature is a request to IAM. Raises DependencyUnavailable."""
        from google.auth import iam

        request = self._request()
        with self._lock, translated("the service account"):
            own = self._own(request)
            email = self._service_account or getattr(own, "service_account_email", None)
        if not email or email == "default":
            raise DependencyUnavailable("nobody says in whose name links are signed: set DIALIX_SERVICE_ACCOUNT")
        return _signing(cast("Any", iam).Signer(request, own, email), email)

    def _own(self, request: Any) -> Any:
        """The function's own credentials; their account has a name only once the metadata server has said it."""
        import google.auth

        if self._found is None:
            self._found, _ = google.auth.default(scopes=[_SCOPE], request=request)
        if not self._found.valid:
            self._found.refresh(request)
        return self._found

    def _request(self) -> Any:
        if self._transport is not None:
            return self._transport()
        from google.auth.transport.requests import Request

        return Request()


def _signing(signer: Any, email: str) -> Signing:
    from google.auth.credentials import Signing

    class IAMSigning(Signing):
        signer_email = email

        @property
        def signer(self) -> Any:
            return signer

        def sign_bytes(self, message: bytes) -> bytes:
            signed: bytes = signer.sign(message)
            return signed

    return IAMSigning()
