"""An OnlinePBX on this machine: its wire format, and its misbehaviour. For tests, and for `make run` to be rung at.

Where a behaviour is from: section numbers of the vendor's facts (docs/cursed-knowledge.md says which are unverified).
"""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from shared.local.stub_server import StubHandler, served

WEEK_S = 7 * 24 * 3600


@dataclass
class StubCall:
    """A row of the history, and its recording."""

    start_stamp: int
    talk_s: int = 60
    ring_s: int = 8
    accountcode: str = "inbound"
    customer: str = "998900001001"
    extension: str = "101"
    recording: Callable[[], bytes] | None = None
    ready_at: float = 0.0
    """By the wall clock; the recording appears some time after the call."""
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))

    def row(self, number: int) -> dict[str, Any]:
        is_outbound = self.accountcode == "outbound"
        return {
            "uuid": self.uuid,
            "caller_id_name": self.extension if is_outbound else self.customer,
            "caller_id_number": self.extension if is_outbound else self.customer,
            "destination_number": self.customer if is_outbound else "900",
            "from_host": "demo.onpbx.ru",
            "to_host": "demo.onpbx.ru",
            "start_stamp": self.start_stamp,
            "end_stamp": self.start_stamp + self.ring_s + self.talk_s,
            "duration": self.ring_s + self.talk_s,
            "user_talk_time": self.talk_s,
            "hangup_cause": "NORMAL_CLEARING" if self.talk_s else "NO_ANSWER",
            "accountcode": self.accountcode,
            # a string or a number, as it comes (§4)
            "gateway": "998781234567" if number % 2 else 998781234567,
            "quality_score": 0,
            "events": [{"type": "user", "timestamp": self.start_stamp + self.ring_s, "number": self.extension}],
        }


@dataclass
class Account:
    """One customer's exchange. The switches below are how it misbehaves; each holds until it is turned off."""

    domain: str = "demo.onpbx.ru"
    api_key: str = field(default_factory=lambda: secrets.token_hex(16))
    calls: list[StubCall] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    link_lives_s: float = 1800.0
    internal_times: int = 0
    """How many of the next questions are answered INTERNAL (§3)."""
    internal_on_uuid: bool = False
    """A single `uuid` is INTERNAL, and `uuid_array` is not (§5)."""
    is_disabled: bool = False
    http_status: int = 200
    is_html: bool = False
    retry_after: str | None = None
    answers_in_s: float = 0.0
    link_variant: str = "string"
    """`string`, `list`, `url` or `empty list` where there is none (§5)."""
    cuts_recordings: bool = False
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sessions: int = 0
    session: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    links: dict[str, tuple[StubCall, float]] = field(default_factory=dict)

    def drop_session(self) -> None:
        """As after three days, or when somebody signed in with `new=true`."""
        self.session = None


class OnlinePBXStub:
    def __init__(self, *accounts: Account) -> None:
        self.accounts = {account.domain: account for account in accounts}
        self.url = ""

    def answer(self, path: str, form: dict[str, str], session: str | None) -> dict[str, Any]:
        domain, _, method = path.strip("/").partition("/")
        account = self.accounts.get(domain)
        if account is None:
            return _refused("DOMAIN_NOT_FOUND", "domain not found")
        with account.lock:
            account.asked.append((method, form))
            if account.is_disabled:
                return _refused("DISABLED_DOMAIN", "domain is disabled")
            if method == "auth.json":
                return self._auth(account, form)
            if account.session is None or session != account.session:
                return {**_refused("API_KEY_CHECK_FAILED", "not authorized: api keys not found"), "isNotAuth": True}
            if account.internal_times > 0:
                account.internal_times -= 1
                return _refused("INTERNAL", "internal error")
            match method:
                case "mongo_history/search.json":
                    return self._history(account, form)
                case "user/get.json":
                    return _done(account.people)
                case _:
                    return _refused("METHOD_NOT_FOUND", method)

    def _auth(self, account: Account, form: dict[str, str]) -> dict[str, Any]:
        if form.get("auth_key") != account.api_key:
            return _refused("WRONG_AUTH_DATA", "wrong auth_key")
        is_new = account.session is None or form.get("new") == "true"
        if is_new:
            account.sessions += 1
            account.session = f"{secrets.token_hex(32)}:{secrets.token_hex(40)}"
        assert account.session is not None
        key_id, _, key = account.session.partition(":")
        return _done({"key": key, "key_id": key_id, "new": int(is_new)})

    def _history(self, account: Account, form: dict[str, str]) -> dict[str, Any]:
        if form.get("download") == "1":
            return self._download(account, form)
        if not form:
            return _refused("BAD_REQUEST", "at least one filter")
        if "uuid" in form:
            return _done([call.row(0) for call in account.calls if call.uuid == form["uuid"]])
        until = int(form.get("start_stamp_to", time.time()))
        since = max(int(form.get("start_stamp_from", 0)), until - WEEK_S)  # only the last week, without a word (§4)
        found = [call for call in account.calls if since <= call.start_stamp <= until]
        return _done([call.row(number) for number, call in enumerate(reversed(found))])

    def _download(self, account: Account, form: dict[str, str]) -> dict[str, Any]:
        if "uuid" in form and account.internal_on_uuid:
            return _refused("INTERNAL", "internal error")
        wanted = form.get("uuid") or form.get("uuid_array", "")
        call = next((each for each in account.calls if each.uuid == wanted), None)
        if call is None or call.recording is None:
            return _done([])
        if time.time() < call.ready_at:
            return _done("")
        key = secrets.token_hex(40)
        account.links[key] = (call, time.monotonic() + account.link_lives_s)
        url = f"{self.url}/calls-records/download/{key}/rec.mp3"
        return _done({"list": [url], "url": {"url": url}, "empty list": []}.get(account.link_variant, url))

    def recording(self, key: str) -> tuple[Account, bytes] | None:
        """None for a link that is over."""
        for account in self.accounts.values():
            if key in account.links:
                call, until = account.links[key]
                if time.monotonic() < until and call.recording is not None:
                    return account, call.recording()
        return None


def _done(data: Any) -> dict[str, Any]:
    return {"status": "1", "data": data, "comment": ""}


def _refused(code: str, comment: str) -> dict[str, Any]:
    return {"status": "0", "comment": comment, "errorCode": code}


@contextmanager
def serving(stub: OnlinePBXStub) -> Iterator[str]:
    """Its base URL, until the block ends."""

    class Handler(StubHandler):
        def do_POST(self) -> None:
            form = {name: values[-1] for name, values in parse_qs(self.body().decode(), keep_blank_values=True).items()}
            account = stub.accounts.get(self.path.strip("/").partition("/")[0])
            if account is not None:
                time.sleep(account.answers_in_s)
                if account.is_html or account.http_status != 200:
                    content = b"<html><body>Bad Gateway</body></html>" if account.is_html else b""
                    self.answer(account.http_status, "text/html", content, {"Retry-After": account.retry_after})
                    return
            self.answer_json(200, stub.answer(self.path, form, self.headers.get("x-pbx-authentication")))

        def do_GET(self) -> None:
            parts = self.path.strip("/").split("/")
            found = stub.recording(parts[2]) if parts[:2] == ["calls-records", "download"] and len(parts) == 4 else None
            if found is None:
                self.answer(404, "text/plain", b"KEY_IS_EXPIRED")
                return
            account, content = found
            self.send_response(200)
            self.send_header("Content-Type", "audio/mpeg")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if account.cuts_recordings else content)
            self.close_connection = account.cuts_recordings

    with served(Handler) as url:
        stub.url = url
        yield url
