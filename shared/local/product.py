"""The whole product on this machine: functions, recogniser worker, deliveries and demo data, started and stopped."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from shared.local import vendors
from shared.local.delivery import DeliveryService, Pace, QueueLimits, Routes, Schedule
from shared.local.entry_points import ENTRY_POINTS, Kind
from shared.local.processes import Function, Processes, Worker
from shared.local.ringing import ringing
from shared.local.seed import DEMO, Login, seed
from shared.local.surroundings import Surround, Surroundings, bucket_trigger, embedded
from shared.runtime.embedded import QUEUE_FILE
from shared.services.world import QUEUE_RECOGNITION

ROOT = Path(__file__).parents[2]
DATA_DIR = ROOT / ".dialix"
PAGE_DIR = ROOT / "functions" / "api" / "page"
START_PATIENCE_S = 120.0

# What takes minutes in the cloud, where it costs money to look often, may take seconds here.
LOCAL_PACE: Mapping[str, str] = {
    "DIALIX_FIRST_POLL_S": "2",
    "DIALIX_LEASE_S": "120",
    "DIALIX_STEP_DUE_S": "60",
    "DIALIX_MAX_ATTEMPTS": "6",
}
SWEEP_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class Running:
    """A product that answers."""

    url: str
    login: Login
    uploads: Path | None
    """A file dropped here becomes a call of the demo company; None where there is no such folder."""
    processes: Processes | None = None
    """None when another process started it."""


def already_running(data_dir: Path) -> Running | None:
    """The product that works on this folder now, if one does."""
    with suppress(OSError, ValueError, KeyError, httpx.HTTPError):
        said = json.loads((data_dir / "running.json").read_text())
        if httpx.get(f"{said['url']}/v1/health", timeout=2).is_success:
            return Running(said["url"], Login(**said["login"]), Path(said["uploads"]) if said["uploads"] else None)
    return None


@contextmanager
def running(
    data_dir: Path,
    *,
    surround: Surround = embedded,
    port: int | None = None,
    pace: Pace | None = None,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str, str], None] | None = None,
    rings: bool = False,
    has_vendors: bool = False,
) -> Iterator[Running]:
    """Starts everything and ends it with the block; with `rings`, an exchange at which calls come in; with
    `has_vendors`, calls are heard and judged by stubs of vendors in place of this machine's models.

    Raises PortTaken, DidNotStart, AlreadyDelivering."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port = port or _free_port()
    url = f"http://127.0.0.1:{port}"
    secret = _secret(data_dir / "signing-secret")
    functions = [
        Function(
            entry_point=point.name,
            folder=point.folder,
            signature="cloudevent" if point.kind is Kind.CLOUD_EVENT else "http",
            is_asgi=point.kind is Kind.ASGI,
            port=port if point.name == "api" else _free_port(),
        )
        for point in ENTRY_POINTS
    ]
    urls = {each.entry_point: f"http://127.0.0.1:{each.port}" for each in functions}
    with ExitStack() as stack:
        around = stack.enter_context(surround(data_dir, urls, secret, url))
        exchange = stack.enter_context(ringing()) if rings else None
        keys = stack.enter_context(vendors.answering()) if has_vendors else {}
        given = {
            "DIALIX_ENVIRONMENT": "development",
            "DIALIX_DATA_DIR": str(data_dir.resolve()),
            "DIALIX_SIGNING_SECRET": secret,
            "DIALIX_PUBLIC_URL": url,
            **({"DIALIX_PAGE_DIR": str(PAGE_DIR)} if (PAGE_DIR / "index.html").exists() else {}),
            **LOCAL_PACE,
            **around.env,
            **({"DIALIX_ONLINEPBX_URL": exchange.url} if exchange else {}),
            **keys,
            **(env or {}),
        }
        login = seed(around.world, data_dir, **(vendors.NAMES if has_vendors else {}))
        if exchange is not None:
            exchange.connect(around.world, DEMO)
        workers = [Worker("whisper", "shared.local.whisper_worker")]
        with Processes(
            [*functions, *workers], root=ROOT, log_dir=data_dir / "logs", env=given, on_line=on_line
        ) as processes:
            processes.wait_until_ready(START_PATIENCE_S)
            routes = _routes(processes.urls, around)
            with DeliveryService(data_dir / QUEUE_FILE, around.stores, routes, pace=pace), around.delivering():
                said = data_dir / "running.json"
                said.touch(mode=0o600)
                said.write_text(json.dumps({"url": url, "login": asdict(login), "uploads": str(around.uploads or "")}))
                try:
                    yield Running(url, login, around.uploads, processes)
                finally:
                    said.unlink(missing_ok=True)


def _routes(urls: Mapping[str, str], around: Surroundings) -> Routes:
    return Routes(
        urls=urls,
        topics=around.topics,
        queues={QUEUE_RECOGNITION: QueueLimits(concurrent=2)},
        buckets=dict.fromkeys(around.stores, bucket_trigger()),
        schedules=[
            Schedule(job=point.name, entry_point=point.name, every_s=min(SWEEP_EVERY_S, point.every_s))
            for point in ENTRY_POINTS
            if point.every_s is not None
        ],
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
