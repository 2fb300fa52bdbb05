"""What the folder does beyond the contract: files that people drop, crashes, links to elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from shared.adapters.embedded.folder_objects import FolderObjects

WRITER = """
import sys
from pathlib import Path
from shared.adapters.embedded.folder_objects import FolderObjects
store = FolderObjects(Path(sys.argv[1]), "audio", "http://x", b"k")
print("go", flush=True)
number = 0
while True:
    number += 1
    text = str(number).encode()
    store.write("x", [text] * (number % 7 + 1), content_type=f"audio/{number}", metadata={"number": str(number)})
"""


@pytest.fixture
def store(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path, "audio", "http://127.0.0.1/objects", b"k" * 32)


def dropped(store: FolderObjects, path: str, content: bytes = b"x", changed_at: float | None = None) -> Path:
    file = store.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    if changed_at is not None:
        os.utime(file, (changed_at, changed_at))
    return file


def test_a_file_that_a_person_dropped_is_an_object_with_a_type_guessed_from_its_name(store: FolderObjects) -> None:
    dropped(store, "uploads/acme/call.MP3", b"sound")
    dropped(store, "uploads/acme/unknown.zzz")

    found = store.stat("uploads/acme/call.MP3")

    assert found is not None
    assert (found.content_type, found.size_bytes) == ("audio/mpeg", 5)
    assert found == store.stat("uploads/acme/call.MP3")
    assert [each.content_type for each in store.list()] == ["audio/mpeg", "application/octet-stream"]


def test_a_file_dropped_over_another_gets_a_larger_generation_even_when_it_is_older(store: FolderObjects) -> None:
    first = store.write("x.wav", [b"ours"], metadata={"a": "1"})
    dropped(store, "x.wav", b"theirs", changed_at=time.time() - 3600)
    second = store.stat("x.wav")
    dropped(store, "x.wav", b"theirs!", changed_at=time.time() - 7200)
    third = store.stat("x.wav")

    assert second is not None
    assert third is not None
    assert first.generation < second.generation < third.generation
    assert third.metadata == {}


def test_hidden_files_and_empty_folders_are_no_objects(store: FolderObjects) -> None:
    dropped(store, ".DS_Store")
    dropped(store, "uploads/.call.wav.swp")
    dropped(store, ".git/config")
    (store.folder / "empty").mkdir()

    assert list(store.list()) == []
    assert store.stat(".DS_Store") is None


def test_a_name_in_an_old_encoding_does_not_break_the_list(store: FolderObjects) -> None:
    dropped(store, "good.wav")
    try:
        (Path(os.fsdecode(os.fsencode(store.folder) + b"/\xe7\xe2\xee\xed.wav"))).write_bytes(b"x")
    except OSError:
        return  # a file system that takes Unicode alone has no such names

    assert [each.path for each in store.list()] == ["good.wav"]


def test_a_link_to_elsewhere_is_not_followed(store: FolderObjects, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("k")
    store.folder.mkdir()
    (store.folder / "folder").symlink_to(secret)
    (store.folder / "file").symlink_to(secret / "key")

    assert store.stat("file") is None
    assert list(store.list()) == []
    with pytest.raises(ValueError, match="elsewhere"):
        store.read("folder/key")
    with pytest.raises(ValueError, match="elsewhere"):
        store.write("folder/new", [b"x"])


def test_a_reader_finishes_what_it_began_although_the_object_is_replaced(store: FolderObjects) -> None:
    store.write("x", [b"old" * 1_000_000])
    reading = store.read("x")
    begun = next(reading)
    store.write("x", [b"new"])

    assert begun + b"".join(reading) == b"old" * 1_000_000


def test_a_folder_says_that_it_cannot_hold_an_object_beneath_another(store: FolderObjects) -> None:
    store.write("a", [b"x"])

    with pytest.raises(ValueError, match="begins with another's"):
        store.write("a/b", [b"x"])
    with pytest.raises(ValueError, match="longer than a file's name"):
        store.write("n" * 300, [b"x"])


def test_generations_grow_although_the_machine_s_clock_goes_back(
    store: FolderObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    generations = []
    for seconds_back in (0, 0, 60, 120):
        monkeypatch.setattr(time, "time_ns", lambda back=seconds_back: now - back * 10**9)
        generations.append(store.write("x", [b"x"]).generation)

    assert all(before < after for before, after in pairwise(generations))


def test_a_writer_killed_at_any_moment_leaves_a_whole_object_with_its_own_record(
    store: FolderObjects, tmp_path: Path
) -> None:
    for pause_ms in (0, 7, 19, 31):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.02 + pause_ms / 1000)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()

        found = store.stat("x")
        assert found is not None
        number = int(found.metadata["number"])
        assert found.content_type == f"audio/{number}"
        assert b"".join(store.read("x", generation=found.generation)) == str(number).encode() * (number % 7 + 1)
