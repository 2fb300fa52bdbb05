"""Signed links into the embedded buckets, and the small ASGI application that answers them.

The twin of Cloud Storage's own signed URLs: who holds the link may read one object until it expires. The
composition root mounts the application in the api function, in the embedded world only.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from shared.adapters.content_disposition import attachment
from shared.domain.errors import NotFound
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectStat, ObjectStore

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def object_link(
    base_url: str, key: bytes, *, bucket: str, path: str, expires: int, download_name: str | None = None
) -> str:
    """`expires` is in Unix seconds."""
    query = {"expires": str(expires), "signature": _signature(key, bucket, path, str(expires), download_name)}
    if download_name is not None:
        query["name"] = download_name
    return f"{base_url.rstrip('/')}/{quote(bucket)}/{quote(path, safe='/')}?{urlencode(query)}"


def _signature(key: bytes, bucket: str, path: str, expires: str, download_name: str | None) -> str:
    # no part may hold the separator, else two different links would share a signature
    name = "" if download_name is None else "=" + download_name.replace("\n", " ")
    message = "\n".join(("object-link-v1", bucket, path, expires, name))
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def object_links(stores: Mapping[str, ObjectStore], link_key: bytes, clock: Clock) -> ASGIApp:
    """Serves `/{bucket}/{path}` to whoever holds a valid link; `stores` is keyed by bucket."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    def serve(request: Request) -> Response:
        bucket, path = request.path_params["bucket"], request.path_params["path"]
        given = request.query_params
        expires, name = given.get("expires", ""), given.get("name")
        wanted = _signature(link_key, bucket, path, expires, name)
        is_signed = hmac.compare_digest(wanted.encode(), given.get("signature", "").encode())
        if not is_signed or int(expires) <= clock.now().timestamp():
            return PlainTextResponse("The link is not valid, or not any more.\n", status_code=403)
        store = stores.get(bucket)
        found = store.stat(path) if store else None
        if store is None or found is None:
            return PlainTextResponse("There is no such object.\n", status_code=404)
        return _answer(request, store, found, name)

    return Starlette(routes=[Route("/{bucket}/{path:path}", serve, methods=["GET", "HEAD"])])


def _answer(request: Request, store: ObjectStore, found: ObjectStat, name: str | None) -> Response:
    from starlette.responses import PlainTextResponse, Response, StreamingResponse

    headers = {
        "accept-ranges": "bytes",
        "etag": f'"{found.generation}"',
        "cache-control": "private, no-store",
        # a customer's upload may be a page: it must never run as one of ours
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "content-type": found.content_type,
    }
    if name is not None:
        headers["content-disposition"] = attachment(name)
    asked = request.headers.get("range")
    if request.headers.get("if-range") not in (None, headers["etag"]):
        asked = None
    part = _single_range(asked)
    span = (0, found.size_bytes) if part is None else _span(part, found.size_bytes)
    if span is None:
        headers["content-range"] = f"bytes */{found.size_bytes}"
        del headers["content-type"]
        return PlainTextResponse("There are no such bytes.\n", status_code=416, headers=headers)
    start, end = span
    if part is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{found.size_bytes}"
    headers["content-length"] = str(end - start)
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    try:
        chunks: Iterator[bytes] = store.read(found.path, start=start, end=end, generation=found.generation)
    except NotFound:
        return PlainTextResponse("There is no such object any more.\n", status_code=404)
    return StreamingResponse(chunks, status_code=status, headers=headers)


def _single_range(header: str | None) -> tuple[str, str] | None:
    """First and last byte, one of them perhaps empty; None when it is no range that we read."""
    match = _RANGE.fullmatch(header or "")
    if match is None:
        return None
    first, last = match.groups()
    if (first, last) == ("", "") or (first and last and int(last) < int(first)):
        return None
    return first, last


def _span(asked: tuple[str, str], size: int) -> tuple[int, int] | None:
    """What to send, as [start, end); None when nothing of it exists."""
    first, last = asked
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    return (start, end) if start < end else None
