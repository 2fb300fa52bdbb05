"""The room every test runs in: no real home, no settings of the user's, nothing left behind for the next test."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from shared.local import emulators
from tests import browsers
from tests.infra import offline

settings.register_profile(
    "dialix",
    deadline=None,  # the machine is shared: a slow example is no bug
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("dialix")

NEEDS: dict[str, Callable[[], str | None]] = {
    "emulator": emulators.missing,
    "browser": browsers.missing,
    "terraform": offline.missing,
}
"""By marker: what the machine lacks for such tests and how to install it, or None when it has everything."""

_SETTINGS_OF_THE_USER = ("DIALIX_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "AWS_", "OPENAI_", "XDG_")
_left_out = pytest.StashKey[dict[str, set[str]]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a user's machine, tests that cannot run are left out, and the summary says so; in CI they fail."""
    left_out: dict[str, set[str]] = defaultdict(set)
    if "CI" not in os.environ:
        for item in items:
            if (lacking := _lacking(item)) is not None:
                left_out[lacking].add(item.path.relative_to(config.rootpath).as_posix())
        deselected = [item for item in items if _lacking(item) is not None]
        if deselected:
            items[:] = [item for item in items if _lacking(item) is None]
            config.hook.pytest_deselected(items=deselected)
    config.stash[_left_out] = left_out


def pytest_runtest_setup(item: pytest.Item) -> None:
    if (lacking := _lacking(item)) is not None:
        pytest.fail(f"CI runs every suite, and {lacking}", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for lacking, suites in config.stash.get(_left_out, {}).items():
        terminalreporter.section("not run on this machine")
        terminalreporter.line(f"{lacking}.")
        for suite in sorted(suites):
            terminalreporter.line(f"  {suite}")


def _lacking(item: pytest.Item) -> str | None:
    return next(
        (lacking for marker, lacks in NEEDS.items() if item.get_closest_marker(marker) and (lacking := lacks())), None
    )


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def hostile_room(home: Path) -> Iterator[None]:
    before = dict(os.environ)
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    for name in before:
        theirs = name.startswith(_SETTINGS_OF_THE_USER) or name.endswith("_EMULATOR_HOST")
        if theirs and not name.startswith("DIALIX_TEST_") and name != emulators.SDK_VARIABLE:
            del os.environ[name]
    os.environ["HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        root.setLevel(level)
        root.handlers[:] = handlers


@pytest.fixture(scope="session")
def firestore_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of an emulator started on first use. Each test takes a project of its own in it."""
    with emulators.firestore(tmp_path_factory.mktemp("firestore") / "emulator.log") as host:
        yield host


@pytest.fixture(scope="session")
def pubsub_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of an emulator started on first use."""
    with emulators.pubsub(tmp_path_factory.mktemp("pubsub") / "emulator.log") as host:
        yield host


@pytest.fixture(scope="session")
def storage_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a fake-gcs-server started on first use. Each test takes a bucket of its own in it."""
    folder = tmp_path_factory.mktemp("storage")
    with emulators.storage(folder / "emulator.log", folder / "objects") as url:
        yield url
