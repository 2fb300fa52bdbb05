"""The HTTP API as one application; `build_app` is the only thing the composition root needs from here."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.responses import HTMLResponse

from shared.rest import problems
from shared.rest.dependencies import Api
from shared.rest.docs import POLICY, documentation
from shared.rest.page import Page
from shared.rest.problems import Problem
from shared.rest.request_context import BodyLimit, RequestContext
from shared.rest.routes import auth, calls, checklists, health, hooks, integrations
from shared.rest.schemas.calls import RecordingForm, SentTranscript

MAX_BODY_BYTES = 64 * 1024
"""Of every request but an upload."""
MULTIPART_OVERHEAD_BYTES = 64 * 1024

DESCRIPTION = """\
Every call of a call centre: transcribed, judged with evidence, and scored.

Times are ISO 8601 in UTC; `…_ms` are whole milliseconds; money is whole tiyin (1/100 UZS). Lists come in pages: send
`next_cursor` as `cursor`. Errors are `application/problem+json` of one shape; programs read `code` and
`errors[].field`. Every answer has an `X-Request-ID` to name when asking for help."""


def build_app(api: Api) -> FastAPI:
    settings = api.settings
    app = FastAPI(
        title="Dialix",
        version=settings.version,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.api = api
    problems.install(app)
    for area in (health, auth, calls, checklists, integrations, hooks):
        app.include_router(area.router)
    for prefix, mounted in settings.mounts.items():
        app.mount(prefix, mounted)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(documentation(app.openapi()), headers={"Content-Security-Policy": POLICY})

    if settings.page_directory is not None:
        # after every route, so that a wrong method on one of them is still 405
        app.router.default = Page(settings.page_directory, settings.media_origins)
    app.add_middleware(
        BodyLimit,
        default_bytes=MAX_BODY_BYTES,
        bytes_by_path={"/v1/calls": settings.max_upload_bytes + MULTIPART_OVERHEAD_BYTES},
    )
    app.add_middleware(RequestContext, ids=lambda: api.world.ids, is_transport_secure=settings.is_cookie_secure)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        # shapes that no signature mentions: errors, and the body that comes in two content types
        _, extra = models_json_schema(
            [(Problem, "serialization"), (SentTranscript, "validation"), (RecordingForm, "validation")],
            ref_template="#/components/schemas/{model}",
        )
        components = schema.setdefault("components", {}).setdefault("schemas", {})
        for name, definition in extra["$defs"].items():
            components.setdefault(name, definition)
        app.openapi_schema = schema
    return app.openapi_schema
