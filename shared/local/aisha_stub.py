"""An Aisha on this machine: its wire format, and its misbehaviour. The text is keyed by what the file is."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.local.stub_server import StubHandler, form_of, served

Said = list[tuple[str, float, float, str]]
"""(text, start s, end s, speaker)."""


def _says_its_hash(form: dict[str, str], content: bytes) -> Said:
    digest = hashlib.sha256(content).hexdigest()
    return [(f"gap {digest[at : at + 6]}", 2.0 * at, 2.0 * at + 1.5, f"SPEAKER_0{at % 2}") for at in range(4)]


@dataclass
class Account:
    """Each switch holds until it is turned off."""

    key: str = "aisha-local"
    says: Callable[[dict[str, str], bytes], Said] = _says_its_hash
    polls_before_done: int = 1
    submit_status: int = 200
    task_status: int = 200
    ends_as: str = "SUCCESS"
    is_empty: bool = False
    without_diarization: bool = False
    is_html: bool = False
    submitted: list[dict[str, str]] = field(default_factory=list)
    jobs: dict[str, tuple[Said, list[int]]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(184))

    def submit(self, form: dict[str, str], content: bytes) -> dict[str, Any]:
        number = next(self.numbers)
        self.submitted.append(form)
        self.jobs[str(number)] = ([] if self.is_empty else self.says(form, content), [0])
        return {"id": number, "task_id": f"task-{number}", "status": "PENDING"}

    def job(self, number: str) -> dict[str, Any] | None:
        if number not in self.jobs:
            return None
        said, polls = self.jobs[number]
        polls[0] += 1
        if polls[0] <= self.polls_before_done:
            return {"id": int(number), "status": "PENDING"}
        told: dict[str, Any] = {"id": int(number), "status": self.ends_as, "duration": 10.0}
        told["transcript"] = " ".join(text for text, *_ in said)
        if not self.without_diarization:
            told["diarization"] = [
                {"speaker": speaker, "start": start, "end": end, "text": text} for text, start, end, speaker in said
            ]
        return told


@contextmanager
def serving(account: Account) -> Iterator[str]:
    """Its base URL, until the block ends."""

    class Handler(StubHandler):
        def do_POST(self) -> None:
            body = self.body()
            if self.headers.get("X-Api-Key") != account.key:
                self._answer(401, {"detail": "Unauthorized"})
            elif account.submit_status != 200:
                self._answer(account.submit_status, {"detail": "as told"})
            elif self.path != "/api/v2/stt/post/":
                self._answer(404, {"detail": "Not found."})
            else:
                self._answer(200, account.submit(*form_of(self.headers["Content-Type"], body)))

        def do_GET(self) -> None:
            if self.headers.get("X-Api-Key") != account.key:
                self._answer(401, {"detail": "Unauthorized"})
            elif account.task_status != 200:
                self._answer(account.task_status, {"detail": "as told"})
            else:
                found = account.job(self.path.removeprefix("/api/v2/stt/get/").strip("/"))
                self._answer(404 if found is None else 200, found or {"detail": "Not found."})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            if account.is_html:
                self.answer(status, "text/html", b"<html></html>")
            else:
                self.answer_json(status, body)

    with served(Handler) as url:
        yield url
