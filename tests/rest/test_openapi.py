"""Whatever the API's own OpenAPI allows is asked of it, and every answer must be one that it describes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from shared.local.onlinepbx_stub import Account, OnlinePBXStub, serving
from tests.archive_server import serving_archives
from tests.rest.door import Door, a_door, a_recorded_call, a_transcript

DESCRIBED = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    (path, method)
    for path, methods in DESCRIBED["paths"].items()
    for method in methods
    if method in ("get", "post", "put", "patch", "delete")
]
ASKED = 25
"""Examples of each operation by each kind of user."""

Asked: TypeAlias = "schemathesis.Case[Any]"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    with serving(OnlinePBXStub(Account())) as exchange, serving_archives() as archives, a_door(folder) as door:
        door.world.pbx_url = exchange
        door.world.archive_url = archives
        door.as_user("company_admin@namuna").post("/v1/calls", json=a_transcript())
        a_recorded_call(door, 1)
        yield door


@pytest.fixture(scope="module")
def headers(furnished: Door) -> dict[str, dict[str, str]]:
    """By kind of user; signed in once, for an example may sign out of all there is."""
    tokens = {role: furnished.access_token(f"{role}@namuna") for role in ("company_admin", "operator")}
    furnished.client.cookies.clear()
    return {"stranger": {}} | {role: {"Authorization": f"Bearer {token}"} for role, token in tokens.items()}


@pytest.fixture(scope="module")
def schema(furnished: Door) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", furnished.app)


@pytest.mark.parametrize("who", ["stranger", "company_admin", "operator"])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_one_that_is_described(
    schema: Any, headers: dict[str, dict[str, str]], path: str, method: str, who: str
) -> None:
    @settings(max_examples=ASKED, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method.upper()].as_strategy())
    def asked(case: Asked) -> None:
        # what cannot be said in a schema (a cursor of ours, a call that stands as it was seen) is refused too
        case.call_and_validate(headers=headers[who], excluded_checks=[positive_data_acceptance])

    asked()
