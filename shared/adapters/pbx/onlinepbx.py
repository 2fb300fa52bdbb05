"""OnlinePBX (onlinepbx.ru, onpbx.uz): every answer is HTTP 200, and the envelope says what came of it.

One session key serves all of an account's workers: asking for a new one ends the old, so it is kept by `session` and
replaced only when it is refused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from shared.domain.call import Direction
from shared.domain.errors import (
    DependencyUnavailable,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    RateLimited,
)
from shared.domain.pbx import PBXCall, PBXOperator, slices
from shared.domain.phone import e164
from shared.ports.pbx import SessionKeeper

log = structlog.get_logger(__name__)

LONGEST = timedelta(days=1)
"""Of one question: over a week is cut to the last one without a word, and nobody knows how many rows are the most."""

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_TRIES = 5
"""Of an INTERNAL, which every fifth question may meet."""
_FIRST_PAUSE_S = 1.0
_LEAST_BETWEEN_S = 0.4
_CHUNK_BYTES = 256 * 1024
_LONGEST_EXTENSION = 6
_DIRECTIONS = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND, "local": Direction.INTERNAL}


class _Row(BaseModel):
    """What is used of a history row; the exchange gives numbers as strings at times, and strings as numbers."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    uuid: str
    start_stamp: int
    end_stamp: int | None = None
    duration: int = 0
    user_talk_time: int = 0
    accountcode: str = ""
    caller_id_number: str = ""
    destination_number: str = ""
    events: list[dict[str, Any]] = []

    @field_validator("events", mode="before")
    @classmethod
    def _no_events(cls, events: Any) -> Any:
        return events or []


class OnlinePBX:
    """`PBX`. `domain` is the account's, such as pbx1234.onpbx.ru."""

    def __init__(
        self,
        domain: str,
        api_key: str,
        session: SessionKeeper,
        *,
        host: str,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._domain = domain
        self._api_key = api_key
        self._session = session
        self._known: str | None = None
        self._host = host.rstrip("/")
        self._pause = pause
        self._http = httpx.Client(timeout=_TIMEOUT, follow_redirects=False)
        self._lock = threading.Lock()
        self._asked_at = 0.0

    def calls(self, since: datetime, until: datetime) -> list[PBXCall]:
        found: dict[str, PBXCall] = {}
        for begin, end in slices(since, until, LONGEST):
            stamps = {"start_stamp_from": str(int(begin.timestamp())), "start_stamp_to": str(int(end.timestamp()))}
            rows = self._ask("mongo_history/search.json", stamps)
            for row in rows if isinstance(rows, list) else ():
                call = _call(row)
                if call is not None and since <= call.started_at < until:
                    found[call.id] = call
        return sorted(found.values(), key=lambda call: (call.started_at, call.id))

    def recording(self, call: str) -> Iterator[bytes]:
        stream = self._stream(self._link(call))
        try:
            first = next(stream, b"")
        except _LinkExpired:
            stream = self._stream(self._link(call))
            try:
                first = next(stream, b"")
            except _LinkExpired as error:
                raise DependencyUnavailable("OnlinePBX: links to recordings are over at once") from error
        return _rejoined(first, stream)

    def operators(self) -> list[PBXOperator]:
        people = self._ask("user/get.json", {"fields": "num,name,enabled"})
        found = {}
        for each in people if isinstance(people, list) else ():
            extension = str(each.get("num") or "")
            if extension:
                is_active = str(each.get("enabled", True)).lower() not in ("false", "0", "")
                name = str(each.get("name") or "").strip() or extension
                found[extension] = PBXOperator(extension=extension, name=name, is_active=is_active)
        return [found[extension] for extension in sorted(found)]

    def close(self) -> None:
        self._http.close()

    # -- the envelope -------------------------------------------------------------------------------------------

    def _ask(self, method: str, data: dict[str, str]) -> Any:
        """`data` of the answer. The session is renewed once; an INTERNAL is asked again after growing pauses."""
        session = self._known or self._session.get() or self._signed_in()
        is_renewed = False
        for attempt in range(_TRIES):
            answer = self._post(method, data, session)
            if answer.get("isNotAuth") or answer.get("errorCode") in ("API_KEY_CHECK_FAILED", "WRONG_AUTH_DATA"):
                if is_renewed:
                    raise NotAuthenticated("OnlinePBX refuses its own session")
                is_renewed, self._known = True, None
                # another worker may have renewed it meanwhile
                kept = self._session.get()
                session = kept if kept is not None and kept != session else self._signed_in()
            elif answer.get("errorCode") == "INTERNAL":
                self._pause(_FIRST_PAUSE_S * 2**attempt)
            else:
                self._known = session
                return _data(answer)
        raise _Internal("OnlinePBX: INTERNAL, again and again")

    def _signed_in(self) -> str:
        # without `new`, so that a session that is alive is given again and nobody's ends
        answer = self._post("auth.json", {"auth_key": self._api_key}, None)
        if str(answer.get("status")) != "1" and answer.get("errorCode") not in (
            "INTERNAL",
            "DISABLED_DOMAIN",
            "DOMAIN_NOT_FOUND",
        ):
            raise NotAuthenticated("OnlinePBX refuses the API key")
        data = _data(answer)
        if not isinstance(data, dict) or not data.get("key") or not data.get("key_id"):
            raise DependencyUnavailable("OnlinePBX: a sign-in without a key")
        session = f"{data['key_id']}:{data['key']}"
        self._session.put(session)
        return session

    def _post(self, method: str, data: dict[str, str], session: str | None) -> dict[str, Any]:
        headers = {} if session is None else {"x-pbx-authentication": session}
        with self._lock:  # one question at a time, and not too many
            self._pause(max(0.0, self._asked_at + _LEAST_BETWEEN_S - time.monotonic()))
            try:
                answer = self._http.post(f"{self._host}/{self._domain}/{method}", data=data, headers=headers)
            except httpx.HTTPError as error:
                raise DependencyUnavailable(f"OnlinePBX: {type(error).__name__}") from error
            finally:
                self._asked_at = time.monotonic()
        if answer.status_code == 429:
            raise RateLimited("OnlinePBX", _seconds(answer.headers.get("Retry-After")))
        if answer.status_code >= 300:
            raise DependencyUnavailable(f"OnlinePBX: HTTP {answer.status_code}")
        try:
            envelope = answer.json()
        except ValueError as error:
            raise DependencyUnavailable("OnlinePBX: no JSON") from error
        if not isinstance(envelope, dict):
            raise DependencyUnavailable("OnlinePBX: no envelope")
        return envelope

    # -- recordings ---------------------------------------------------------------------------------------------

    def _link(self, call: str) -> str:
        try:
            data = self._ask("mongo_history/search.json", {"uuid": call, "download": "1"})
        except _Internal:
            data = self._ask("mongo_history/search.json", {"uuid_array": call, "download": "1"})
        while isinstance(data, list | dict):
            data = (data[0] if data else "") if isinstance(data, list) else data.get("url", "")
        if not data:
            raise NotFound("OnlinePBX has no recording of the call, or none yet")
        return self._ours(str(data))

    def _ours(self, link: str) -> str:
        """Over TLS like the API itself, and from the exchange alone: a link is somebody else's word."""
        url, base = httpx.URL(link), httpx.URL(self._host)
        if base.scheme == "https":
            url = url.copy_with(scheme="https")
        if url.host != base.host and not url.host.endswith(".onlinepbx.ru"):
            raise DependencyUnavailable("OnlinePBX: a recording from another house")
        return str(url)

    def _stream(self, link: str) -> Iterator[bytes]:
        try:
            with self._http.stream("GET", link) as answer:
                if answer.status_code == 404:
                    raise _LinkExpired
                if answer.status_code != 200:
                    raise DependencyUnavailable(f"OnlinePBX: a recording with HTTP {answer.status_code}")
                if "html" in answer.headers.get("Content-Type", ""):
                    raise DependencyUnavailable("OnlinePBX: a page in place of a recording")
                yield from answer.iter_bytes(_CHUNK_BYTES)
        except httpx.HTTPError as error:
            raise DependencyUnavailable(f"OnlinePBX: {type(error).__name__}") from error


class _Internal(DependencyUnavailable):
    """The exchange's own failure, which some questions meet every time."""


class _LinkExpired(Exception):
    """`KEY_IS_EXPIRED`: a link lives for half an hour."""


def _rejoined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _data(answer: dict[str, Any]) -> Any:
    if str(answer.get("status")) == "1":
        return answer.get("data")
    match answer.get("errorCode"):
        case "DISABLED_DOMAIN":
            raise NotPermitted("the OnlinePBX account is disabled: it is not paid")
        case "DOMAIN_NOT_FOUND":
            raise InvalidInput("domain", "OnlinePBX knows no such domain")
        case _:
            raise DependencyUnavailable(f"OnlinePBX: {answer.get('errorCode') or 'an answer without a status'}")


def _call(row: Any) -> PBXCall | None:
    try:
        read = _Row.model_validate(row)
    except ValidationError as error:
        # never the row itself: it holds numbers
        log.warning("pbx_row_unreadable", field=".".join(map(str, error.errors()[0]["loc"])))
        return None
    direction = _DIRECTIONS.get(read.accountcode)
    ended = read.end_stamp if read.end_stamp is not None else read.start_stamp + read.duration
    caller, called = read.caller_id_number, read.destination_number
    users = [str(each.get("number") or "") for each in read.events if each.get("type") == "user"]
    ours = caller if direction is Direction.OUTBOUND else (users[-1] if users else called)
    theirs = called if direction is Direction.OUTBOUND else caller
    return PBXCall(
        id=read.uuid,
        started_at=datetime.fromtimestamp(read.start_stamp, UTC),
        ended_at=datetime.fromtimestamp(ended, UTC),
        talk_s=max(0, read.user_talk_time),
        direction=direction,
        customer_phone=None if direction is Direction.INTERNAL else _phone(theirs),
        extension=ours if ours.isdigit() and len(ours) <= _LONGEST_EXTENSION else None,
    )


def _phone(text: str) -> str | None:
    try:
        return e164(text)
    except InvalidInput:
        return None


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header is not None else None
    except ValueError:
        return None
