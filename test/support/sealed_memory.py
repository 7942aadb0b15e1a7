"""Memory as a client shares it: of fixed size."""

from __future__ import annotations

import fcntl
import os


def sealed_memory(size: int) -> int:
    """Make a file of memory; return its descriptor."""
    fd = os.memfd_create("test", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    return fd
