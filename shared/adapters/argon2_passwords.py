"""Passwords with Argon2id."""

from __future__ import annotations

from functools import cached_property
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 19 * 1024
ITERATIONS = 2
LANES = 1
"""OWASP's first choice: 19 MiB, two passes. An instance of 512 MiB serves it beside everything else."""

AT_ONCE = 4
"""Sign-ins hashed together: the rest wait, so that a burst cannot take the instance's memory."""


class Argon2Passwords:
    def __init__(self, *, memory_kib: int = MEMORY_KIB, iterations: int = ITERATIONS) -> None:
        self._memory_kib = memory_kib
        self._iterations = iterations
        self._turnstile = BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        with self._turnstile:
            return self._hasher.hash(password)

    def is_right(self, password: str, password_hash: str | None) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        with self._turnstile:
            try:
                self._hasher.verify(password_hash or self._nobodys, password)
            except (VerificationError, InvalidHashError):
                return False
            return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher, Type

        return PasswordHasher(time_cost=self._iterations, memory_cost=self._memory_kib, parallelism=LANES, type=Type.ID)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")
