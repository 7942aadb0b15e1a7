"""A private folder for a socket, locked while it is in use.

The kernel releases the lock however the process ends. A process id would not suffice:
other containers and later processes may have the same one. Folders for temporary files
are shared with other users: only our own entries are examined, and no file is read.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from contextlib import suppress
from itertools import islice
from pathlib import Path

from futhark_bridge.errors import ArgumentError

FOLDER_PREFIX = "futhark-bridge-share-"
# The smallest limit of any system on a socket's path is 104 bytes, including a zero.
_MAX_SOCKET_PATH = 103
_MAX_SOCKET_NAME = len("/socket") + len(FOLDER_PREFIX) + 9
# Limits the work where another user has made many such folders.
_MAX_SWEPT = 1000


class SocketFolder:
    """A new folder of mode 700 for a socket, until `remove`.

    Attributes
    ----------
    path : Path
        Absolute path of the folder.
    """

    def __init__(self) -> None:
        """Create the folder.

        Raises
        ------
        ArgumentError
            If no suitable directory is writable.
        """
        cause: OSError | None = None
        for place in _places():
            if not _fits(place):
                continue
            with suppress(OSError):
                _sweep(place)
            try:
                self.path, self._fd = _make(place)
            except OSError as error:  # for example, no locks on this file system
                cause = error
            else:
                return
        why = "" if cause is None else f" ({cause})"
        raise ArgumentError(
            f"share: no folder for a socket{why}; set TMPDIR to a writable folder with "
            "a short path"
        ) from cause

    @property
    def socket(self) -> str:
        """The path of the socket in the folder."""
        return str(self.path / "socket")

    def remove(self) -> None:
        """Remove the folder and its contents; idempotent."""
        if self._fd >= 0:
            with suppress(OSError):  # already removed
                _empty(self._fd)
                self.path.rmdir()
            self.forget()

    def forget(self) -> None:
        """Close the descriptor in a forked child, which would hold the lock."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _places() -> list[str]:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    # A process of another user may have inherited the variable.
    own = bool(runtime) and _is_own(runtime)
    return [*([runtime] if runtime and own else []), tempfile.gettempdir(), "/tmp"]  # noqa: S108


def _is_own(path: str | None) -> bool:
    try:
        found = os.stat(path or "")  # noqa: PTH116 - pathlib would do the same
    except OSError:
        return False
    return found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _fits(place: str) -> bool:
    short = len(os.fsencode(place)) <= _MAX_SOCKET_PATH - _MAX_SOCKET_NAME
    return short and os.access(place, os.W_OK | os.X_OK)


def _make(place: str) -> tuple[Path, int]:
    while True:
        path = tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=place)
        try:
            fd = os.open(path, _FOLDER)
        except OSError:
            try:
                Path(path).rmdir()
            except FileNotFoundError:
                continue  # removed by another process, as below
            raise
        try:
            fcntl.flock(fd, fcntl.LOCK_SH)
        except OSError:
            os.close(fd)
            Path(path).rmdir()
            raise
        # Another process may have removed it before it was locked.
        if Path(path).exists():
            return Path(path), fd
        os.close(fd)


def _sweep(place: str) -> None:
    """Remove our folders that are not locked: their process was killed."""
    place_fd = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with os.scandir(place_fd) as entries:
            names = [e.name for e in entries if e.name.startswith(FOLDER_PREFIX)]
        for name in islice(names, _MAX_SWEPT):
            with suppress(OSError):  # in use, of another user, or removed
                _sweep_one(name, place_fd)
    finally:
        os.close(place_fd)


def _sweep_one(name: str, place_fd: int) -> None:
    fd = os.open(name, _FOLDER, dir_fd=place_fd)
    try:
        found = os.fstat(fd)
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o700:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _empty(fd)
            os.rmdir(name, dir_fd=place_fd)
    finally:
        os.close(fd)


def _empty(fd: int) -> None:
    try:
        names = os.listdir(fd)
    except OSError:  # there are no descriptors left to look with
        names = ["socket", "connection.json"]
    for name in names:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=fd)


_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
