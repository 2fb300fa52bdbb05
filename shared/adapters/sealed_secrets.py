"""Envelopes: each secret under a key of its own, and that key under one that never leaves where it is kept."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Protocol

from shared.domain.errors import SecretUnreadable

_FORM = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class WrappingKey(Protocol):
    """What encrypts the secrets' own keys. Both raise DependencyUnavailable; `unwrap` SecretUnreadable."""

    def wrap(self, key: bytes, context: bytes) -> bytes: ...
    def unwrap(self, wrapped: bytes, context: bytes) -> bytes: ...


class SealedSecrets:
    """`SecretBox`: `v1.<wrapped key>.<nonce and AES-256-GCM>`, each in URL-safe base64."""

    def __init__(self, wrapping: WrappingKey) -> None:
        self._wrapping = wrapping

    def seal(self, secret: str, *, context: str) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, nonce, said = AESGCM.generate_key(8 * _KEY_BYTES), os.urandom(_NONCE_BYTES), context.encode()
        content = nonce + AESGCM(key).encrypt(nonce, secret.encode(), said)
        parts = (self._wrapping.wrap(key, said), content)
        return ".".join((_FORM, *(urlsafe_b64encode(part).decode() for part in parts)))

    def open(self, sealed: str, *, context: str) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        wrapped, content = _parts(sealed)
        key = self._wrapping.unwrap(wrapped, context.encode())
        try:
            opened = AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(f"{context}: changed since it was sealed") from error
        return opened.decode()


def _parts(sealed: str) -> tuple[bytes, bytes]:
    form, *parts = sealed.split(".")
    if form != _FORM or len(parts) != 2:
        raise SecretUnreadable("not sealed by us")
    try:
        wrapped, content = (urlsafe_b64decode(part) for part in parts)
    except ValueError as error:
        raise SecretUnreadable("not sealed by us") from error
    # base64 has several spellings of some bytes: only the one that we wrote is ours
    if [urlsafe_b64encode(part).decode() for part in (wrapped, content)] != parts:
        raise SecretUnreadable("not sealed by us")
    return wrapped, content
