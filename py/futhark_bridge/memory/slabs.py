"""Slabs: shared memory of the client, mapped into this process for arrays both ways.

A slab is opened by its path under /proc of the client's process, so that no file can be
left behind. It stays mapped while the client is connected, and must be sealed against
shrinking: a client must not remove pages that C code is about to read.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from errno import EMFILE, ENFILE, ENOMEM

from futhark_bridge.errors import OutOfMemoryError, ProtocolError

_LARGE_BYTES = 1 << 22
# The kernel limits the mappings of a process; leave some for other uses.
_MAX_SLABS = 1 << 14
_NO_RESOURCES = (EMFILE, ENFILE, ENOMEM)


class Slabs:
    """The slabs that the client has announced."""

    def __init__(self) -> None:
        self._slabs: dict[int, memoryview] = {}
        self._places: dict[int, tuple[int, str]] = {}

    def add(self, number: int, size: int, path: str) -> None:
        """Map a slab, or leave that to its first use if memory is exhausted.

        Clients do not wait for a reply, so the first use reports a failure.

        Raises
        ------
        ProtocolError
            If there are too many slabs, or it cannot be mapped for another reason.
        """
        if len(self._places) >= _MAX_SLABS and number not in self._places:
            raise ProtocolError(f"slab {number}: more than {_MAX_SLABS} slabs")
        self._places[number] = size, path
        with suppress(OutOfMemoryError):
            self._map(number, size, path)

    def _map(self, number: int, size: int, path: str) -> memoryview:
        try:
            import fcntl  # noqa: PLC0415 - only where there are large arrays
            import mmap  # noqa: PLC0415

            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise ValueError(f"{path} is not a file")
                # Reading beyond the end of a truncated file would raise SIGBUS.
                if not fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK:
                    raise ValueError(f"{path} is not sealed against shrinking")
                if size <= 0:
                    raise ValueError(f"expected a positive size, got {size}")
                mapped = mmap.mmap(fd, size)
            finally:
                os.close(fd)
        except (ImportError, OSError, ValueError, OverflowError) as error:
            message = f"slab {number} cannot be mapped: {error}"
            if getattr(error, "errno", None) in _NO_RESOURCES:
                raise OutOfMemoryError(message) from error
            raise ProtocolError(message) from error
        if size >= _LARGE_BYTES:
            with suppress(OSError):  # no huge pages on this system
                mapped.madvise(mmap.MADV_HUGEPAGE)
        view = memoryview(mapped)
        self._slabs[number] = view
        return view

    def clear(self) -> None:
        """Unmap all slabs."""
        self._slabs.clear()
        self._places.clear()

    def view(self, number: int, offset: int, size: int) -> memoryview:
        """Return a view of a part of a slab, in bytes.

        Raises
        ------
        OutOfMemoryError
            If memory or file descriptors are exhausted when mapping it.
        ProtocolError
            If there is no such slab, or the part exceeds it.
        """
        slab = self._slabs.get(number)
        if slab is None:
            place = self._places.get(number)
            if place is None:
                raise ProtocolError(f"there is no slab {number}")
            slab = self._map(number, *place)
        if offset < 0 or size < 0 or offset + size > len(slab):
            raise ProtocolError(
                f"slab {number} of {len(slab)} bytes: expected a range within it, "
                f"got {size} bytes from {offset}"
            )
        return slab[offset : offset + size]


def can_share(probe: dict[str, int] | None) -> bool:
    """Return whether this process can open the client's files under /proc.

    The probe is a process id and a descriptor of /dev/null in that process: another
    user or PID namespace is detected here, rather than during a call.
    """
    if probe is None:
        return False
    try:
        theirs = os.stat(f"/proc/{probe['pid']}/fd/{probe['fd']}")  # noqa: PTH116
        return theirs.st_rdev == os.stat("/dev/null").st_rdev  # noqa: PTH116
    except OSError:
        return False
