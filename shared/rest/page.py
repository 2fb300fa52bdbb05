"""The dashboard: built files from a folder, and its one document for every address that is the page's own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATED = "no-cache"
_NOT_THE_PAGES = ("v1/", "v1", "docs", "openapi.json")


class Page(StaticFiles):
    def __init__(self, directory: Path, media_origins: tuple[str, ...]) -> None:
        super().__init__(directory=directory)
        self._policy = content_security_policy(media_origins)

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == "." or path in _NOT_THE_PAGES or path.startswith("v1" + os.sep):
            path = "index.html" if path == "." else "\0"
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or not _is_address(path):
                raise
            path = "index.html"
            response = await super().get_response(path, scope)
        is_hashed = path.startswith("assets" + os.sep) and _HASHED.search(path) is not None
        response.headers["Cache-Control"] = _IMMUTABLE if is_hashed else _REVALIDATED
        response.headers["Content-Security-Policy"] = self._policy
        return response


def content_security_policy(media_origins: tuple[str, ...]) -> str:
    """Our own scripts alone; sound also from where the recordings lie. Styles may be inline: the player and the

    charts place what they draw so, and none of it comes from data.
    """
    media = " ".join(("'self'", *media_origins))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src {media}",
            f"media-src {media} blob:",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _is_address(path: str) -> bool:
    """An address of the page's own, such as calls/abc: a file that is missing has an extension."""
    return "\0" not in path and "." not in path.rpartition(os.sep)[2]
