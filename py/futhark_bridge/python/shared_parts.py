"""Large parts of messages, in shared memory.

Each side puts what it sends into memory of its own, which the other opens by its path
under /proc: the client names slabs, and this side a file for each part.
"""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .encoding import Piece

MIN_SHARED_BYTES = 1 << 16
"""Smaller parts take less time through the socket."""

# A client that never reads must not exhaust memory or descriptors.
_MAX_UNREAD = 64
_MAX_UNREAD_BYTES = 1 << 32
# A part that was read leaves its memory to the next one, up to this size.
_MAX_SPARE_BYTES = 1 << 26


class SharedParts:
    """Files in memory from which the client reads the parts of messages."""

    def __init__(self) -> None:
        self._unread: dict[int, int] = {}
        self._spare: int | None = None
        self._lock = Lock()
        self._closed = False

    def put(self, pieces: list[Piece]) -> int | None:
        """Write a part into a file of its own, and return its descriptor.

        Returns
        -------
        int or None
            None if the part has to go through the socket: the system has no such files,
            or no memory or descriptors, or the client leaves too much unread.
        """
        size = sum(len(piece) for piece in pieces)
        with self._lock:
            unread = sum(self._unread.values())
            full = len(self._unread) >= _MAX_UNREAD or unread + size > _MAX_UNREAD_BYTES
            if full or self._closed or not hasattr(os, "memfd_create"):
                return None
            fd, self._spare = self._spare, None
        try:
            if fd is None:
                fd = os.memfd_create("futhark-bridge part", os.MFD_CLOEXEC)
            _write(fd, pieces)
        except OSError:
            if fd is not None:
                os.close(fd)
            return None
        with self._lock:
            if not self._closed:
                self._unread[fd] = size
                return fd
        os.close(fd)
        return None

    def release(self, fd: int) -> None:
        """Reuse or close the file of a part that the client does not need any more."""
        with self._lock:
            size = self._unread.pop(fd, None)
            if size is None:
                return
            if self._spare is None and size <= _MAX_SPARE_BYTES:
                self._spare = fd
                return
        os.close(fd)

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            self._closed = True
            files = [*self._unread, self._spare]
            self._unread.clear()
            self._spare = None
        for fd in files:
            if fd is not None:
                with suppress(OSError):  # closed by user code
                    os.close(fd)


def _write(fd: int, pieces: list[Piece]) -> None:
    at = 0
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            done = os.pwrite(fd, rest, at)
            at += done
            rest = rest[done:]
