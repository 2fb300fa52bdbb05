"""The company's exchange over HTTP: who may connect it, what is refused, and that no secret comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from shared.domain.breaker import OPENS_AFTER
from shared.domain.company import Role
from shared.local.onlinepbx_stub import Account, OnlinePBXStub, StubCall, serving
from shared.services.hook_token import hook_token
from shared.services.repositories.breakers import Breakers
from shared.services.repositories.companies import Companies
from shared.services.repositories.integrations import Integrations
from tests.rest.door import BEGONA, NAMUNA, SECRET, Door, assert_problem

PATH = "/v1/integrations/pbx"


@pytest.fixture
def account(door: Door) -> Iterator[Account]:
    account = Account()
    with serving(OnlinePBXStub(account)) as url:
        door.world.pbx_url = url
        door.world.hook_base_url = "https://dialix.example"
        yield account


@pytest.fixture
def admin(door: Door) -> TestClient:
    return door.as_user("company_admin@namuna")


def given(account: Account, **more: Any) -> dict[str, Any]:
    return {"kind": "onlinepbx", "domain": account.domain, "api_key": account.api_key} | more


def test_an_exchange_is_connected_and_shown_without_its_key(door: Door, admin: TestClient, account: Account) -> None:
    answer = admin.put(PATH, json=given(account, since="2026-11-01T00:00:00+05:00"))
    assert answer.status_code == 200, answer.text
    shown = admin.get(PATH)
    assert shown.json() == answer.json()
    assert (shown.json()["domain"], shown.json()["since"]) == (account.domain, "2026-10-31T19:00:00Z")
    assert account.api_key not in shown.text
    (task,) = door.world.tasks.claim("pbx-sync", 10, lease_s=60)
    assert task.entry_point == "ingest_pbx_sync"


def test_a_key_that_the_exchange_refuses_is_named_and_nothing_is_kept(
    door: Door, admin: TestClient, account: Account
) -> None:
    assert_problem(admin.put(PATH, json=given(account, api_key="wrong")), 422, "invalid_input", "api_key")
    assert_problem(admin.put(PATH, json=given(account, domain="nobody.onpbx.ru")), 422, "invalid_input", "domain")
    account.is_disabled = True
    assert_problem(admin.put(PATH, json=given(account)), 422, "invalid_input", "domain")
    assert_problem(admin.get(PATH), 404, "not_found")


def test_an_exchange_that_does_not_answer_is_not_the_admin_s_mistake(admin: TestClient, account: Account) -> None:
    account.http_status = 502
    answer = admin.put(PATH, json=given(account))
    assert_problem(answer, 503, "dependency_unavailable")
    assert account.api_key not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "asterisk"}, "kind"),
        ({"domain": "http://evil.example/x"}, "domain"),
        ({"domain": "../auth"}, "domain"),
        ({"api_key": ""}, "api_key"),
        ({"since": "yesterday"}, "since"),
        ({"host": "http://10.0.0.1"}, "host"),
    ],
)
def test_a_wrong_account_names_its_field(admin: TestClient, account: Account, body: dict[str, Any], field: str) -> None:
    assert_problem(admin.put(PATH, json=given(account, **body)), 422, "invalid_input", field)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OPERATOR, Role.ANALYST])
def test_nobody_but_an_admin_touches_an_exchange(door: Door, account: Account, role: Role) -> None:
    client = door.as_user(f"{role.value}@namuna")
    for answer in (
        client.get(PATH),
        client.put(PATH, json=given(account)),
        client.patch(PATH, json={"is_paused": True}),
        client.delete(PATH),
        client.get(f"{PATH}/coverage?day=2026-11-20"),
    ):
        assert_problem(answer, 403, "not_permitted")


def test_another_company_s_exchange_is_not_seen(door: Door, admin: TestClient, account: Account) -> None:
    admin.put(PATH, json=given(account))
    assert_problem(door.as_user("company_admin@begona").get(PATH), 404, "not_found")


def test_an_exchange_is_paused_resumed_and_forgotten(door: Door, admin: TestClient, account: Account) -> None:
    assert_problem(admin.patch(PATH, json={"is_paused": True}), 404, "not_found")
    admin.put(PATH, json=given(account))
    assert admin.patch(PATH, json={"is_paused": True}).json()["is_paused"] is True
    assert admin.patch(PATH, json={"is_paused": False}).json()["is_paused"] is False
    assert admin.delete(PATH).status_code == 204
    assert_problem(admin.get(PATH), 404, "not_found")
    assert Integrations(door.world.documents, NAMUNA).find_pbx() is None


def test_a_day_s_coverage_names_what_is_missing(door: Door, admin: TestClient, account: Account) -> None:
    admin.put(PATH, json=given(account, since="2026-11-01T00:00:00+05:00"))
    lost = StubCall(int(door.clock.now().timestamp()) - 3600)
    account.calls.append(lost)
    report = admin.get(f"{PATH}/coverage?day=2026-11-20").json()
    assert (report["told"], report["missing"]) == (1, [lost.uuid])
    assert_problem(admin.get(f"{PATH}/coverage?day=soon"), 422, "invalid_input", "day")


# -- the hook ---------------------------------------------------------------------------------------------------


def hook(admin: TestClient) -> str:
    return str(admin.get(PATH).json()["hook_url"]).removeprefix("https://dialix.example")


@pytest.mark.parametrize("body", [b'{"event":"call_end","uuid":"x"}', b"event=call_end&uuid=x", b"", b"\xff"])
def test_a_hint_is_noted_at_once_whatever_it_says_and_plans_one_look(
    door: Door, admin: TestClient, account: Account, body: bytes
) -> None:
    admin.put(PATH, json=given(account))
    address = hook(admin)
    asked = len(account.asked)
    for _ in range(3):
        assert door.client.post(address, content=body).status_code == 202
    assert len(account.asked) == asked
    door.world.tasks.claim("pbx-sync", 10, lease_s=60)
    assert door.world.tasks.backlog() == 2  # the one of the connecting, and one for three hints


def test_an_address_that_we_did_not_make_or_that_leads_nowhere_is_not_there(
    door: Door, admin: TestClient, account: Account
) -> None:
    admin.put(PATH, json=given(account))
    address = hook(admin)
    strangers = (
        address[:-2] + "xx",
        "/v1/hooks/pbx/nothing",
        f"/v1/hooks/pbx/{hook_token(SECRET, NAMUNA, 'call1', 1)}",  # type: ignore[arg-type]
        f"/v1/hooks/pbx/{hook_token(SECRET, BEGONA, 'pbx', 0)}",  # type: ignore[arg-type]
    )
    for stranger in strangers:
        assert_problem(door.client.post(stranger), 404, "not_found")
    admin.delete(PATH)
    assert_problem(door.client.post(address), 404, "not_found")


def test_a_recogniser_that_is_down_is_seen_with_its_reason_and_so_is_what_waits(door: Door, admin: TestClient) -> None:
    companies = Companies(door.world.documents)
    companies.put(companies.get(NAMUNA).model_copy(update={"recognizer": "uzbekvoice", "fallbacks": ("aisha",)}))
    for _ in range(OPENS_AFTER):
        Breakers(door.world.documents).failed("uzbekvoice", door.world.clock.now(), "UzbekVoice: HTTP 503")
    shown = admin.get("/v1/integrations/recognizers")
    assert shown.status_code == 200, shown.text
    down, up = shown.json()["items"]
    assert (down["name"], down["failures"], down["reason"]) == ("uzbekvoice", OPENS_AFTER, "UzbekVoice: HTTP 503")
    assert down["rests_until"] > down["down_since"]
    assert up == {"name": "aisha", "failures": 0, "reason": None, "down_since": None, "rests_until": None}
    assert shown.json()["backlog"]["max_outstanding"] == 50


def test_only_who_manages_integrations_sees_them(door: Door) -> None:
    assert_problem(door.as_user("supervisor@namuna").get("/v1/integrations/recognizers"), 403, "not_permitted")


ARCHIVE = {
    "kind": "s3",
    "domain": "acme-recordings",
    "region": "us-east-1",
    "access_key_id": "AKIALOCAL",
    "secret_access_key": "archive-secret",
}


def test_an_archive_in_a_bucket_is_connected_and_its_key_is_not_shown(admin: TestClient, door: Door) -> None:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        asked = {**ARCHIVE, "endpoint": f"http://{host}:{port}"}
        assert_problem(admin.put(PATH, json=asked), 422, "invalid_input", "domain")  # there is no such bucket yet
        httpx.put(f"http://{host}:{port}/{ARCHIVE['domain']}").raise_for_status()
        shown = admin.put(PATH, json=asked)
        assert shown.status_code == 200, shown.text
        assert (shown.json()["kind"], shown.json()["domain"]) == ("s3", "acme-recordings")
        kept = Integrations(door.world.documents, NAMUNA).pbx()
        assert "archive-secret" not in shown.text + kept.model_dump_json()
        assert_problem(admin.put(PATH, json={**asked, "folder": "{hour}"}), 422, "invalid_input", "folder")
    finally:
        server.stop()


def test_an_archive_without_its_region_is_refused_by_name(admin: TestClient) -> None:
    assert_problem(
        admin.put(PATH, json={k: v for k, v in ARCHIVE.items() if k != "region"}), 422, "invalid_input", "region"
    )


def test_the_past_is_read_on_demand_paused_and_resumed(admin: TestClient, account: Account) -> None:
    path = f"{PATH}/backfill"
    assert_problem(admin.post(path, json={"since": "2026-08-01T00:00:00Z"}), 404, "not_found")
    admin.put(PATH, json=given(account, since="2026-11-01T00:00:00Z"))
    shown = admin.post(path, json={"since": "2026-08-01T00:00:00Z"}).json()["backfill"]
    assert (shown["since"], shown["until"], shown["done_until"], shown["found"]) == (
        "2026-08-01T00:00:00Z",
        "2026-11-01T00:00:00Z",
        "2026-08-01T00:00:00Z",
        0,
    )
    assert admin.patch(path, json={"is_paused": True}).json()["backfill"]["is_paused"]
    assert not admin.patch(path, json={"is_paused": False}).json()["backfill"]["is_paused"]
    assert_problem(admin.post(path, json={"since": "soon"}), 422, "invalid_input", "since")
