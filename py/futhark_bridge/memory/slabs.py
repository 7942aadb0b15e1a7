"""Memory of the client's that this process maps too: arrays lie in it both ways.

A slab is opened by a path under /proc of the client's process, so it has no name that
could be left behind. It stays mapped as long as the client is there, and is sealed, so
that no client can take pages away that C is about to read.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from errno import EMFILE, ENFILE, ENOMEM

from futhark_bridge.errors import OutOfMemoryError, ProtocolError

_LARGE_BYTES = 1 << 22
# The system limits the maps of a process, and this process has other uses for them.
_MAX_SLABS = 1 << 14
_NO_RESOURCES = (EMFILE, ENFILE, ENOMEM)


class Slabs:
    """The slabs that the client has announced."""

    def __init__(self) -> None:
        self._slabs: dict[int, memoryview] = {}
        self._places: dict[int, tuple[int, str]] = {}

    def add(self, number: int, size: int, path: str) -> None:
        """Map a slab; where that fails, it is tried again when the slab is used.

        Clients do not ask for an answer: the failure is told to who uses it.

        Raises
        ------
        ProtocolError
            If there will never be such a slab.
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
                # Beyond the end of what has become shorter, to read is the end of us.
                if not fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK:
                    raise ValueError(f"{path} may shrink: it is not sealed")
                if size <= 0:
                    raise ValueError(f"expected a size, got {size}")
                mapped = mmap.mmap(fd, size)
            finally:
                os.close(fd)
        except (ImportError, OSError, ValueError, OverflowError) as error:
            message = f"the client's memory {number} cannot be mapped: {error}"
            if getattr(error, "errno", None) in _NO_RESOURCES:
                raise OutOfMemoryError(message) from error
            raise ProtocolError(message) from error
        if size >= _LARGE_BYTES:
            with suppress(OSError):  # a system without large pages
                mapped.madvise(mmap.MADV_HUGEPAGE)
        view = memoryview(mapped)
        self._slabs[number] = view
        return view

    def clear(self) -> None:
        """Unmap all slabs."""
        self._slabs.clear()
        self._places.clear()

    def view(self, number: int, offset: int, size: int) -> memoryview:
        """Give a part of a slab.

        Raises
        ------
        OutOfMemoryError
            If there is no memory, or no descriptor, left to map it.
        ProtocolError
            If there is no such slab, or it ends before.
        """
        slab = self._slabs.get(number)
        if slab is None:
            place = self._places.get(number)
            if place is None:
                raise ProtocolError(f"there is no slab {number}")
            slab = self._map(number, *place)
        if offset < 0 or size < 0 or offset + size > len(slab):
            raise ProtocolError(
                f"slab {number} of {len(slab)} bytes: expected a part of it, got "
                f"{size} bytes from {offset}"
            )
        return slab[offset : offset + size]


def can_share(probe: dict[str, int] | None) -> bool:
    """Tell whether files that the client's process has open can be opened from here.

    The probe names a process and a descriptor that is /dev/null there: another user, or
    another numbering of processes, shows here and not in the midst of a call.
    """
    if probe is None:
        return False
    try:
        theirs = os.stat(f"/proc/{probe['pid']}/fd/{probe['fd']}")  # noqa: PTH116
        return theirs.st_rdev == os.stat("/dev/null").st_rdev  # noqa: PTH116
    except OSError:
        return False
