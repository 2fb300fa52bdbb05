"""A UzbekVoice on this machine: its wire format, and its misbehaviour. The text is keyed by what the file is."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.local.stub_server import StubHandler, form_of, served

Said = list[tuple[str, int, int, int | None]]
"""(word, start ms, end ms, speaker)."""


def _says_its_hash(form: dict[str, str], content: bytes) -> Said:
    digest = hashlib.sha256(content).hexdigest()
    speaker = 0 if form.get("run_diarization") != "false" else None
    return [(f"so{digest[at]}z", 500 * at, 500 * at + 400, speaker) for at in range(20)]


@dataclass
class Voice:
    """The vendor's account. Each switch holds until it is turned off."""

    key: str = "11111111-2222-3333-4444-555555555555:66666666-7777-8888-9999-000000000000"
    says: Callable[[dict[str, str], bytes], Said] = _says_its_hash
    polls_before_done: int = 1
    submit_status: int = 200
    task_status: int = 200
    retry_after: str | None = None
    refused_languages: tuple[str, ...] = ()
    names_state: bool = False
    """`state` in place of `status`, as newer documents have it."""
    ends_as: str = "SUCCESS"
    is_empty: bool = False
    without_offsets: bool = False
    is_html: bool = False
    submitted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    jobs: dict[str, tuple[Said, list[int]]] = field(default_factory=dict)

    def submit(self, form: dict[str, str], content: bytes) -> dict[str, Any]:
        self.submitted.append((form, content))
        name = f"stt/{uuid.uuid4()}/{uuid.uuid4()}"
        self.jobs[name] = ([] if self.is_empty else self.says(form, content), [0])
        return {"id": name, self._state: "PENDING"}

    def task(self, name: str) -> dict[str, Any] | None:
        if name not in self.jobs:
            return None
        said, polls = self.jobs[name]
        polls[0] += 1
        if polls[0] <= self.polls_before_done:
            return {"id": name, self._state: "STARTED", "progress": 0.4}
        text = " ".join(word for word, *_ in said)
        result: dict[str, Any] = {"text": text, "range": [0, said[-1][2] if said else 0]}
        if not self.without_offsets:
            result["offsets"] = [
                {"word": word, "start": start, "end": end, **({} if who is None else {"speaker": who})}
                for word, start, end, who in said
            ]
        return {"id": name, self._state: self.ends_as, "progress": 1.0, "result": result}

    @property
    def _state(self) -> str:
        return "state" if self.names_state else "status"


@contextmanager
def serving(voice: Voice) -> Iterator[str]:
    """Its base URL, until the block ends."""

    class Handler(StubHandler):
        def do_POST(self) -> None:
            body = self.body()
            if self.headers.get("Authorization") != voice.key:
                self._answer(401, {"detail": "Unauthorized"})
                return
            form, content = form_of(self.headers["Content-Type"], body)
            if voice.submit_status != 200:
                self._answer(voice.submit_status, {"message": "as told"})
            elif form.get("language") in voice.refused_languages:
                self._answer(422, {"detail": "language"})
            elif self.path != "/api/v1/stt" or not content:
                self._answer(400, {"message": "no file"})
            else:
                self._answer(200, voice.submit(form, content))

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if self.headers.get("Authorization") != voice.key:
                self._answer(401, {"detail": "Unauthorized"})
            elif voice.task_status != 200:
                self._answer(voice.task_status, {"message": "as told"})
            else:
                task = voice.task(parse_qs(address.query).get("id", [""])[0])
                self._answer(404 if task is None else 200, task or {"message": "no such task"})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            if voice.is_html:
                self.answer(status, "text/html", b"<html></html>")
            else:
                self.answer_json(status, body, {"Retry-After": voice.retry_after})

    with served(Handler) as url:
        yield url
