"""Google's own emulators, found on this machine and started once per test session."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SDK_SETTING = "DIALIX_TEST_GCLOUD_SDK"
JAVA_MAJOR = 17
START_TIMEOUT_S = 60.0
_JAR = Path("platform", "cloud-firestore-emulator", "cloud-firestore-emulator.jar")
_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


@cache
def missing() -> str | None:
    """What this machine lacks for the emulators and how to install it, or None when they can run."""
    if (java := _java_major()) is None or java < JAVA_MAJOR:
        return f"Java {JAVA_MAJOR} or newer is not on PATH: install it (Debian: apt-get install default-jre-headless)"
    sdk = _sdk()
    if sdk is None:
        return f"the gcloud CLI is not on PATH: install it (cloud.google.com/sdk), or say in {SDK_SETTING} where it is"
    if not (sdk / _JAR).is_file():
        return f"no Firestore emulator in {sdk}: run `gcloud components install cloud-firestore-emulator`"
    return None


@contextlib.contextmanager
def firestore(log: Path) -> Iterator[str]:
    """A running Firestore emulator's `host:port`; it stops on leaving. Its own words go to `log`."""
    sdk = _sdk()
    assert sdk is not None
    port = _free_port()
    command = ["java", "-Xmx512m", "-cp", str(sdk / _JAR), _MAIN, "start", "--host=127.0.0.1", f"--port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        _wait(process, f"http://127.0.0.1:{port}/", log)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the Firestore emulator did not start; it said:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def _sdk() -> Path | None:
    if named := os.environ.get(SDK_SETTING):
        return Path(named)
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        return None
    beside = Path(gcloud).resolve().parents[1]
    if (beside / "platform").is_dir():
        return beside
    # A wrapper script: only gcloud itself knows, and it takes seconds to say.
    told = subprocess.run(
        [gcloud, "info", "--format=value(installation.sdk_root)"], capture_output=True, text=True, check=False
    )
    return Path(told.stdout.strip()) if told.stdout.strip() else None


def _java_major() -> int | None:
    if shutil.which("java") is None:
        return None
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', told.stderr + told.stdout)
    return int(version[1]) if version else None
