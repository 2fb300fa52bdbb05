"""What every SecretBox does. Another joins by another entry of `BOXES`: boxes that share a key."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.embedded.key_file import KeyFile
from shared.adapters.gcp.kms_key import KMSKey
from shared.adapters.sealed_secrets import SealedSecrets
from shared.domain.errors import DependencyUnavailable, SecretUnreadable
from shared.ports.secret_box import SecretBox
from tests.contracts.kms_servicer import KEY, KMS, serving

Making: TypeAlias = Callable[[], SecretBox]
"""A box as another process would have it, over the same key."""

SECRET = "onpbx-key-4f9a"
ACME = "acme/pbx"


@contextmanager
def in_a_key_file(folder: Path) -> Iterator[Making]:
    yield lambda: SealedSecrets(KeyFile(folder / "deep" / "key"))


@contextmanager
def in_kms(folder: Path) -> Iterator[Making]:
    with serving(KMS()) as endpoint:
        yield lambda: SealedSecrets(KMSKey(KEY, endpoint=endpoint))


BOXES = {"key file": in_a_key_file, "KMS": in_kms}


@pytest.fixture(params=BOXES)
def making(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Making]:
    with BOXES[request.param](tmp_path) as making:
        yield making


def test_any_secret_is_opened_by_another_process_as_it_was_sealed(making: Making) -> None:
    sealer, opener = making(), making()

    @settings(max_examples=30)
    @given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
    def law(secret: str, context: str) -> None:
        sealed = sealer.seal(secret, context=context)
        assert sealed.isascii()
        assert sealed.isprintable()
        assert opener.open(sealed, context=context) == secret

    law()


def test_a_sealed_secret_shows_nothing_and_is_another_each_time(making: Making) -> None:
    box = making()
    first, second = (box.seal(SECRET, context=ACME) for _ in range(2))
    assert first != second
    assert SECRET not in first


@pytest.mark.parametrize("context", ["other/pbx", "acme/crm", "", "acme/pbx "])
def test_what_was_sealed_for_one_opens_for_no_other(making: Making, context: str) -> None:
    box = making()
    with pytest.raises(SecretUnreadable):
        box.open(box.seal(SECRET, context=ACME), context=context)


def test_one_character_changed_anywhere_makes_it_unreadable(making: Making) -> None:
    box = making()
    sealed = box.seal(SECRET, context=ACME)
    for position in range(0, len(sealed), 7):
        other = "A" if sealed[position] != "A" else "B"
        with pytest.raises(SecretUnreadable):
            box.open(sealed[:position] + other + sealed[position + 1 :], context=ACME)


@pytest.mark.parametrize(
    "never", ["", "v1", "v1..", "v1.AAAA", "v2.AAAA.AAAA", "plain text", "v1.*.*", "v1.AAAA.AAAA.A"]
)
def test_what_was_never_sealed_is_unreadable(making: Making, never: str) -> None:
    with pytest.raises(SecretUnreadable):
        making().open(never, context=ACME)


def test_the_key_of_the_file_is_its_owners_alone_and_one_for_all_who_make_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "key"
    sealed: list[str] = []
    workers = [
        threading.Thread(target=lambda: sealed.append(SealedSecrets(KeyFile(path)).seal(SECRET, context=ACME)))
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {SealedSecrets(KeyFile(path)).open(each, context=ACME) for each in sealed} == {SECRET}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_another_key_file_opens_nothing(tmp_path: Path) -> None:
    sealed = SealedSecrets(KeyFile(tmp_path / "one")).seal(SECRET, context=ACME)
    with pytest.raises(SecretUnreadable):
        SealedSecrets(KeyFile(tmp_path / "two")).open(sealed, context=ACME)
    (tmp_path / "one").write_bytes(b"short")
    with pytest.raises(SecretUnreadable, match="no key of 32 bytes"):
        SealedSecrets(KeyFile(tmp_path / "one")).open(sealed, context=ACME)


def test_a_secret_sealed_before_a_rotation_still_opens() -> None:
    kms = KMS()
    with serving(kms) as endpoint:
        box = SealedSecrets(KMSKey(KEY, endpoint=endpoint))
        sealed = box.seal(SECRET, context=ACME)
        kms.rotate()
        assert box.open(sealed, context=ACME) == SECRET
        assert box.open(box.seal(SECRET, context=ACME), context=ACME) == SECRET


@pytest.mark.parametrize("refuse", ["PERMISSION_DENIED", "NOT_FOUND", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"])
def test_a_key_that_does_not_serve_may_serve_later(refuse: str) -> None:
    kms = KMS()
    with serving(kms) as endpoint:
        box = SealedSecrets(KMSKey(KEY, endpoint=endpoint))
        sealed = box.seal(SECRET, context=ACME)
        kms.refuse = refuse
        with pytest.raises(DependencyUnavailable):
            box.seal(SECRET, context=ACME)
        with pytest.raises(DependencyUnavailable):
            box.open(sealed, context=ACME)


def test_what_is_damaged_on_the_way_is_noticed() -> None:
    kms = KMS()
    with serving(kms) as endpoint:
        box = SealedSecrets(KMSKey(KEY, endpoint=endpoint))
        sealed = box.seal(SECRET, context=ACME)
        kms.damages = True
        with pytest.raises(DependencyUnavailable, match="damaged"):
            box.seal(SECRET, context=ACME)
        with pytest.raises(DependencyUnavailable, match="damaged"):
            box.open(sealed, context=ACME)
