"""Work folders of builds, and running a guard."""

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
"""Starts an isolated Python with the standard library only."""


@contextlib.contextmanager
def work_folder(place: Path) -> Iterator[tuple[Path, int]]:
    """Create and lock a folder to build in; remove abandoned ones."""
    make_private(place)
    for left in place.glob(f"{_PREFIX}*"):
        with _lock(left) as lock:
            if lock is not None:
                shutil.rmtree(left, ignore_errors=True)
    while True:
        work = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        with _lock(work, needed=False) as lock:
            # Another build may have removed it before it was locked.
            if lock is None or not work.is_dir():
                continue
            try:
                yield work, lock
            finally:
                shutil.rmtree(work, ignore_errors=True)
            return


def make_private(folder: Path) -> None:
    """Create a folder and its parents with mode 700, whatever the umask.

    Its contents are loaded as code.
    """
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def _lock(folder: Path, *, needed: bool = True) -> Iterator[int | None]:
    """Hold a folder's lock, until the last process that has it open closes it.

    Yields None if another process holds the lock, the folder is gone, or the file
    system has no locks and the lock is ``needed``.
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
    """Run a guard; it ends and cleans up even if this is interrupted."""
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
                stdout, stderr = process.communicate()
            finally:
                os.close(lifeline)
                lifeline = -1
    finally:
        for handle in (ours, lifeline):
            if handle >= 0:
                os.close(handle)
    return subprocess.CompletedProcess([], process.returncode, stdout, stderr)
