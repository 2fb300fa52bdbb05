"""The wrapping key in Cloud KMS: it never leaves there, and rotates there. Older versions still unwrap."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.adapters.gcp.errors import translated
from shared.domain.errors import DependencyUnavailable, NotFound, PreconditionFailed, SecretUnreadable

if TYPE_CHECKING:
    from google.cloud.kms_v1 import KeyManagementServiceClient

_TIMEOUT_S = 20.0


class KMSKey:
    """`WrappingKey`. `name` is projects/P/locations/L/keyRings/R/cryptoKeys/K.

    Checksums go both ways, as Google asks for: what was damaged on its way is a failure of the way.
    """

    def __init__(self, name: str, *, endpoint: str | None = None) -> None:
        self._name = name
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._built: KeyManagementServiceClient | None = None
        self._pid = 0

    def wrap(self, key: bytes, context: bytes) -> bytes:
        with _refused():
            answer: Any = self._client().encrypt(
                request={
                    "name": self._name,
                    "plaintext": key,
                    "plaintext_crc32c": _crc32c(key),
                    "additional_authenticated_data": context,
                    "additional_authenticated_data_crc32c": _crc32c(context),
                },
                timeout=_TIMEOUT_S,
            )
        if not answer.verified_plaintext_crc32c or answer.ciphertext_crc32c != _crc32c(answer.ciphertext):
            raise DependencyUnavailable("KMS: damaged on the way")
        return bytes(answer.ciphertext)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        try:
            with _refused():
                answer: Any = self._client().decrypt(
                    request={
                        "name": self._name,
                        "ciphertext": wrapped,
                        "ciphertext_crc32c": _crc32c(wrapped),
                        "additional_authenticated_data": context,
                        "additional_authenticated_data_crc32c": _crc32c(context),
                    },
                    timeout=_TIMEOUT_S,
                )
        except ValueError as error:  # INVALID_ARGUMENT
            raise SecretUnreadable("sealed under another key, or for another") from error
        if answer.plaintext_crc32c != _crc32c(answer.plaintext):
            raise DependencyUnavailable("KMS: damaged on the way")
        return bytes(answer.plaintext)

    def _client(self) -> KeyManagementServiceClient:
        """Made on first use in this process: a gRPC channel does not survive gunicorn's fork."""
        with self._lock:
            if self._built is None or self._pid != os.getpid():
                from google.cloud.kms_v1 import KeyManagementServiceClient

                with translated("KMS"):
                    self._built = KeyManagementServiceClient(**self._transport())
                self._pid = os.getpid()
            return self._built

    def _transport(self) -> dict[str, Any]:
        if self._endpoint is None:
            return {}
        import grpc
        from google.cloud.kms_v1.services.key_management_service.transports import KeyManagementServiceGrpcTransport

        return {"transport": KeyManagementServiceGrpcTransport(channel=grpc.insecure_channel(self._endpoint))}


@contextmanager
def _refused() -> Iterator[None]:
    """A key that is disabled, destroyed or not there may be brought back by an admin: the step is worth keeping."""
    try:
        with translated("KMS"):
            yield
    except (NotFound, PreconditionFailed) as error:
        raise DependencyUnavailable("KMS: the key is not there or not enabled") from error


def _crc32c(data: bytes) -> int:
    import google_crc32c

    return int(google_crc32c.value(data))
