"""The connection file of a shared program: its socket and the secret.

Only the owner can use either: the socket is in a folder of mode 700; the file, of mode
600, has the secret that a client must present. A normal exit removes both.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_MAX_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Connection:
    """The contents of a connection file."""

    protocol: int
    socket: str
    secret: str
    pid: int
    program: str
    shared: list[str]


def write_connection(path: Path, connection: Connection) -> None:
    """Write a connection file atomically, readable by its owner only."""
    fd, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(asdict(connection), file, indent=2)
        os.replace(name, path)  # noqa: PTH105 - pathlib would do the same
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove_connection(path: Path, secret: str) -> None:
    """Remove a connection file, unless another process has replaced it."""
    with suppress(OSError, ValueError, AttributeError):  # already removed, or replaced
        if json.loads(_read(path)).get("secret") == secret:
            path.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    # The path may have been replaced, for example by a pipe, where reads block.
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            return b""
        return file.read(min(found.st_size, _MAX_BYTES))
