"""A world whose every port call is counted, before and after, and that can die at any of them."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, cast

from shared.services.world import World

PORTS = ("documents", "audio", "artifacts", "events", "tasks", "scanner")


class CrashPoints:
    """Counts moments; at the `crash_at`th this process is killed as by kill -9. 0: never."""

    def __init__(self, crash_at: int = 0) -> None:
        self._crash_at = crash_at
        self._step = ""
        self._seen: Counter[str] = Counter()
        self.names: list[str] = []
        """`<entry point>: <before or after> <port>.<method>`, numbered where a step calls it more than once."""

    def begin(self, step: str) -> None:
        """The moments from here on are that step's."""
        self._step = step
        self._seen.clear()

    def end(self) -> None:
        """The step has answered."""

    def reach(self, moment: str) -> None:
        self._seen[moment] += 1
        number = f" {self._seen[moment]}" if self._seen[moment] > 1 else ""
        self.names.append(f"{self._step}: {moment}{number}")
        if len(self.names) == self._crash_at:
            os.kill(os.getpid(), signal.SIGKILL)


def counted(world: World, points: CrashPoints) -> World:
    """The same world; each method of each port is a crash point before it is called and after it returned."""
    return cast(World, _CountedWorld(world, points))


class _CountedWorld:
    def __init__(self, world: World, points: CrashPoints) -> None:
        self._world = world
        self._points = points

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._world, name)
        return _CountedPort(part, name, self._points) if name in PORTS else part

    def recognizer(self, name: str) -> Any:
        return _CountedPort(self._world.recognizer(name), "recognizer", self._points)

    def judge(self, name: str) -> Any:
        return _CountedPort(self._world.judge(name), "judge", self._points)


class _CountedPort:
    def __init__(self, port: Any, name: str, points: CrashPoints) -> None:
        self._port = port
        self._name = name
        self._points = points

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if not callable(member):
            return member
        return self._counted(member, f"{self._name}.{name}")

    def _counted(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def counted_call(*arguments: Any, **named: Any) -> Any:
            self._points.reach(f"before {name}")
            if name == "documents.transaction":
                (work,) = arguments

                def counted_work(transaction: Any) -> Any:
                    return work(_CountedPort(transaction, "transaction", self._points))

                arguments = (counted_work,)
            result = call(*arguments, **named)
            if isinstance(result, Iterator):
                return self._streamed(result, name)
            self._points.reach(f"after {name}")
            return result

        return counted_call

    def _streamed(self, stream: Iterator[Any], name: str) -> Iterator[Any]:
        for piece in stream:
            self._points.reach(f"within {name}")
            yield piece
        self._points.reach(f"after {name}")
