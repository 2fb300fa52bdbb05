"""Is it there?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from shared.rest.dependencies import GivenApi
from shared.rest.problems import documented

router = APIRouter(prefix="/v1", tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str


@router.get("/health", responses=documented())
def health(api: GivenApi) -> Health:
    """Says that the function answers; it asks no store."""
    return Health(version=api.settings.version)
