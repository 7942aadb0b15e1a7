"""Runs the commands of a build in a work folder, and ends with who ordered it.

A program of its own, run with the standard library alone. Its standard input is a pipe
that nobody writes to: when its other end is closed, be it by the death of the process
that holds it, the commands are killed with all that they started. The work folder goes
in any case.
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
"""Exit status for the first command; one more for each after it."""
UNABLE = 3
"""Exit status: a command did not start, or the result could not be kept."""
_FACTS = "complete.json"
_LOOK_MS = 1000
"""How often a command is looked at whose end the system could not tell."""


def is_complete(folder: Path) -> bool:
    """Whether a result is as it was when it was kept."""
    try:
        facts = json.loads((folder / _FACTS).read_bytes())
        return bool(facts) and all(
            _is_as_kept(folder / name, **kept) for name, kept in facts.items()
        )
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def keep(result: Path, target: Path) -> None:
    """Give a result its place in one step, unless there is a complete one."""
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
    """Compare the content only where the time differs: an entry may be a copy."""
    facts = path.stat()
    if facts.st_size != size or not stat.S_ISREG(facts.st_mode):
        return False
    return facts.st_mtime_ns == written or _sum(path) == sum


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_out(path: Path) -> None:
    """Have a file's content on the disk before its name: a power cut may come."""
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
    """Run commands in turn up to the first that fails; give the exit status."""
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
    # What was killed may make a last file meanwhile.
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
