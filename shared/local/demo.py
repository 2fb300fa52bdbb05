"""The samples through the pipeline, by the API alone: each step as it happens, and a table of what came of each."""

from __future__ import annotations

import json
import mimetypes
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from shared.local.seed import SAMPLES, Login

PATIENCE_S = 15 * 60
FINAL = frozenset({"analyzed", "skipped", "failed"})
NO_EXPECTATION = "any"
AUDIO_SUFFIXES = frozenset({".wav", ".mp3", ".ogg", ".m4a"})


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to send and where its call should end: `analyzed`, `skipped`, `failed`, or "any"."""

    path: Path
    expected_stage: str
    expected_reason: str | None = None

    @property
    def is_transcript(self) -> bool:
        return self.path.suffix == ".json"


@dataclass(slots=True)
class Sent:
    """A sample on its way."""

    sample: Sample
    call: str
    was_done: bool
    seen: str
    started_s: float
    took_s: float | None = None
    row: dict[str, Any] | None = None

    @property
    def is_as_expected(self) -> bool:
        if self.row is None:
            return False
        stage = self.row["stage"]
        return (
            stage in FINAL
            and self.sample.expected_stage in (stage, NO_EXPECTATION)
            and self.sample.expected_reason in (None, self.row["reason"])
        )


def all_samples() -> list[Sample]:
    """Every recording and dialogue under samples/, with what its own description expects of it."""
    return [*_recordings(), *_dialogues()]


def _recordings() -> Iterator[Sample]:
    for path in sorted(path for path in SAMPLES.iterdir() if path.suffix in AUDIO_SUFFIXES):
        about = json.loads(path.with_suffix(".json").read_text())
        yield Sample(path, about["stage"], about.get("reason"))


def _dialogues() -> Iterator[Sample]:
    for path in sorted((SAMPLES / "dialogues").glob("*.json")):
        yield Sample(path, json.loads(path.read_text())["expected"]["stage"])


def run_demo(url: str, login: Login, samples: Sequence[Sample], console: Console, ended: Event | None = None) -> bool:
    """True when every call ended as its sample expects; stops waiting when `ended` is set."""
    ended = ended or Event()
    with httpx.Client(base_url=url, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {_sign_in(client, login)}"
        sent = [_send(client, sample, console) for sample in samples]
        _follow(client, sent, login, console, ended)
        if ended.is_set():
            return False
        console.print(_table(sent))
    wrong = [each for each in sent if not each.is_as_expected]
    for each in wrong:
        where = f"{each.row['stage']} {each.row['reason'] or ''}".strip() if each.row else each.seen
        console.print(f"[red]{each.sample.path.name} should be {each.sample.expected_stage}, and is {where}[/red]")
    return not wrong


def _sign_in(client: httpx.Client, login: Login) -> str:
    answer = client.post("/v1/auth/sign-in", json={"username": login.admin, "password": login.password})
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _send(client: httpx.Client, sample: Sample, console: Console) -> Sent:
    # empty files are all alike, and each would be a new call: the key says that this one is the same
    once = {"Idempotency-Key": f"sample-{sample.path.name}-{sample.path.stat().st_size}"}
    if sample.is_transcript:
        body = json.loads(sample.path.read_text())
        body.pop("expected", None)
        answer = client.post("/v1/calls", json=body, headers=once)
    else:
        with sample.path.open("rb") as file:
            kind = mimetypes.guess_type(sample.path.name)[0] or "application/octet-stream"
            answer = client.post("/v1/calls", files={"file": (sample.path.name, file, kind)}, headers=once)
    if answer.is_error:
        raise SystemExit(f"{sample.path.name} was refused: {answer.text}")
    row = answer.json()
    was_done = answer.status_code == httpx.codes.OK and row["stage"] in FINAL
    sent = Sent(sample, row["id"], was_done, row["stage"], time.monotonic())
    if was_done:
        sent.row, sent.took_s = row, 0.0
        console.print(f"{sample.path.name}: already done ({row['stage']})")
    else:
        console.print(f"{sample.path.name}: sent, call {row['id']}")
        sent.row = row
        if sent.seen in FINAL:
            _say(sent, 0.0, console)
    return sent


def _follow(client: httpx.Client, sent: Sequence[Sent], login: Login, console: Console, ended: Event) -> None:
    deadline = time.monotonic() + PATIENCE_S
    signed_in_s = time.monotonic()
    while waiting := [each for each in sent if each.took_s is None]:
        if time.monotonic() > deadline or ended.is_set():
            return
        if time.monotonic() - signed_in_s > 600:
            client.headers["Authorization"] = f"Bearer {_sign_in(client, login)}"
            signed_in_s = time.monotonic()
        for each in waiting:
            row = client.get(f"/v1/calls/{each.call}").raise_for_status().json()
            each.row = row
            elapsed = time.monotonic() - each.started_s
            if row["stage"] != each.seen:
                each.seen = row["stage"]
                _say(each, elapsed, console)
            if row["stage"] in FINAL:
                each.took_s = elapsed
        ended.wait(0.3)


def _say(sent: Sent, elapsed_s: float, console: Console) -> None:
    reason = f" ({sent.row['reason']})" if sent.row and sent.row["reason"] else ""
    console.print(f"{sent.sample.path.name}: {sent.seen}{reason}, {elapsed_s:.1f} s")


def _table(sent: Sequence[Sent]) -> Table:
    table = Table(title="Calls", title_justify="left")
    for column in ("sample", "ended as", "language", "length", "score", "customer", "cost, UZS", "took"):
        table.add_column(column, justify="right" if column in ("length", "score", "cost, UZS", "took") else "left")
    for each in sent:
        row = each.row or {}
        score, sentiment = row.get("score"), row.get("sentiment")
        percent = score["percent"] if score else None
        customer = (sentiment or {}).get("customer")
        ended = " ".join(filter(None, (row.get("stage"), row.get("reason"))))
        table.add_row(
            each.sample.path.name,
            ended if each.is_as_expected else f"[red]{ended}[/red]",
            row.get("language") or "",
            f"{row['duration_ms'] / 1000:.0f} s" if row.get("duration_ms") else "",
            f"{percent}" if percent is not None else "",
            customer["mood"] if customer else "",
            f"{row.get('cost_tiyin', 0) / 100:,.2f}",
            "already done" if each.was_done else f"{each.took_s:.1f} s" if each.took_s is not None else "waiting",
        )
    return table
