"""Hooks that vendors call. Each is a hint: known by its address, noted, and answered at once; no body is read."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from shared.rest.dependencies import GivenApi
from shared.rest.problems import documented
from shared.services.hear_hook import hear_hook, hear_pbx_hook

router = APIRouter(prefix="/v1/hooks", tags=["hooks"])


@router.post(
    "/pbx/{token}",
    status_code=HTTPStatus.ACCEPTED,
    response_class=Response,
    responses={202: {"description": "Noted."}, **documented(404, 503)},
)
def pbx_hook(token: Annotated[str, Path(max_length=500)], api: GivenApi) -> Response:
    """An exchange tells that something happened to a call; we then read its history ourselves."""
    hear_pbx_hook(token, api.world)
    return Response(status_code=HTTPStatus.ACCEPTED)


@router.post(
    "/recognizers/{token}",
    status_code=HTTPStatus.ACCEPTED,
    response_class=Response,
    responses={202: {"description": "Noted."}, **documented(404, 503)},
)
def recognizer_hook(token: Annotated[str, Path(max_length=500)], api: GivenApi) -> Response:
    """A speech vendor tells that a job is done; we then ask for it ourselves."""
    hear_hook(token, api.world)
    return Response(status_code=HTTPStatus.ACCEPTED)
