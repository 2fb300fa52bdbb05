"""The application around the routes: its description, its page, its headers, its log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from shared.rest.dependencies import ApiSettings
from shared.services.hook_token import hook_token
from tests.rest.door import NAMUNA, SECRET, Door, a_call, a_door, a_transcript, assert_problem

SCRIPT = "assets/index-Bx3kT9_a.js"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[TestClient]:
    """A client of an API that serves a built page."""
    files = {"index.html": "<title>Dialix</title>", SCRIPT: "run()", "favicon.svg": "<svg/>"}
    for name, content in files.items():
        path = tmp_path / "page" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (tmp_path / "secret.txt").write_text("secret")
    settings = ApiSettings(page_directory=tmp_path / "page", media_origins=("https://storage.googleapis.com",))
    with a_door(tmp_path, settings) as door:
        yield door.client


# -- the page -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/calls/3f9a1c0b", "/sign-in", "/sign-in?next=/calls/1.2"])
def test_every_address_of_the_page_is_its_one_document(page: TestClient, address: str) -> None:
    answer = page.get(address)

    assert answer.text == "<title>Dialix</title>"
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


def test_a_hashed_file_may_be_kept_for_ever_and_others_are_asked_for_again(page: TestClient) -> None:
    script, icon = page.get(f"/{SCRIPT}"), page.get("/favicon.svg")

    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert icon.headers["cache-control"] == "no-cache"
    assert page.get("/favicon.svg", headers={"If-None-Match": icon.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "address",
    ["/assets/gone-12345678.js", "/robots.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/v1/nothing", "/v1"],
)
def test_a_file_that_is_not_there_is_a_problem_and_not_the_page(page: TestClient, address: str) -> None:
    assert_problem(page.get(address), 404, "not_found")


def test_a_wrong_method_is_still_told_beside_the_page(page: TestClient) -> None:
    assert_problem(page.get("/v1/auth/sign-in"), 405, "method_not_allowed")
    assert_problem(page.post("/calls"), 405, "method_not_allowed")


def test_the_page_runs_its_own_scripts_alone(page: TestClient) -> None:
    policy = dict(part.split(" ", 1) for part in page.get("/").headers["content-security-policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["media-src"] == "'self' https://storage.googleapis.com blob:"
    assert policy["frame-ancestors"] == "'none'"


# -- headers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/v1/health", "/v1/nothing", "/docs", "/openapi.json", "/"])
def test_every_answer_is_guarded(page: TestClient, address: str) -> None:
    headers = page.get(address).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-request-id"]


def test_a_cookie_is_for_tls_alone_unless_told_otherwise(page: TestClient) -> None:
    answer = page.post("/v1/auth/sign-out", headers={"Cookie": "dialix_refresh=x"})

    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(("sent", "is_kept"), [("client-chose-1", True), ("x", False), ("a b c d e f g h", False)])
def test_a_sensible_request_id_is_kept(door: Door, sent: str, is_kept: bool) -> None:
    answer = door.client.get("/v1/health", headers={"X-Request-ID": sent})

    assert (answer.headers["x-request-id"] == sent) is is_kept


# -- the log ------------------------------------------------------------------------------------------------------


def test_the_log_holds_templates_and_no_path_no_token_and_no_phone(door: Door) -> None:
    client = door.as_user("company_admin@namuna")
    call = a_call(door)
    token = hook_token(SECRET, NAMUNA, call.id, 1)

    with capture_logs() as logs:
        client.get(f"/v1/calls/{call.id}/turns?words=true")
        client.post("/v1/calls", json=a_transcript(customer_phone="+998901234567"))
        client.post(f"/v1/hooks/recognizers/{token}")
        client.get("/v1/no/such/4111111111111111")

    assert [(each["route"], each["status"]) for each in logs if each["event"] == "request"] == [
        ("/v1/calls/{call_id}/turns", 200),
        ("/v1/calls", 202),
        ("/v1/hooks/recognizers/{token}", 202),
        ("none of ours", 404),
    ]
    everything = str(logs)
    for secret in (call.id, token, "998901234567", "4111", "Muzlatgich", "Bearer"):
        assert secret not in everything


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("X-Cloud-Trace-Context", "4bf92f3577b34da6a3ce929d0e0e4736/123;o=1"),
    ],
)
def test_the_log_goes_with_the_trace_of_the_request(
    door: Door, header: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    door.client.get("/v1/health", headers={header: value})

    assert "trace_id=4bf92f3577b34da6a3ce929d0e0e4736" in capsys.readouterr().out


# -- the description ----------------------------------------------------------------------------------------------


@pytest.fixture
def described(door: Door) -> dict[str, Any]:
    schema: dict[str, Any] = door.client.get("/openapi.json").json()
    return schema


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield f"{method} {path}", operation


def test_the_description_is_openapi_3_1_and_every_reference_in_it_leads_somewhere(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    names = set(re.findall(r"#/components/schemas/([A-Za-z0-9_]+)", str(described)))
    assert names <= set(described["components"]["schemas"])


def test_every_operation_has_a_name_of_its_own_and_documents_its_refusals(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(described)]
    assert len(names) == len(set(names))
    for where, operation in operations(described):
        for status, answer in operation["responses"].items():
            if status >= "400":
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, where
        assert "422" in operation["responses"], where
        assert ("401" in operation["responses"]) >= bool(operation.get("security")), where


def test_all_but_health_docs_sign_in_and_hooks_need_a_token(described: dict[str, Any]) -> None:
    public = {where for where, operation in operations(described) if not operation.get("security")}

    assert public == {
        "get /v1/health",
        "post /v1/auth/sign-in",
        "post /v1/auth/refresh",
        "post /v1/auth/sign-out",
        "post /v1/hooks/recognizers/{token}",
        "post /v1/hooks/pbx/{token}",
    }


def test_sending_a_call_is_described_for_both_content_types(described: dict[str, Any]) -> None:
    body = described["paths"]["/v1/calls"]["post"]["requestBody"]

    assert set(body["content"]) == {"application/json", "multipart/form-data"}
    assert described["components"]["schemas"]["SentTranscript"]["examples"]


def test_the_documentation_shows_every_operation_and_runs_no_script(door: Door, described: dict[str, Any]) -> None:
    answer = door.client.get("/docs")

    assert answer.headers["content-type"].startswith("text/html")
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    for _, operation in operations(described):
        assert f'id="{operation["operationId"]}"' in answer.text


def test_health_says_the_version(door: Door) -> None:
    assert door.client.get("/v1/health").json() == {"status": "ok", "version": "0.1.0"}
