"""A work folder that one build holds, and the guard that works in it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import guard

_PREFIX = "build-"
ALONE = [sys.executable, "-I", "-S"]
"""Starts a Python of the standard library alone, whatever lies around."""


@contextlib.contextmanager
def work_folder(place: Path) -> Iterator[tuple[Path, int]]:
    """Make a folder to build in, and its lock; remove what others left behind."""
    _make_private(place)
    for left in place.glob(f"{_PREFIX}*"):
        with _lock(left) as lock:
            if lock is not None:
                shutil.rmtree(left, ignore_errors=True)
    while True:
        work = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        with _lock(work, needed=False) as lock:
            # Another build may have taken it for one that was left behind.
            if lock is None or not work.is_dir():
                continue
            try:
                yield work, lock
            finally:
                shutil.rmtree(work, ignore_errors=True)
            return


def _make_private(folder: Path) -> None:
    """Make a folder, and those above it, for us alone, whatever the process's umask.

    What lies there is loaded as code.
    """
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def _lock(folder: Path, *, needed: bool = True) -> Iterator[int | None]:
    """Hold a folder's lock, which ends with the last process that has it open.

    ``None`` when somebody else holds it, or it is gone. A file system without locks
    counts as held by somebody else where a lock is ``needed``.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield None
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = True
    except BlockingIOError:
        held = False
    except OSError:
        held = not needed
    try:
        yield handle if held else None
    finally:
        os.close(handle)


def run_guarded(
    task: Mapping[str, Any], lock: int, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a guard; nothing of it is left afterwards, even where this is interrupted."""
    ours, lifeline = os.pipe()
    try:
        with subprocess.Popen(
            [*ALONE, guard.__file__, json.dumps(task)],
            env=environment,
            stdin=ours,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            pass_fds=(lock,),
            start_new_session=True,
        ) as process:
            os.close(ours)
            ours = -1
            try:
                told, said = process.communicate()
            finally:
                os.close(lifeline)
                lifeline = -1
    finally:
        for handle in (ours, lifeline):
            if handle >= 0:
                os.close(handle)
    return subprocess.CompletedProcess([], process.returncode, told, said)
