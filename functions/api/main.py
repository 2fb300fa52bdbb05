"""The only public door: the REST API, the hooks vendors call, and the dashboard's page."""

from fastapi import FastAPI
from functions_framework import aio
from shared.runtime.api import application
from starlette.requests import Request


@aio.http
async def api(request: Request) -> FastAPI:
    return application()
