"""The only public door: the REST API, the hooks vendors call, and the dashboard's page."""

from typing import Any

from functions_framework import aio
from starlette.requests import Request

from shared.runtime.api import application


@aio.http
async def api(request: Request) -> Any:
    return application()
