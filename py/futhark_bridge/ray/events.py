"""Waits for what Ray and clients have to say, and for times, on one thread."""

from __future__ import annotations

import os
import select
from collections import deque
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Events:
    """What has happened on the threads of Ray, and what is to be done at a time."""

    def __init__(self) -> None:
        self._happened: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        # Another file may get the number of a closed descriptor.
        self._open = Lock()
        self.closed = False

    def watch(self, ref: Any, then: Callable[[Any], None]) -> None:
        """Call ``then`` with the future of a reference, once there is a result."""

        def arrived(future: Any) -> None:
            self._happened.append(lambda: then(future))
            with self._open:
                if not self.closed:
                    os.eventfd_write(self._wake, 1)

        ref.future().add_done_callback(arrived)

    def later(self, seconds: float, run: Callable[[], None]) -> None:
        """Call ``run`` after a time."""
        self._timers.append((monotonic() + seconds, run))

    def wait(self, *fds: int, timeout: float | None = None) -> list[int]:
        """Wait for an event, a time or a readable descriptor; run what is due.

        Returns
        -------
        list of int
            The descriptors that are readable.
        """
        now = monotonic()
        due = [at - now for at, _ in self._timers]
        if timeout is not None:
            due.append(timeout)
        poll = select.poll()
        for fd in (self._wake, *fds):
            poll.register(fd, select.POLLIN)
        ready = poll.poll(max(0.0, min(due)) * 1000 + 1 if due else None)
        found = [fd for fd, _ in ready]
        if self._wake in found:
            os.eventfd_read(self._wake)
        while self._happened:
            self._happened.popleft()()
        self._run_timers()
        return [fd for fd in found if fd != self._wake]

    def close(self) -> None:
        """Drop all events, now and later."""
        with self._open:
            self.closed = True
            os.close(self._wake)
        self._happened.clear()
        self._timers.clear()

    def _run_timers(self) -> None:
        now = monotonic()
        due = [run for at, run in self._timers if at <= now]
        self._timers = [timer for timer in self._timers if timer[0] > now]
        for run in due:
            run()
