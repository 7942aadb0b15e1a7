"""Runs the commands of a build in a work folder, and ends with its parent process.

A program of its own, which uses the standard library only. Its standard input is a pipe
without data: when the other end closes, for example because the parent died, the
commands and all their children are killed. The work folder is always removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FAILED = 10
"""Exit status if the first command fails; plus one for each command after it."""
UNABLE = 3
"""Exit status if a command did not start, or the result could not be stored."""
_FACTS = "complete.json"
_LOOK_MS = 1000
"""Interval for polling a command whose end the system does not report."""


def is_complete(folder: Path) -> bool:
    """Return whether a result is unchanged since it was stored."""
    try:
        facts = json.loads((folder / _FACTS).read_bytes())
        return bool(facts) and all(
            _is_as_kept(folder / name, **kept) for name, kept in facts.items()
        )
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def keep(result: Path, target: Path) -> None:
    """Move a result into place atomically, unless a complete one is there."""
    facts = {path.name: _facts(path) for path in result.iterdir()}
    (result / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
    for path in result.iterdir():
        _write_out(path)
    with _locked(target.parent):
        if is_complete(target):
            return
        with contextlib.suppress(FileNotFoundError):
            target.rename(result.with_name("damaged"))
        result.rename(target)


def _facts(path: Path) -> dict[str, Any]:
    facts = path.stat()
    return {"size": facts.st_size, "written": facts.st_mtime_ns, "sum": _sum(path)}


def _is_as_kept(path: Path, *, size: int, written: int, sum: str) -> bool:  # noqa: A002
    """Compare the content only if the time differs: an entry may be a copy."""
    facts = path.stat()
    if facts.st_size != size or not stat.S_ISREG(facts.st_mode):
        return False
    return facts.st_mtime_ns == written or _sum(path) == sum


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_out(path: Path) -> None:
    """Flush a file to disk before it is renamed, in case of a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _run_all(commands: list[dict[str, Any]]) -> int:
    """Run commands in order until one fails; return the exit status."""
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    events = select.poll()
    events.register(0, 0)
    events.register(ended, select.POLLIN)
    for number, command in enumerate(commands):
        child = subprocess.Popen(
            command["arguments"],
            cwd=command["cwd"],
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        while child.poll() is None:
            handles = {handle for handle, _ in events.poll(_LOOK_MS)}
            if 0 in handles:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                return UNABLE
            if ended in handles:
                os.read(ended, 1 << 12)
        if child.returncode < 0:
            name = signal.Signals(-child.returncode).name
            sys.stderr.write(f"{command['arguments'][0]} was ended by {name}\n")
        if child.returncode != 0:
            return FAILED + number
    return 0


def _remove(work: Path) -> None:
    # A process that was just killed may still create a file.
    for _ in range(100):
        shutil.rmtree(work, ignore_errors=True)
        if not work.exists():
            return


def _main(task: dict[str, Any]) -> int:
    work = Path(task["work"])
    try:
        status = _run_all(task["commands"])
        for path, content in task["unchanged"].items():
            if status == 0 and _sum(Path(path)) != content:
                sys.stderr.write(f"{path} was changed while it was compiled\n")
                status = UNABLE
        if status == 0:
            result = work / "result"
            result.mkdir()
            for name in task["results"]:
                (work / name).rename(result / name)
            keep(result, Path(task["target"]))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return UNABLE
    else:
        return status
    finally:
        _remove(work)


if __name__ == "__main__":
    sys.exit(_main(json.loads(sys.argv[1])))
