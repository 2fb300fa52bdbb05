"""What every vendor's stub is served by: a small HTTP server of its own, silent, for as long as a block lasts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StubHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer_json(self, status: int, body: object, headers: Mapping[str, str | None] | None = None) -> None:
        self.answer(status, "application/json", json.dumps(body).encode(), headers)

    def answer(self, status: int, kind: str, content: bytes, headers: Mapping[str, str | None] | None = None) -> None:
        """Headers whose value is None are left out."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Silent: its log would hold numbers."""


@contextmanager
def served(handler: type[StubHandler]) -> Iterator[str]:
    """Its base URL, without a slash, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def form_of(content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """The text fields of a multipart form, and its file."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    form: dict[str, str] = {}
    content = b""
    for part in message.iter_parts():
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        name = str(part.get_param("name", header="content-disposition"))
        if part.get_filename():
            content = payload
        else:
            form[name] = payload.decode().strip()
    return form, content
