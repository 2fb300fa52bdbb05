"""Integrations: the company's exchange, and who hears its calls."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from fastapi import APIRouter, Response

from shared.domain.call import Stage
from shared.domain.identity import CompanyId
from shared.rest.dependencies import GivenApi
from shared.rest.problems import documented
from shared.rest.schemas.integrations import (
    Backlog,
    NewBackfill,
    NewOnlinePBX,
    NewPBX,
    NewS3Archive,
    PausedPBX,
    PBXView,
    RecognizerHealth,
    Recognizers,
)
from shared.rest.security import Integrator
from shared.services.backfill import begin_backfill, pause_backfill
from shared.services.connect_pbx import ConnectPBX, connect_pbx
from shared.services.coverage import Coverage, coverage
from shared.services.hook_token import pbx_hook_token
from shared.services.repositories.breakers import Breakers
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.repositories.companies import Companies
from shared.services.repositories.integrations import Integrations, PBXIntegration
from shared.services.world import World

router = APIRouter(prefix="/v1/integrations", tags=["integrations"])


@router.put("/pbx", responses=documented(400, 401, 403, 415, 503))
def put_pbx(asked: NewPBX, api: GivenApi, viewer: Integrator) -> PBXView:
    """Connects the exchange, after its credentials were tried. Sent again it changes the key, or begins earlier."""
    command = ConnectPBX(
        company=viewer.company,
        kind=asked.kind,
        domain=asked.domain,
        api_key=_key(asked),
        since=asked.since,
    )
    return _view(connect_pbx(command, api.world), viewer.company, api.world)


@router.get("/pbx", responses=documented(401, 403, 404))
def get_pbx(api: GivenApi, viewer: Integrator) -> PBXView:
    return _view(Integrations(api.world.documents, viewer.company).pbx(), viewer.company, api.world)


@router.patch("/pbx", responses=documented(400, 401, 403, 404, 415))
def pause_pbx(asked: PausedPBX, api: GivenApi, viewer: Integrator) -> PBXView:
    """Stops asking the exchange, or begins again where it stopped."""
    integrations = Integrations(api.world.documents, viewer.company)
    integrations.note_pbx(is_paused=asked.is_paused)
    return _view(integrations.pbx(), viewer.company, api.world)


@router.delete("/pbx", status_code=HTTPStatus.NO_CONTENT, response_class=Response, responses=documented(401, 403))
def delete_pbx(api: GivenApi, viewer: Integrator) -> Response:
    """Forgets the exchange and its credentials; its calls stay."""
    Integrations(api.world.documents, viewer.company).delete_pbx()
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/pbx/coverage", responses=documented(401, 403, 404, 503))
def get_coverage(day: date, api: GivenApi, viewer: Integrator) -> Coverage:
    """Whether every call of that day, in the company's time zone, is here; what is missing is named."""
    return coverage(viewer.company, day, api.world)


def _key(asked: NewOnlinePBX | NewS3Archive) -> str:
    """What the adapter of its kind opens the account with."""
    if isinstance(asked, NewOnlinePBX):
        return asked.api_key.get_secret_value()
    return asked.access.model_dump_json()


def _view(integration: PBXIntegration, company: CompanyId, world: World) -> PBXView:
    base = world.hook_base_url
    token = pbx_hook_token(world.signing_secret, company)
    return PBXView.of(integration, f"{base}/v1/hooks/pbx/{token}" if base is not None else None)


@router.get("/recognizers", responses=documented(401, 403))
def get_recognizers(api: GivenApi, viewer: Integrator) -> Recognizers:
    """How those who hear the company's calls are, and what waits for them."""
    world = api.world
    company = Companies(world.documents).get(viewer.company)
    calls, breakers, now = Calls(world.documents, company.id), Breakers(world.documents), world.clock.now()
    oldest = calls.page(CallFilter(stage=Stage.RECORDED), newest_first=False, limit=1)
    return Recognizers(
        items=[RecognizerHealth.of(name, breakers.find(name), now) for name in company.recognizers],
        backlog=Backlog(
            waiting=calls.count(Stage.RECORDED),
            with_recognizers=calls.count(Stage.TRANSCRIBING),
            max_outstanding=company.max_outstanding,
            oldest=oldest[0].started_at if oldest else None,
        ),
    )


@router.post("/pbx/backfill", responses=documented(400, 401, 403, 404, 415))
def post_backfill(asked: NewBackfill, api: GivenApi, viewer: Integrator) -> PBXView:
    """Has the past read too. Today's calls are not delayed; asked again with the same day it changes nothing."""
    return _view(begin_backfill(viewer.company, asked.since, api.world), viewer.company, api.world)


@router.patch("/pbx/backfill", responses=documented(400, 401, 403, 404, 415))
def patch_backfill(asked: PausedPBX, api: GivenApi, viewer: Integrator) -> PBXView:
    """Pauses it, or lets it go on where it stopped."""
    return _view(pause_backfill(viewer.company, api.world, is_paused=asked.is_paused), viewer.company, api.world)
