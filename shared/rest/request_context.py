"""What happens around every request: its id in the logs and the answer, limits on its body, safe headers, one line

in the access log. Only the route's template is logged, never the path: paths hold ids and secrets.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.ports.clock import Ids
from shared.rest.problems import internal_problem

log = structlog.get_logger(__name__)

REQUEST_ID = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_CLOUD_TRACE = re.compile(r"([0-9a-f]{32})(?:/.*)?")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Of an answer that does not say otherwise itself."""

STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


class RequestContext:
    """The outermost layer of ours: what breaks inside it is answered as a problem and logged with its traceback."""

    def __init__(self, app: ASGIApp, ids: Callable[[], Ids], is_transport_secure: bool) -> None:
        self._app = app
        self._ids = ids
        self._always = dict(SECURITY_HEADERS)
        if is_transport_secure:
            self._always["Strict-Transport-Security"] = STRICT_TRANSPORT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = self._request_id(headers)
        structlog.contextvars.bind_contextvars(
            request_id=request_id, trace_id=trace_of(headers) or request_id, company=None, user=None, call=None
        )
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                answer = MutableHeaders(scope=message)
                answer[REQUEST_ID] = request_id
                for name, value in self._always.items():
                    answer.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            log.exception("request_failed", method=scope["method"], route=_template(scope))
            if status:
                raise  # half an answer is out: only breaking the connection can say that it is not whole
            await internal_problem()(scope, receive, send_with_headers)
        finally:
            log.info(
                "request",
                method=scope["method"],
                route=_template(scope),
                status=status,
                duration_ms=round((time.perf_counter() - began) * 1000),
            )

    def _request_id(self, headers: Headers) -> str:
        given = headers.get(REQUEST_ID, "")
        return given if _REQUEST_ID.fullmatch(given) else self._ids().new()


class BodyLimit:
    """Refuses a body over its address's limit, by its length if it tells, else as soon as it has gone over."""

    def __init__(self, app: ASGIApp, default_bytes: int, bytes_by_path: Mapping[str, int]) -> None:
        self._app = app
        self._default_bytes = default_bytes
        self._bytes_by_path = bytes_by_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._bytes_by_path.get(scope["path"], self._default_bytes)
        length = Headers(scope=scope).get("content-length", "")
        declared = int(length) if length.isascii() and length.isdigit() else 0
        seen = 0

        async def receive_limited() -> Message:
            nonlocal seen
            if declared > limit:
                raise _too_large(limit)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
            return message

        await self._app(scope, receive_limited, send)


def trace_of(headers: Headers) -> str | None:
    """The trace this request belongs to, as W3C or Google Cloud say it."""
    if match := _TRACEPARENT.fullmatch(headers.get("traceparent", "")):
        return match[1]
    if match := _CLOUD_TRACE.fullmatch(headers.get("x-cloud-trace-context", "")):
        return match[1]
    return None


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"at most {limit} bytes")


def _template(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", None) or "none of ours"
