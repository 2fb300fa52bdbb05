"""`python -m shared.local run` and `demo`: what `make run` and `make demo` type."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from shared.local.delivery import AlreadyDelivering
from shared.local.demo import NO_EXPECTATION, Sample, all_samples, run_demo
from shared.local.processes import DidNotStart, PortTaken, end_signals
from shared.local.product import DATA_DIR, Running, already_running, running
from shared.local.surroundings import Surround, embedded, emulated
from shared.runtime.logs import configure_logs

WORLDS: dict[str, tuple[Surround, Path]] = {
    "embedded": (embedded, DATA_DIR),
    "emulators": (emulated, DATA_DIR / "emulators"),
}
"""By name: what the product stands in, and the folder it keeps."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m shared.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start the whole product and stay until Ctrl-C")
    run.add_argument("--port", type=int, default=8080)
    run.add_argument("--empty", action="store_true", help="do not send the samples")
    demo = commands.add_parser("demo", help="send the samples, or one file, and print what came of each")
    demo.add_argument("file", nargs="?", type=Path)
    for each in (run, demo):
        each.add_argument("--vendors", action="store_true", help="hear and judge by stubs of vendors, not by models")
        each.add_argument("--data", type=Path, help="the folder everything is kept in")
        each.add_argument("--world", choices=sorted(WORLDS), default="embedded", help="what it stands on")
    chosen = parser.parse_args(arguments)
    surround, folder = WORLDS[chosen.world]
    data = chosen.data or folder
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    try:
        if chosen.command == "run":
            return _run(data, chosen.port, surround, chosen, console)
        return _demo(data, chosen.file, surround, chosen, console)
    except PortTaken as error:
        console.print(f"[red]{error}[/red]\nFor example: make run PORT={chosen.port + 1}")
    except (DidNotStart, AlreadyDelivering) as error:
        console.print(f"[red]{error}[/red]")
    except KeyboardInterrupt:
        console.print("Stopped.")
    return 1


def _run(data: Path, port: int, surround: Surround, chosen: argparse.Namespace, console: Console) -> int:
    known = already_running(data)
    if known is not None:
        console.print(f"It runs already: {known.url}")
        return 1
    with (
        end_signals() as ended,
        _started(data, port, surround, console, rings=True, has_vendors=chosen.vendors) as product,
    ):
        if not chosen.empty and not chosen.vendors and not ended.is_set():
            run_demo(product.url, product.login, all_samples(), console, ended)
        if not ended.is_set():
            console.print(_invitation(product))
        ended.wait()
        console.print("Stopping.")
    return 0


def _demo(data: Path, file: Path | None, surround: Surround, chosen: argparse.Namespace, console: Console) -> int:
    if file is not None and not file.is_file():
        console.print(f"[red]There is no file {file}[/red]")
        return 1
    samples = [Sample(file, NO_EXPECTATION)] if file else all_samples()
    known = already_running(data)
    if known is not None:
        return 0 if run_demo(known.url, known.login, samples, console) else 1
    with end_signals() as ended, _started(data, None, surround, console, has_vendors=chosen.vendors) as product:
        return 0 if run_demo(product.url, product.login, samples, console, ended) else 1


@contextmanager
def _started(
    data: Path,
    port: int | None,
    surround: Surround,
    console: Console,
    *,
    rings: bool = False,
    has_vendors: bool = False,
) -> Iterator[Running]:
    console.print("Starting (logs: " + str(data / "logs") + ")")
    (data / "logs").mkdir(parents=True, exist_ok=True)
    with (data / "logs" / "delivery.log").open("a", buffering=1) as log:
        configure_logs("delivery", "INFO", log)
        with running(data, surround=surround, port=port, rings=rings, has_vendors=has_vendors) as product:
            yield product


def _invitation(product: Running) -> str:
    drop = f"\n  drop a recording into   {product.uploads}" if product.uploads is not None else ""
    return f"""
[bold]Dialix answers at {product.url}[/bold]
  sign in as   {product.login.admin} or {product.login.operator}
  password     {product.login.password}

Try next
  open the address: an exchange rings here, and calls come in by themselves for some minutes
  upload a recording, watch its stage move{drop}
  read the API            {product.url}/docs

Ctrl-C stops everything; the next start goes on with the same data."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
