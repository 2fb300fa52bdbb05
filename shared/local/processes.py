"""Each entry point in its own process under functions-framework, as Google's buildpack runs it, and workers beside.

One process per entry point is also a matter of correctness: the framework keeps its signature type in the
environment, so two functions in one process serve each other's kind.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

import structlog

from shared.local import guard

log = structlog.get_logger(__name__)

_FIRST_RESTART_S = 0.2
_GREATEST_RESTART_S = 5.0
_STEADY_S = 10.0
_CHECK_EVERY_S = 0.1
_TAIL_LINES = 30
_NOT_INHERITED = ("FUNCTION_TARGET", "FUNCTION_SOURCE", "FUNCTION_SIGNATURE_TYPE", "FUNCTION_USE_ASGI", "PORT", "HOST")


class PortTaken(Exception):
    """Somebody else listens where we were told to."""


class DidNotStart(Exception):
    """A process ended, or does not listen, although it was given time; the message ends with its last lines."""


@dataclass(frozen=True, slots=True)
class Function:
    """An entry point of `functions/<folder>/main.py`. Without a `port` a free one is taken, and kept over restarts."""

    entry_point: str
    folder: str
    signature: Literal["http", "cloudevent"]
    is_asgi: bool = False
    port: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.entry_point


@dataclass(frozen=True, slots=True)
class Worker:
    """`python -m <module> <args>`, without a port."""

    name: str
    module: str
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)


class Processes:
    """Keeps them running until `stop`: one that ends is started again after a growing pause."""

    def __init__(
        self,
        specs: Sequence[Function | Worker],
        *,
        root: Path,
        log_dir: Path,
        env: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        on_line: Callable[[str, str], None] | None = None,
    ) -> None:
        """`root` holds `functions/` and `shared/`. `env` is added to this process's environment, for all of them.

        `on_line` gets (name, line) of all they print, which is kept in `<log_dir>/<name>.log` too.
        """
        self._specs = list(specs)
        self._root = root
        self._log_dir = log_dir
        self._env = dict(env or {})
        self._host = host
        self._on_line = on_line
        self._ports: dict[str, int] = {}
        self._children: list[_Child] = []
        self._stopping, self._spawned = threading.Event(), threading.Event()
        self._supervisor: threading.Thread | None = None
        self._watchdog: subprocess.Popen[str] | None = None
        self._sockets_dir: Path | None = None

    def start(self) -> None:
        """Returns when all are spawned. Raises PortTaken."""
        self._ports = _chosen_ports(self._specs, self._host)
        self._log_dir.mkdir(parents=True, exist_ok=True)
        self._sockets_dir = Path(tempfile.mkdtemp(prefix="dialix-"))
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, "watch", str(self._sockets_dir)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._children = [self._child(spec) for spec in self._specs]
        # All are spawned by this one thread: Linux ends a child when the *thread* that started it ends.
        self._supervisor = threading.Thread(target=self._supervise, name="processes", daemon=True)
        self._supervisor.start()
        self._spawned.wait()

    def url(self, entry_point: str) -> str:
        return f"http://{self._host}:{self._ports[entry_point]}"

    @property
    def urls(self) -> dict[str, str]:
        """By entry point."""
        return {name: self.url(name) for name in self._ports}

    def pid(self, name: str) -> int | None:
        """Of the process that runs now; None between two lives."""
        return next(child.pid for child in self._children if child.name == name)

    def wait_until_ready(self, timeout_s: float = 60.0) -> None:
        """Until every function listens. Raises DidNotStart."""
        until = time.monotonic() + timeout_s
        for child in self._children:
            while not self._is_ready(child):
                if child.ended_early:
                    raise DidNotStart(f"{child.name} ended with {child.ended_early}:\n{child.tail()}")
                if time.monotonic() > until:
                    raise DidNotStart(f"{child.name} does not listen after {timeout_s:g} s:\n{child.tail()}")
                time.sleep(0.02)

    def stop(self, *, grace_s: float = 5.0) -> None:
        """Asks all to end, waits, and ends by force those that stay; their own children go with them."""
        self._stopping.set()
        if self._supervisor is not None:
            for child in self._children:
                child.ask_to_end()
            until = time.monotonic() + grace_s
            for child in self._children:
                child.end(max(0.0, until - time.monotonic()))
            self._supervisor.join()
            self._supervisor = None
        if self._watchdog is not None:
            assert self._watchdog.stdin is not None
            with suppress(BrokenPipeError):
                self._watchdog.stdin.write("done\n")
                self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None
        if self._sockets_dir is not None:
            shutil.rmtree(self._sockets_dir, ignore_errors=True)

    def __enter__(self) -> Processes:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- within -------------------------------------------------------------------------------------------------

    def _child(self, spec: Function | Worker) -> _Child:
        assert self._sockets_dir is not None
        sockets = self._sockets_dir / str(len(list(self._sockets_dir.iterdir())))
        sockets.mkdir()
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        path = os.pathsep.join(filter(None, (str(self._root), inherited.get("PYTHONPATH"))))
        env = {
            **inherited,
            "PYTHONPATH": path,
            "PYTHONUNBUFFERED": "1",
            # gunicorn puts a control socket there; all of ours would share one in the home folder
            "XDG_RUNTIME_DIR": str(sockets),
            **self._env,
            **spec.env,
        }
        if isinstance(spec, Worker):
            command = [sys.executable, "-m", spec.module, *spec.args]
            return _Child(spec.name, command, env, None, self._root, self._log_dir, self._on_line, self._tell_watchdog)
        port = self._ports[spec.entry_point]
        command = [
            *(sys.executable, "-m", "functions_framework"),
            f"--target={spec.entry_point}",
            f"--source={self._root / 'functions' / spec.folder / 'main.py'}",
            f"--signature-type={spec.signature}",
            f"--host={self._host}",
            f"--port={port}",
            *(["--asgi"] if spec.is_asgi else []),
        ]
        env |= {"FUNCTION_TARGET": spec.entry_point, "FUNCTION_SIGNATURE_TYPE": spec.signature, "PORT": str(port)}
        return _Child(spec.name, command, env, port, self._root, self._log_dir, self._on_line, self._tell_watchdog)

    def _supervise(self) -> None:
        for child in self._children:
            child.spawn()
        self._spawned.set()
        while not self._stopping.wait(_CHECK_EVERY_S):
            for child in self._children:
                child.look(self._stopping)
        # This thread stays until the last child is gone, see `start`.
        for child in self._children:
            child.gone.wait()

    def _is_ready(self, child: _Child) -> bool:
        if child.port is None:
            return child.pid is not None
        with suppress(OSError), socket.create_connection((self._host, child.port), timeout=0.5):
            return child.pid is not None
        return False

    def _tell_watchdog(self, text: str) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            with suppress(BrokenPipeError, ValueError):
                self._watchdog.stdin.write(text + "\n")
                self._watchdog.stdin.flush()


class _Child:
    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        port: int | None,
        root: Path,
        log_dir: Path,
        on_line: Callable[[str, str], None] | None,
        tell_watchdog: Callable[[str], None],
    ) -> None:
        self.name = name
        self.port = port
        self.ended_early = ""
        """How it ended when it did so before its first steady seconds, else empty."""
        self.gone = threading.Event()
        self._command = command
        self._env = env
        self._root = root
        self._log_file = log_dir / f"{name}.log"
        self._on_line = on_line
        self._tell_watchdog = tell_watchdog
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._lock = threading.Lock()
        self._spawned_at = 0.0
        self._spawn_at = 0.0
        self._pause_s = _FIRST_RESTART_S

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def tail(self) -> str:
        return "\n".join(self._tail)

    def spawn(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, "run", str(os.getpid()), *self._command],
            cwd=self._root,
            env=dict(self._env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # its own group: Ctrl-C in the terminal reaches us alone, and we end them in order
            start_new_session=True,
        )
        self._tell_watchdog(f"+{self._process.pid}")
        self._spawned_at = time.monotonic()
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def look(self, stopping: threading.Event) -> None:
        """Starts it again when it has ended and its pause is over."""
        with self._lock:
            if stopping.is_set():
                return
            if self._process is None:
                if time.monotonic() >= self._spawn_at:
                    self.spawn()
                return
            status = self._process.poll()
            if status is None:
                if time.monotonic() - self._spawned_at > _STEADY_S:
                    self._pause_s, self.ended_early = _FIRST_RESTART_S, ""
                return
            how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
            if time.monotonic() - self._spawned_at <= _STEADY_S:
                self.ended_early = how
            log.warning("process_ended", process=self.name, how=how, again_in_s=self._pause_s)
            self._let_go()
            self._spawn_at = time.monotonic() + self._pause_s
            self._pause_s = min(_GREATEST_RESTART_S, self._pause_s * 2)

    def ask_to_end(self) -> None:
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()

    def end(self, timeout_s: float) -> None:
        with self._lock:
            if self._process is not None:
                try:
                    self._process.wait(timeout_s)
                except subprocess.TimeoutExpired:
                    log.warning("process_killed", process=self.name)
                self._let_go()
            self.gone.set()

    def _let_go(self) -> None:
        """Ends what is left of its group (a server's workers) and forgets it."""
        process, self._process = self._process, None
        assert process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._tell_watchdog(f"-{process.pid}")
        if self._reader is not None:
            self._reader.join(timeout=1)

    def _read(self, output: IO[bytes]) -> None:
        with output, open(self._log_file, "ab") as file:
            for line in output:
                file.write(line)
                file.flush()
                text = line.decode(errors="replace").rstrip("\n")
                self._tail.append(text)
                if self._on_line is not None:
                    self._on_line(self.name, text)


@contextmanager
def end_signals() -> Iterator[threading.Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set, instead of ending this process. For the main thread."""
    ended = threading.Event()
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, lambda *_: ended.set()) for each in wanted}
    try:
        yield ended
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _chosen_ports(specs: Sequence[Function | Worker], host: str) -> dict[str, int]:
    """Wanted ports are tried, free ones found; all are held until the last is known, so that no two are alike."""
    functions = [spec for spec in specs if isinstance(spec, Function)]
    ports = {}
    with ExitStack() as held:
        for spec in sorted(functions, key=lambda each: each.port is None):
            bound = held.enter_context(socket.socket())
            # as the server does: a port whose last connections are still closing is free
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                bound.bind((host, spec.port or 0))
            except OSError as error:
                raise PortTaken(
                    f"port {spec.port} of {host}, wanted for {spec.entry_point}, is taken: end what listens there"
                    f" (`lsof -i :{spec.port}`) or choose another port"
                ) from error
            ports[spec.entry_point] = bound.getsockname()[1]
    return ports
