"""Who asks: the bearer token becomes a viewer, and a viewer sees calls."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.domain.company import Permission
from shared.domain.errors import NotAuthenticated
from shared.rest.dependencies import GivenApi
from shared.services.viewer import Viewer
from shared.services.visible_calls import VisibleCalls

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="access_token",
    bearerFormat="JWT",
    description="From /v1/auth/sign-in, for 15 minutes.",
)


async def _viewer(
    api: GivenApi, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Viewer:
    if credentials is None:
        raise NotAuthenticated("send the access token as Authorization: Bearer …")
    viewer = api.sign_in.viewer(credentials.credentials)
    structlog.contextvars.bind_contextvars(company=viewer.company, user=viewer.user)
    return viewer


SignedInViewer = Annotated[Viewer, Depends(_viewer)]


async def _visible_calls(api: GivenApi, viewer: SignedInViewer) -> VisibleCalls:
    return VisibleCalls(api.world.documents, viewer)


async def _call_writer(viewer: SignedInViewer) -> Viewer:
    viewer.require(Permission.CALLS_WRITE)
    return viewer


async def _call_listener(viewer: SignedInViewer) -> Viewer:
    viewer.require(Permission.CALLS_LISTEN)
    return viewer


async def _integrator(viewer: SignedInViewer) -> Viewer:
    viewer.require(Permission.INTEGRATIONS_MANAGE)
    return viewer


async def _checklist_reader(viewer: SignedInViewer) -> Viewer:
    viewer.require(Permission.CHECKLISTS_READ)
    return viewer


GivenCalls = Annotated[VisibleCalls, Depends(_visible_calls)]
CallWriter = Annotated[Viewer, Depends(_call_writer)]
CallListener = Annotated[Viewer, Depends(_call_listener)]
Integrator = Annotated[Viewer, Depends(_integrator)]
ChecklistReader = Annotated[Viewer, Depends(_checklist_reader)]
