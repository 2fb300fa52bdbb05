from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from shared.adapters.embedded.folder_objects import FolderObjects
from shared.adapters.embedded.object_links import object_links

KEY = b"k" * 32
CONTENT = bytes(range(256)) * 20


class AClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> AClock:
    return AClock()


@pytest.fixture
def store(tmp_path: Path, clock: AClock) -> FolderObjects:
    store = FolderObjects(tmp_path, "audio", "http://testserver/objects", KEY, clock=clock)
    store.write("a b/қ%1?.wav", [CONTENT], content_type="audio/wav")
    return store


@pytest.fixture
def client(store: FolderObjects, clock: AClock) -> Iterator[TestClient]:
    app = Starlette(routes=[Mount("/objects", app=object_links({"audio": store}, KEY, clock))])
    with TestClient(app) as client:
        yield client


@pytest.fixture
def link(store: FolderObjects) -> str:
    return store.signed_link("a b/қ%1?.wav", expires_in=timedelta(minutes=10))


def test_a_link_gives_the_whole_object(client: TestClient, link: str) -> None:
    answer = client.get(link)

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, 5120), ("bytes=-5", 5115, 5120), ("bytes=5000-9999", 5000, 5120)],
)
def test_a_part_of_the_object_is_given(client: TestClient, link: str, asked: str, start: int, end: int) -> None:
    answer = client.get(link, headers={"range": asked})

    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/5120"


@pytest.mark.parametrize("asked", ["bytes=5120-", "bytes=9999-10000", "bytes=-0"])
def test_a_part_that_does_not_exist_is_416(client: TestClient, link: str, asked: str) -> None:
    answer = client.get(link, headers={"range": asked})

    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */5120")


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=0-1,5-6", "lines=1-2", "bytes=-"])
def test_a_range_that_cannot_be_read_gets_the_whole_object(client: TestClient, link: str, asked: str) -> None:
    answer = client.get(link, headers={"range": asked})

    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_range_of_another_generation_gets_the_whole_object(client: TestClient, link: str) -> None:
    etag = client.head(link).headers["etag"]

    assert client.get(link, headers={"range": "bytes=0-1", "if-range": etag}).status_code == 206
    assert client.get(link, headers={"range": "bytes=0-1", "if-range": '"1"'}).status_code == 200


def test_head_says_what_get_would_without_the_bytes(client: TestClient, link: str) -> None:
    answer = client.head(link)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "5120"
    assert answer.headers["content-type"] == "audio/wav"


def test_a_link_is_over_when_it_expires(client: TestClient, link: str, clock: AClock) -> None:
    clock.at += timedelta(minutes=9, seconds=59)
    assert client.get(link).status_code == 200
    clock.at += timedelta(seconds=1)
    assert client.get(link).status_code == 403


@pytest.mark.parametrize("change", ["path", "expires", "signature", "name", "none"])
def test_a_link_that_was_changed_is_refused(client: TestClient, link: str, store: FolderObjects, change: str) -> None:
    store.write("other.wav", [b"secret"])
    url = httpx.URL(link)
    match change:
        case "path":
            url = url.copy_with(path="/objects/audio/other.wav")
        case "none":
            url = url.copy_with(query=None)
        case "name":
            url = url.copy_set_param("name", "x.html")
        case "expires":
            url = url.copy_set_param("expires", "9999999999")
        case _:
            url = url.copy_set_param("signature", "не подпись")

    assert client.get(str(url)).status_code == 403


def test_a_download_gets_the_name_it_was_signed_for(client: TestClient, store: FolderObjects) -> None:
    link = store.signed_link("a b/қ%1?.wav", expires_in=timedelta(minutes=1), download_name='қўнғироқ "1".wav')

    said = client.get(link).headers["content-disposition"]

    assert said.startswith('attachment; filename="________ _1_.wav"')
    assert "filename*=UTF-8''%D2%9B%D1%9E" in said


def test_a_valid_link_to_an_object_that_is_gone_is_404(client: TestClient, store: FolderObjects, link: str) -> None:
    store.delete("a b/қ%1?.wav")

    assert client.get(link).status_code == 404


def test_an_uploaded_page_can_never_run_as_ours(client: TestClient, store: FolderObjects) -> None:
    store.write("x.html", [b"<script>alert(1)</script>"], content_type="text/html")

    answer = client.get(store.signed_link("x.html", expires_in=timedelta(minutes=1)))

    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_empty_object_is_given_too(client: TestClient, store: FolderObjects) -> None:
    store.write("empty", [])

    answer = client.get(store.signed_link("empty", expires_in=timedelta(minutes=1)))

    assert (answer.status_code, answer.content) == (200, b"")
