"""What fake-gcs-server does not do: a precondition on an upload in parts, refused as Cloud Storage refuses it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.adapters.gcp.storage_objects import StorageObjects
from shared.domain.errors import AlreadyExists, DependencyUnavailable

MIB = 1024 * 1024


class CloudStorage:
    """Answers as storage.googleapis.com does to an upload in parts; `refuse_at` says which request gets `status`."""

    def __init__(self, refuse_at: str, status: int) -> None:
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        storage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(404, {"error": {"code": 404, "message": "No such object"}})

            def do_POST(self) -> None:
                self._read()
                storage.asked.append(("begin", parse_qs(urlsplit(self.path).query)))
                if refuse_at == "begin":
                    self._refuse()
                else:
                    self._answer(200, {}, location=f"{storage.url}/upload/session/1")

            def do_PUT(self) -> None:
                self._read()
                span, _, total = self.headers["Content-Range"].removeprefix("bytes ").partition("/")
                storage.asked.append(("part", {"span": [span]}))
                if total == "*":
                    self._answer(308, {}, range=f"bytes=0-{span.partition('-')[2]}")
                else:
                    self._refuse()

            def _refuse(self) -> None:
                self._answer(status, {"error": {"code": status, "message": "conditionNotMet"}})

            def _read(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))

            def _answer(self, code: int, body: object, **headers: str) -> None:
                content = json.dumps(body).encode()
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def upload(storage: CloudStorage) -> None:
    """An object in two parts, if it is not there yet."""
    os.environ["STORAGE_EMULATOR_HOST"] = storage.url
    store = StorageObjects("audio", project="test")

    def parts() -> Iterator[bytes]:
        for _ in range(9):
            yield b"x" * MIB

    try:
        store.write("uploads/demo/long.wav", parts(), if_absent=True)
    finally:
        store.close()


@pytest.mark.parametrize("refuse_at", ["begin", "end"])
def test_an_object_that_another_wrote_meanwhile_is_there_already(refuse_at: str) -> None:
    storage = CloudStorage(refuse_at, 412)
    with pytest.raises(AlreadyExists):
        upload(storage)
    storage.close()

    kind, query = storage.asked[0]
    assert (kind, query["uploadType"], query["ifGenerationMatch"]) == ("begin", ["resumable"], ["0"])


def test_an_upload_that_may_not_be_made_is_a_dependency_that_does_not_answer() -> None:
    storage = CloudStorage("begin", 403)
    with pytest.raises(DependencyUnavailable):
        upload(storage)
    storage.close()
