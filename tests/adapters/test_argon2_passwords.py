"""Passwords: slow to check, and as slow for nobody."""

from __future__ import annotations

import statistics
import time

from shared.adapters.argon2_passwords import Argon2Passwords


def test_the_right_password_is_right_and_another_is_not() -> None:
    passwords = Argon2Passwords()
    kept = passwords.hash("to‘g‘ri parol")

    assert kept.startswith("$argon2id$")
    assert passwords.is_right("to‘g‘ri parol", kept)
    assert not passwords.is_right("noto‘g‘ri parol", kept)


def test_the_same_password_is_kept_differently_each_time() -> None:
    passwords = Argon2Passwords()

    assert passwords.hash("parol") != passwords.hash("parol")


def test_nobody_has_no_password() -> None:
    passwords = Argon2Passwords()

    assert not passwords.is_right("nobody has this password", None)
    assert not passwords.is_right("parol", "not a hash")


def test_a_hash_of_weaker_parameters_is_outdated() -> None:
    weak = Argon2Passwords(memory_kib=1024, iterations=1).hash("parol")

    assert Argon2Passwords().is_outdated(weak)
    assert not Argon2Passwords().is_outdated(Argon2Passwords().hash("parol"))


def test_nobody_takes_as_long_as_somebody() -> None:
    passwords = Argon2Passwords()
    kept = passwords.hash("parol")
    passwords.is_right("warm", None)

    def median_s(password_hash: str | None) -> float:
        times = []
        for _ in range(7):
            began = time.perf_counter()
            passwords.is_right("wrong", password_hash)
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    # the same work; the bounds are wide because the machine is shared
    assert 1 / 3 < median_s(None) / median_s(kept) < 3
