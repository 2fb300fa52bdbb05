"""So that no process outlives the one that started it, however that one ended.

Run by path, with nothing but the standard library, in two ways:

`guard.py run <parent's pid> <command…>` becomes the command, which Linux then ends when the parent dies.
`guard.py watch <folder>` reads `+<group>` and `-<group>` lines from its standard input; when the input ends without
a `done`, its parent is dead: it ends the process groups that are left and removes the parent's temporary folder.
This works wherever there are pipes.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_GRACE_S = 1.0


def run(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the process that started this one is gone")
    os.execv(command[0], command)  # noqa: S606 - the caller's own command


def watch(folder: str) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        text = line.strip()
        if text == "done":
            return
        (groups.add if text.startswith("+") else groups.discard)(int(text[1:]))
    _end(groups, signal.SIGTERM)
    time.sleep(_GRACE_S)
    _end(groups, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def _end(groups: set[int], how: signal.Signals) -> None:
    for group in groups:
        try:
            os.killpg(group, how)
        except (ProcessLookupError, PermissionError):
            continue


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch(sys.argv[2])
    else:
        run(int(sys.argv[2]), sys.argv[3:])
