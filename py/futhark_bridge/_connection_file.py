"""Where a process that shares its values can be reached: a socket, and a file about it.

Both are for their owner alone. The socket lies in a folder of mode 700; the file, of
mode 600, has the secret that a client must show. Neither is left behind by a process
that ends in order; what others left is removed when the next one shares.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import ArgumentError

FOLDER_PREFIX = "futhark-bridge-share-"
# The least that systems allow for a socket's path is 104 bytes, with a zero at the end.
_MAX_SOCKET_PATH = 103


@dataclass(frozen=True, slots=True)
class Connection:
    """What a connection file says."""

    protocol: int
    socket: str
    secret: str
    pid: int
    program: str
    shared: list[str]


def make_folder() -> Path:
    """Make a private folder for a socket, where sockets may be.

    Raises
    ------
    ArgumentError
        If there is no place for one.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    for place in filter(None, (runtime, tempfile.gettempdir(), "/tmp")):  # noqa: S108
        room = _MAX_SOCKET_PATH - len("/socket") - len(FOLDER_PREFIX) - 9
        if len(os.fsencode(place)) > room or not os.access(place, os.W_OK | os.X_OK):
            continue
        _sweep(Path(place))
        return Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=place))
    raise ArgumentError(
        "share: there is no folder for a socket; set TMPDIR to one with a short path"
    )


def write_connection(path: Path, connection: Connection) -> None:
    """Write a connection file; it is never there half-written, or open to others."""
    fd, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(asdict(connection), file, indent=2)
        os.replace(name, path)  # noqa: PTH105 - pathlib would do the same
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove_connection(path: Path, folder: Path, secret: str) -> None:
    """Remove a socket's folder and the connection file, unless it is another's now."""
    try:
        if json.loads(path.read_text(encoding="utf-8")).get("secret") == secret:
            path.unlink(missing_ok=True)
    except (OSError, ValueError):
        pass  # gone already, or not ours
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path) -> None:
    """Remove the folders of processes that were killed."""
    for folder in place.glob(f"{FOLDER_PREFIX}*"):
        try:
            owner = int((folder / "pid").read_text())
            if folder.stat().st_uid == os.getuid() and not _alive(owner):
                shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):
            continue  # being made, or another user's


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
