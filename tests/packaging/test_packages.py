"""What is deployed: its content, its bytes, and that it starts alone, from its own requirements."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.package import ROOT, contents, functions, package
from shared.local.entry_points import ENTRY_POINTS
from tests.recorded import recorded

BUDGET_MB = 6
"""Google takes 100; a package that doubles has taken in something it should not."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    into = tmp_path_factory.mktemp("dist")
    return {function: package(function, into) for function in functions()}


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_a_package_holds_its_main_its_requirements_and_what_is_shared(packages: dict[str, Path]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "shared"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    shared = {
        name for name in tracked if (ROOT / name).is_file() and not name.startswith(("shared/local", "shared/cli"))
    }
    for function, path in packages.items():
        page = {name for name in names(path) if name.startswith("page/")}
        assert set(names(path)) - page == {"main.py", "requirements.txt", *shared}, function
        assert bool(page) == (function == "api"), function


def test_a_package_holds_nothing_but_code_and_the_page(packages: dict[str, Path]) -> None:
    for path in packages.values():
        strange = [
            name
            for name in names(path)
            if name.startswith(("tests/", "samples/", ".", "/"))
            or ".." in name
            or "__pycache__" in name
            or ".env" in name
        ]
        assert strange == []


def test_a_package_stays_small(packages: dict[str, Path]) -> None:
    sizes = {function: path.stat().st_size / 1_000_000 for function, path in packages.items()}
    assert {function: size for function, size in sizes.items() if size > BUDGET_MB} == {}


def test_the_same_tree_gives_the_same_bytes_whenever_it_is_packed(packages: dict[str, Path], tmp_path: Path) -> None:
    for path in (ROOT / "shared").rglob("*.py"):
        os.utime(path)  # as a fresh clone does
    for function, before in packages.items():
        assert package(function, tmp_path).read_bytes() == before.read_bytes(), function


def test_every_function_that_is_called_has_a_package() -> None:
    assert {point.folder for point in ENTRY_POINTS} == set(functions())


def test_nothing_that_is_installed_is_called_as_our_own_packages_are() -> None:
    site = [Path(entry) for entry in sys.path if entry.endswith("site-packages")]
    assert [folder / name for folder in site for name in ("shared", "functions") if (folder / name).exists()] == []


def test_a_file_is_packed_under_the_name_it_is_imported_by() -> None:
    for function in functions():
        for name, path in contents(function):
            assert path.is_file()
            assert path.as_posix().endswith(name)


# -- starts alone ---------------------------------------------------------------------------------------------

SETTINGS = {
    "DIALIX_WORLD": "google",
    "DIALIX_PROJECT": "test-packages",
    "DIALIX_REGION": "europe-west3",
    "DIALIX_AUDIO_BUCKET": "calls-audio",
    "DIALIX_ARTIFACTS_BUCKET": "calls-artifacts",
    "DIALIX_SIGNING_SECRET": "only-for-this-test-" * 3,
    "DIALIX_PUBLIC_URL": "https://dialix.example",
}


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """For each function a Python in which nothing is installed but what its package says, hashes checked."""
    folder = tmp_path_factory.mktemp("environments")
    uv = str(Path(sys.executable).parent / "uv")
    made = {}
    for function in functions():
        home = folder / function
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(home / "bin" / "python"),
             "-r", str(ROOT / "functions" / function / "requirements.txt")],
            check=True,
        )  # fmt: skip
        made[function] = home
    yield made
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(package: Path, home: Path, folder: Path, target: str, signature: str, env: dict[str, str]) -> Iterator[str]:
    """The function's URL: unpacked in a folder of its own, with nothing of this repository within reach."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(home / "bin" / "functions-framework"), f"--target={target}", f"--signature-type={signature}",
             "--host=127.0.0.1", f"--port={port}"],
            cwd=folder, stdout=output, stderr=subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), **SETTINGS, **env},
        )  # fmt: skip
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=1):
                        break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < until, log.read_text()
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


@pytest.mark.slow
@pytest.mark.emulator
@pytest.mark.parametrize(
    ("function", "target", "delivery"),
    [
        ("transcribe", "transcribe", "storage_finalised_foreign_bucket"),
        ("analyze", "analyze", "pubsub_call_transcribed"),
    ],
)
def test_a_package_alone_answers_a_recorded_delivery(
    packages: dict[str, Path],
    environments: dict[str, Path],
    firestore_emulator: str,
    tmp_path: Path,
    function: str,
    target: str,
    delivery: str,
) -> None:
    env = {"FIRESTORE_EMULATOR_HOST": firestore_emulator}
    headers, body = recorded(delivery)
    with started(packages[function], environments[function], tmp_path / "code", target, "cloudevent", env) as url:
        answer = httpx.post(url, headers=headers, content=json.dumps(body), timeout=60)
    assert answer.status_code == 200, answer.text + (tmp_path / "code.log").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "target"), [("transcribe", "transcribe_submit"), ("ingest_pbx", "ingest_pbx_recording")]
)
def test_a_task_of_a_package_alone_that_cannot_be_understood_is_done_with(
    packages: dict[str, Path], environments: dict[str, Path], tmp_path: Path, function: str, target: str
) -> None:
    with started(packages[function], environments[function], tmp_path / "code", target, "http", {}) as url:
        assert httpx.post(url, content=b'{"company": "demo"}', timeout=60).status_code == 204


@pytest.mark.slow
@pytest.mark.emulator
def test_the_apis_package_alone_serves_its_page_and_refuses_a_stranger(
    packages: dict[str, Path], environments: dict[str, Path], firestore_emulator: str, tmp_path: Path
) -> None:
    env = {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "FUNCTION_USE_ASGI": "True",
        "DIALIX_PAGE_DIR": "page",
    }
    with started(packages["api"], environments["api"], tmp_path / "code", "api", "http", env) as url:
        assert httpx.get(f"{url}/v1/health", timeout=60).json()["status"] == "ok"
        page = httpx.get(url, timeout=60)
        stranger = httpx.post(f"{url}/v1/auth/sign-in", json={"username": "a@b.uz", "password": "wrong"}, timeout=60)
    assert "text/html" in page.headers["content-type"]
    assert stranger.status_code == 401, stranger.text


@pytest.mark.slow
@pytest.mark.parametrize("function", functions())
def test_an_unpacked_function_imports_its_own_shared(
    packages: dict[str, Path], environments: dict[str, Path], tmp_path: Path, function: str
) -> None:
    """A distribution called `shared` exists, and the framework puts our folder last on the path."""
    with zipfile.ZipFile(packages[function]) as archive:
        archive.extractall(tmp_path)
    asked = (
        "import functions_framework\n"
        f"functions_framework.create_app('{function}', {str(tmp_path / 'main.py')!r}, 'http')\n"
        "import shared\n"
        "print(shared.__file__)"
    )
    ran = subprocess.run(
        [str(environments[function] / "bin" / "python"), "-I", "-c", asked],
        cwd="/", capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert Path(ran.stdout.strip()).is_relative_to(tmp_path)
