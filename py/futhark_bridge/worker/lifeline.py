"""Ends this process when the client ends, even while Python is busy.

A lifeline is a descriptor that carries no data and whose other end only the client
holds. When that is closed, however the client ended, the kernel sends a signal that
cannot be caught. A watching thread would have to wait for the GIL, which C code and
long computations hold.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
from _thread import start_new_thread
from contextlib import suppress


def lead_group() -> None:
    """Put this process and its children in a process group, to be killed together."""
    with suppress(OSError):  # it is already a leader
        os.setpgid(0, 0)
    # Writing to the terminal would stop a process outside its foreground group.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)


def take_name(name: str) -> None:
    """Name this process, so that another thread of the client recognises its entry."""
    with suppress(OSError), open("/proc/self/comm", "w") as file:  # noqa: PTH123 - pathlib takes time to import
        file.write(name)


def end_with(fd: int) -> None:
    """End this process, and its group if it is the leader, when the peer closes."""
    if not hasattr(fcntl, "F_SETSIG"):
        start_new_thread(end_with_peer, (fd,))
        return
    pid = os.getpid()
    fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(fd, fcntl.F_SETOWN, -pid if os.getpgrp() == pid else pid)
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
    # No signal is sent for an end that was closed before.
    if has_closed(fd):
        os._exit(0)


def has_closed(fd: int) -> bool:
    """Return whether the other end is closed."""
    hangup = select.poll()
    hangup.register(fd, 0)
    return bool(hangup.poll(0))


def end_with_peer(fd: int) -> None:
    """Wait until the other end closes, and end this process."""
    hangup = select.poll()
    hangup.register(fd, 0)
    hangup.poll()
    os._exit(0)


def let_go_in_forks(*fds: int) -> None:
    """Close descriptors, except the lifeline, in every fork of this process.

    Otherwise a fork would hide the end of this process from a blocking client, which
    reads until no writer is left.
    """

    def close() -> None:
        for fd in set(fds):
            with suppress(OSError):
                os.close(fd)

    os.register_at_fork(after_in_child=close)
