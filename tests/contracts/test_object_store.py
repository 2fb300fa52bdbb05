"""What every ObjectStore does. Another store joins by another entry of `STORES`."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.gcp.storage_objects import StorageObjects
from shared.domain.errors import AlreadyExists, NotFound
from shared.ports.object_store import ObjectStore

MIB = 1024 * 1024


def a_folder(path: Path) -> ObjectStore:
    return FolderObjects(path, "audio", "http://127.0.0.1/objects", b"k" * 32)


def a_bucket(path: Path) -> ObjectStore:
    """In a fake-gcs-server, by Google's own client."""
    name = f"audio-{uuid.uuid4().hex[:20]}"
    url = os.environ["STORAGE_EMULATOR_HOST"]
    httpx.post(f"{url}/storage/v1/b", params={"project": "test"}, json={"name": name}).raise_for_status()
    return StorageObjects(name, project="test")


STORES: dict[str, Callable[[Path], ObjectStore]] = {"folder": a_folder, "bucket": a_bucket}


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    if request.param == "bucket":
        os.environ["STORAGE_EMULATOR_HOST"] = request.getfixturevalue("storage_emulator")
    store = STORES[request.param](tmp_path)
    yield store
    close: Callable[[], None] = getattr(store, "close", lambda: None)
    close()


def content(store: ObjectStore, path: str) -> bytes:
    return b"".join(store.read(path))


def paths(store: ObjectStore, prefix: str = "") -> list[str]:
    return [each.path for each in store.list(prefix)]


def test_an_object_is_read_back_with_its_type_and_metadata(store: ObjectStore) -> None:
    written = store.write("a/b.wav", [b"one", b"", b"two"], content_type="audio/wav", metadata={"call": "1 / ў"})

    assert content(store, "a/b.wav") == b"onetwo"
    found = store.stat("a/b.wav")
    assert found == written
    assert (found.path, found.size_bytes, found.content_type) == ("a/b.wav", 6, "audio/wav")
    assert found.metadata == {"call": "1 / ў"}
    assert found.updated_at.tzinfo is not None


def test_an_object_may_be_empty(store: ObjectStore) -> None:
    store.write("empty", [])

    assert content(store, "empty") == b""
    assert [each.size_bytes for each in store.list()] == [0]


def test_what_is_not_there_has_no_stat_and_cannot_be_read(store: ObjectStore) -> None:
    store.write("a/b", [b"x"])

    assert store.stat("nothing") is None
    assert store.stat("a") is None
    assert store.stat("a/b/c") is None
    with pytest.raises(NotFound):
        store.read("nothing")
    with pytest.raises(NotFound):
        store.read("a")


def test_overwriting_replaces_everything_and_gives_a_larger_generation(store: ObjectStore) -> None:
    first = store.write("x", [b"long content"], content_type="audio/wav", metadata={"a": "1"})
    second = store.write("x", [b"short"])
    store.delete("x")
    third = store.write("x", [b"short"])

    assert first.generation < second.generation < third.generation
    assert content(store, "x") == b"short"
    found = store.stat("x")
    assert found is not None
    assert (found.content_type, dict(found.metadata)) == ("application/octet-stream", {})


def test_if_absent_refuses_what_is_there_and_leaves_it_alone(store: ObjectStore) -> None:
    first = store.write("x", [b"first"], if_absent=True)

    with pytest.raises(AlreadyExists):
        store.write("x", [b"second"], if_absent=True)

    assert content(store, "x") == b"first"
    assert store.stat("x") == first


def test_of_two_racing_writers_one_wins(store: ObjectStore) -> None:
    start = threading.Barrier(8)
    won: list[bytes] = []

    def race(mine: bytes) -> None:
        def chunks() -> Iterator[bytes]:
            yield mine
            start.wait(timeout=10)
            yield mine

        try:
            store.write("x", chunks(), if_absent=True)
            won.append(mine * 2)
        except AlreadyExists:
            pass

    threads = [threading.Thread(target=race, args=(b"%d" % number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    assert content(store, "x") == won[0]


def test_a_write_that_breaks_leaves_nothing_behind(store: ObjectStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half of"
        raise RuntimeError("the line dropped")

    store.write("kept", [b"as it was"])
    for path in ("new", "kept"):
        with pytest.raises(RuntimeError, match="the line dropped"):
            store.write(path, broken())

    assert store.stat("new") is None
    assert content(store, "kept") == b"as it was"
    assert paths(store) == ["kept"]


def test_nothing_is_seen_of_an_object_before_it_is_finished(store: ObjectStore) -> None:
    seen: list[object] = []

    def looked_at() -> Iterator[bytes]:
        yield b"half"
        seen.extend([store.stat("x"), paths(store)])
        yield b"whole"

    store.write("x", looked_at())

    assert seen == [None, []]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, b"0123456789"), (3, None, b"3456789"), (3, 5, b"34"), (0, 0, b""), (8, 100, b"89"), (10, None, b"")],
)
def test_a_range_is_read(store: ObjectStore, start: int, end: int | None, expected: bytes) -> None:
    store.write("x", [b"0123456789"])

    assert b"".join(store.read("x", start=start, end=end)) == expected


def test_a_range_that_ends_before_it_begins_is_refused(store: ObjectStore) -> None:
    store.write("x", [b"0123456789"])

    for start, end in ((-1, None), (5, 4)):
        with pytest.raises(ValueError, match="range"):
            store.read("x", start=start, end=end)


def test_a_large_object_comes_in_chunks_of_at_most_a_mebibyte(store: ObjectStore) -> None:
    store.write("x", (bytes([number]) * MIB for number in range(5)))

    sizes = [len(chunk) for chunk in store.read("x", start=17)]

    assert sum(sizes) == 5 * MIB - 17
    assert max(sizes) <= MIB


def test_only_the_generation_asked_for_is_read(store: ObjectStore) -> None:
    first = store.write("x", [b"first"])
    assert b"".join(store.read("x", generation=first.generation)) == b"first"
    second = store.write("x", [b"second"])

    with pytest.raises(NotFound):
        store.read("x", generation=first.generation)
    assert b"".join(store.read("x", generation=second.generation)) == b"second"


def test_objects_are_listed_in_the_order_of_their_whole_paths(store: ObjectStore) -> None:
    for path in ("b/2", "a", "b.wav", "b/1", "b/1.wav", "c/d/e", "Ўзбек/қўнғироқ 1.mp3"):
        store.write(path, [b"x"])

    assert paths(store) == ["a", "b.wav", "b/1", "b/1.wav", "b/2", "c/d/e", "Ўзбек/қўнғироқ 1.mp3"]
    assert paths(store, "b/") == ["b/1", "b/1.wav", "b/2"]
    assert paths(store, "b") == ["b.wav", "b/1", "b/1.wav", "b/2"]
    assert paths(store, "b/1") == ["b/1", "b/1.wav"]
    assert paths(store, "c/d/") == ["c/d/e"]
    assert paths(store, "nothing/here") == []
    assert next(iter(store.list("a"))) == store.stat("a")


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: ObjectStore) -> None:
    store.write("a/b", [b"x"])

    store.delete("a/b")
    store.delete("a/b")
    store.delete("never/was")

    assert store.stat("a/b") is None
    assert paths(store) == []


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", ".", "..", "../a", "a/../../b", "a/./b", "a\0b", "a\nb"])
def test_a_path_that_could_lead_elsewhere_is_refused(store: ObjectStore, path: str) -> None:
    for use in (
        lambda: store.write(path, [b"x"]),
        lambda: store.stat(path),
        lambda: store.read(path),
        lambda: store.delete(path),
        lambda: store.signed_link(path, expires_in=timedelta(minutes=1)),
    ):
        with pytest.raises(ValueError, match="path"):
            use()


def test_a_signed_link_is_a_url_of_the_object_and_differs_by_object(store: ObjectStore) -> None:
    first = store.signed_link("a b.wav", expires_in=timedelta(minutes=10))
    second = store.signed_link("c.wav", expires_in=timedelta(minutes=10))

    assert first.startswith(("http://", "https://"))
    assert "a%20b.wav" in first
    assert first != second
