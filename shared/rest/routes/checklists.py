"""Checklists."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from shared.domain.checklist import Checklist
from shared.rest.dependencies import GivenApi
from shared.rest.problems import documented
from shared.rest.security import ChecklistReader
from shared.services.repositories.checklists import Checklists

router = APIRouter(prefix="/v1/checklists", tags=["checklists"])


class ChecklistList(BaseModel):
    items: list[Checklist]


@router.get("", responses=documented(401, 403))
def list_checklists(api: GivenApi, viewer: ChecklistReader) -> ChecklistList:
    """The newest version of each."""
    return ChecklistList(items=Checklists(api.world.documents, viewer.company).all())
