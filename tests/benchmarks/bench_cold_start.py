"""From the start of a function's process to its first answer, against a bare function with the same client libraries.

Each is started anew `ROUNDS` times, in turn with the bare one, under functions-framework and on Google's emulators. The
bare one imports the clients when it is loaded and reads one document, as the simplest function would. Medians and
their ratio: the machine is noisy.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.faults.__main__ import started_emulators
from tests.recorded import recorded

ROOT = Path(__file__).parents[2]
ROUNDS = 5

BARE = """
import functions_framework
from google.cloud import firestore, pubsub_v1, storage, tasks_v2
{imports}

@functions_framework.http
def bare(request):
    firestore.Client(project="bench").document("a/b").get()
    return "ok"
"""
ALSO = {"api": "import argon2, fastapi, jwt", "transcribe": "import httpx"}

SETTINGS = {
    "DIALIX_WORLD": "google",
    "DIALIX_PROJECT": "bench",
    "DIALIX_REGION": "europe-west3",
    "DIALIX_AUDIO_BUCKET": "bench-audio",
    "DIALIX_ARTIFACTS_BUCKET": "bench-artifacts",
    "DIALIX_SIGNING_SECRET": "only-for-this-measurement-" * 2,
    "DIALIX_PUBLIC_URL": "https://dialix.example",
}


@dataclass(frozen=True)
class Case:
    folder: str
    target: str
    signature: str
    ask: Callable[[str], httpx.Response]
    answers: int


def delivered(name: str, **data: str) -> Callable[[str], httpx.Response]:
    headers, body = recorded(name)
    return lambda url: httpx.post(url, headers=headers, content=json.dumps({**body, **data}), timeout=60)


CASES = (
    Case("transcribe", "transcribe", "cloudevent", delivered("storage_finalised", bucket="bench-audio"), 200),
    Case("analyze", "analyze", "cloudevent", delivered("pubsub_call_transcribed"), 200),
    Case("api", "api", "http", lambda url: httpx.get(f"{url}/v1/health", timeout=60), 200),
    Case(
        "api",
        "api",
        "http",
        lambda url: httpx.post(f"{url}/v1/auth/sign-in", json={"username": "a@b.uz", "password": "x"}, timeout=60),
        401,
    ),
)


def started_to_answered_s(case: Case, source: Path, env: Mapping[str, str], log: Path) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "functions_framework", f"--source={source}", f"--target={case.target}"),
                *(f"--signature-type={case.signature}", "--host=127.0.0.1", f"--port={port}"),
            ],
            cwd=source.parent,
            env={**os.environ, **env},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        while True:
            try:
                answer = case.ask(f"http://127.0.0.1:{port}")
            except httpx.ConnectError:
                if process.poll() is not None:
                    raise SystemExit(log.read_text()) from None
                time.sleep(0.005)
                continue
            if answer.status_code != case.answers:
                raise SystemExit(f"{answer.status_code}: {answer.text}\n{log.read_text()}")
            return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    print(f"{'function':<12} {'first':<32} {'ours':>7} {'bare':>7} {'ratio':>6}   medians of {ROUNDS}, seconds")
    with tempfile.TemporaryDirectory(prefix="dialix-cold-") as temporary, started_emulators(Path(temporary)):
        folder = Path(temporary)
        for number, case in enumerate(CASES):
            bare = folder / f"bare{number}" / "main.py"
            bare.parent.mkdir()
            bare.write_text(BARE.format(imports=ALSO.get(case.folder, "")))
            plain = Case("", "bare", "http", lambda url: httpx.get(url, timeout=60), 200)
            env = {**SETTINGS, "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": temporary}
            asgi = {"FUNCTION_USE_ASGI": "True"} if case.folder == "api" else {}
            ours, theirs = [], []
            for _ in range(ROUNDS):
                source = ROOT / "functions" / case.folder / "main.py"
                ours.append(started_to_answered_s(case, source, {**env, **asgi}, folder / "ours.log"))
                theirs.append(started_to_answered_s(plain, bare, env, folder / "bare.log"))
            mine, other = statistics.median(ours), statistics.median(theirs)
            what = "health" if case.answers == 200 and case.folder == "api" else "a delivery"
            what = "a sign-in refused" if case.answers == 401 else what
            print(f"{case.target:<12} {what:<32} {mine:>7.2f} {other:>7.2f} {mine / other:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
