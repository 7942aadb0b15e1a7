"""Ends a cluster whose starter was killed, and removes its folder.

This file is run as a script by the process that starts a cluster, before the cluster:
``python leftovers.py FOLDER``. It waits until its stdin is closed, which happens
however that process ends. It imports only Python's own modules, as it stays in memory.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROUNDS = 100
_PAUSE_SECONDS = 0.1
_END_SECONDS = 20


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Have the cluster in a folder ended after this block, or with this process."""
    guard = subprocess.Popen(
        # -I: nothing of the current folder; -S: no packages are needed.
        [sys.executable, "-I", "-S", __file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Not killed with the process group of a worker.
        start_new_session=True,
    )
    try:
        yield
    finally:
        with suppress(OSError):
            assert guard.stdin is not None, "it is a pipe"
            guard.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            guard.wait(_END_SECONDS)


def main(folder: Path) -> None:
    """Wait, end what is left, and remove the folder."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 1):
        pass
    end_all(folder)
    shutil.rmtree(folder, ignore_errors=True)


def end_all(folder: Path) -> None:
    """End the processes of the cluster in a folder."""
    for _ in range(_ROUNDS):
        left = _processes(str(folder))
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            break
        time.sleep(_PAUSE_SECONDS)


def _processes(folder: str) -> list[int]:
    """Return the processes of a cluster, and those below them."""
    token = f"RAY_AUTH_TOKEN_PATH={folder}/token".encode()
    children: dict[int, list[int]] = {}
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        # Others may have ended meanwhile, or belong to other users.
        with suppress(OSError, ValueError, IndexError):
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            if stat[0] == "Z":
                continue
            children.setdefault(int(stat[1]), []).append(pid)
            # Other children of the starter have the token, too.
            command = (entry / "cmdline").read_bytes()
            ours = f"{folder}/".encode() in command or command.startswith(b"ray::")
            if ours and token in (entry / "environ").read_bytes().split(b"\0"):
                found.append(pid)
    for pid in found:
        found += [child for child in children.get(pid, []) if child not in found]
    return [pid for pid in found if pid != os.getpid()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
