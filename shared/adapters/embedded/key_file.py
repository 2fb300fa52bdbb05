"""The wrapping key of one machine: a file that only its owner reads, made when it is first needed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from shared.domain.errors import DependencyUnavailable, SecretUnreadable

_KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyFile:
    """`WrappingKey`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def wrap(self, key: bytes, context: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._key()).encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key()).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable("sealed under another key, or for another") from error

    def _key(self) -> bytes:
        """Of several processes that make it at once, one's becomes everybody's."""
        try:
            if not self._path.exists():
                self._path.parent.mkdir(parents=True, exist_ok=True)
                made = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
                with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(os.urandom(_KEY_BYTES))
                try:
                    os.link(made, self._path)
                except FileExistsError:
                    pass
                finally:
                    made.unlink()
            key = self._path.read_bytes()
        except OSError as error:
            raise DependencyUnavailable(f"the key file {self._path}: {type(error).__name__}") from error
        if len(key) != _KEY_BYTES:
            raise SecretUnreadable(f"the key file {self._path} holds no key of {_KEY_BYTES} bytes")
        return key
