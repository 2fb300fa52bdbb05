"""Signed links without a key file: what is asked of the metadata server and of IAM, by a recorded transport."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from google.auth.compute_engine import credentials as compute_engine

from shared.adapters.gcp.link_signer import LinkSigner
from shared.adapters.gcp.storage_objects import StorageObjects
from shared.domain.errors import DependencyUnavailable

EMAIL = "dialix-api@dialix-prod.iam.gserviceaccount.com"


class Answer:
    def __init__(self, status: int, body: object, content_type: str = "application/json") -> None:
        self.status = status
        self.data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.headers = {"content-type": content_type, "metadata-flavor": "Google"}


class Google:
    """The metadata server and IAM, as google.auth's transport; tokens are good for `lifetime_s`."""

    def __init__(self, *, lifetime_s: int = 3600, iam_status: int = 200) -> None:
        self.asked: list[tuple[str, str, Mapping[str, str], bytes | None]] = []
        self._lifetime_s = lifetime_s
        self._iam_status = iam_status

    def __call__(self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any) -> Answer:
        self.asked.append((method, url, dict(headers or {}), body))
        if "signBlob" in url:
            if self._iam_status != 200:
                return Answer(self._iam_status, {"error": {"message": "Permission denied"}})
            return Answer(200, {"keyId": "k", "signedBlob": base64.b64encode(b"\x01\x02signed").decode()})
        if "universe" in url:
            return Answer(200, "googleapis.com", "text/plain")
        if "/token" in url:
            number = sum("/token" in each[1] for each in self.asked)
            return Answer(200, {"access_token": f"token-{number}", "expires_in": self._lifetime_s})
        return Answer(200, {"email": EMAIL, "aliases": ["default"], "scopes": []})

    def signatures(self) -> list[tuple[str, str, Mapping[str, str], bytes | None]]:
        return [each for each in self.asked if "signBlob" in each[1]]


@pytest.fixture(autouse=True)
def on_google(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a function: Google's default credentials are the metadata server's, and no emulator is named."""
    made: Any = compute_engine.Credentials
    monkeypatch.setattr("google.auth.default", lambda **_: (made(universe_domain="googleapis.com"), "dialix-prod"))
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    return iter((None,))


def linked(google: Google, *, service_account: str | None = None) -> str:
    signer = LinkSigner(service_account, transport=lambda: google)
    store = StorageObjects("dialix-audio", project="dialix-prod", signer=signer)
    return store.signed_link("uploads/demo/қўнғироқ 1.wav", expires_in=timedelta(minutes=10), download_name="a.wav")


def test_a_link_is_signed_by_iam_in_the_name_of_the_account_the_function_runs_as() -> None:
    google = Google()
    link = linked(google)

    (signature,) = google.signatures()
    method, url, headers, body = signature
    assert (method, f"/serviceAccounts/{EMAIL}:signBlob" in url) == ("POST", True)
    assert headers["authorization"] == "Bearer token-1"
    assert body is not None
    text = base64.b64decode(json.loads(body)["payload"]).decode()
    assert text.startswith("GOOG4-RSA-SHA256\n")
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert urlsplit(link).path.startswith("/dialix-audio/uploads/demo/")
    assert query["X-Goog-Expires"] == "600"
    assert query["X-Goog-Credential"].startswith(EMAIL + "/")
    assert query["X-Goog-Signature"] == b"\x01\x02signed".hex()
    assert query["response-content-disposition"].startswith("attachment")


def test_a_link_may_be_signed_in_the_name_of_another_account() -> None:
    google = Google()
    linked(google, service_account="links@dialix-prod.iam.gserviceaccount.com")

    assert "/serviceAccounts/links@dialix-prod.iam.gserviceaccount.com:signBlob" in google.signatures()[0][1]


def test_a_token_that_ran_out_is_refreshed_before_the_next_signature() -> None:
    google = Google(lifetime_s=1)  # within the SDK's own safety margin: never valid
    signer = LinkSigner(transport=lambda: google)
    store = StorageObjects("dialix-audio", project="dialix-prod", signer=signer)
    for _ in range(2):
        store.signed_link("a.wav", expires_in=timedelta(minutes=1))

    tokens = [headers["authorization"] for _, _, headers, _ in google.signatures()]
    assert len(set(tokens)) == 2


def test_an_account_that_may_not_sign_is_a_dependency_that_does_not_answer() -> None:
    with pytest.raises(DependencyUnavailable) as raised:
        linked(Google(iam_status=403))

    assert "token" not in str(raised.value)


@pytest.mark.parametrize("expires_in", [timedelta(0), timedelta(days=7, seconds=1)])
def test_a_link_for_no_time_or_longer_than_google_allows_is_refused(expires_in: timedelta) -> None:
    store = StorageObjects("dialix-audio", project="dialix-prod", signer=LinkSigner(transport=Google))
    with pytest.raises(ValueError, match="seven days"):
        store.signed_link("a.wav", expires_in=expires_in)
