"""Ends this process when the one that started it goes, whatever Python is at.

A lifeline is a descriptor that never carries data and whose other end only the client
holds. When that closes, however the client came to its end, the kernel itself sends a
signal that cannot be caught: a thread that watches would have to wait for the GIL,
which C code and long computations of Python keep.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
from _thread import start_new_thread
from contextlib import suppress


def lead_group() -> None:
    """Make a process group of this process and what it starts: they end together."""
    with suppress(OSError):  # it leads one already
        os.setpgid(0, 0)
    # Outside of the terminal's group, a print might stop the process.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)


def end_with(fd: int) -> None:
    """End this process, and the group that it leads, when the other end closes."""
    if not hasattr(fcntl, "F_SETSIG"):
        start_new_thread(end_with_peer, (fd,))
        return
    pid = os.getpid()
    fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(fd, fcntl.F_SETOWN, -pid if os.getpgrp() == pid else pid)
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
    # Nothing tells of what has been closed before.
    if has_closed(fd):
        os._exit(0)


def has_closed(fd: int) -> bool:
    """Tell whether the other end is closed."""
    hangup = select.poll()
    hangup.register(fd, 0)
    return bool(hangup.poll(0))


def end_with_peer(fd: int) -> None:
    """Wait for the other end to close, and end this process."""
    hangup = select.poll()
    hangup.register(fd, 0)
    hangup.poll()
    os._exit(0)


def let_go_in_forks(*fds: int) -> None:
    """Close descriptors in every fork of this process, but not its lifeline.

    There they would hide that this process has ended: a client that blocks reads until
    nobody is left who could reply.
    """

    def close() -> None:
        for fd in set(fds):
            with suppress(OSError):
                os.close(fd)

    os.register_at_fork(after_in_child=close)
