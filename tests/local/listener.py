"""A function's stand-in within the test's own process: remembers every request and answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Heard:
    at: float
    headers: Mapping[str, str]
    body: Any


class Listener:
    def __init__(self, answer: Callable[[Heard], int] = lambda heard: 200) -> None:
        """`answer` says the status; 0 drops the connection."""
        self.heard: list[Heard] = []
        self.answer = answer
        self.answer_headers: Mapping[str, str] = {}
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                listener._serve(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length", 0))
        body = request.rfile.read(length)
        if len(body) < length:
            return  # whoever sent it was killed half-way
        heard = Heard(time.monotonic(), {k.lower(): v for k, v in request.headers.items()}, json.loads(body or b"null"))
        with self._lock:
            self.heard.append(heard)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            status = self.answer(heard)
        finally:
            with self._lock:
                self.at_once -= 1
        if status == 0:
            request.close_connection = True
            return
        request.send_response(status)
        for name, value in self.answer_headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def eventually(holds: Callable[[], object], *, within_s: float = 8.0) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, "it did not become true in time"
        time.sleep(0.01)
