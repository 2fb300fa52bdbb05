"""What the routes work with, given to them by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import ASGIApp

from shared.services.sign_in import SignIn
from shared.services.world import World


@dataclass(frozen=True, slots=True)
class ApiSettings:
    version: str = "0.1.0"
    is_cookie_secure: bool = True
    """False only where there is no TLS: the embedded world on the loopback."""
    page_directory: Path | None = None
    """The built dashboard; None: the api serves no page."""
    max_upload_bytes: int = 512 * 1024 * 1024
    media_origins: tuple[str, ...] = ()
    """Where signed links of recordings point, when it is not our own origin: `https://storage.googleapis.com`."""
    mounts: Mapping[str, ASGIApp] = field(default_factory=dict)
    """Applications served beside the API, by path prefix: the embedded world's signed links."""


@dataclass(frozen=True, slots=True)
class Api:
    world: World
    sign_in: SignIn
    settings: ApiSettings = field(default_factory=ApiSettings)


async def _api(request: Request) -> Api:
    api = request.app.state.api
    assert isinstance(api, Api)
    return api


GivenApi = Annotated[Api, Depends(_api)]
