"""The I/O loop of a session: reads requests and writes replies, for one client.

The caller handles the first message, HELLO, and decides whether to admit the client.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from select import POLLIN, poll
from time import perf_counter

from futhark_bridge.wire.frames import FrameReader

from .replies import Reply
from .session import Session

_WRITE_BATCH_BYTES = 1 << 18
# Above this, joining the pieces is faster than passing them individually.
_FEW_PIECES = 8

# If each side slept until the other one writes, waking up would take most of the time
# of a small call, especially on virtual machines, whose idle processors are returned to
# the host. So a side that was just busy spin-waits for a moment.
_SPIN_SECONDS = 1e-4

Hello = Callable[[int, int, memoryview], tuple[Session | None, bytes]]
"""Takes id, kind and body of the first request; returns a session, and the reply."""


def serve_stream(
    read_fd: int,
    write_fd: int,
    reader: FrameReader,
    first: Hello | Session,
    *,
    spin: bool = False,
) -> Session | None:
    """Serve one client until it closes, disconnects, or is not admitted.

    Parameters
    ----------
    first
        A function that creates the session from the first request, or the session.
    spin : bool
        Spin-wait briefly for the next request before sleeping, if there are several
        processors. This sets ``read_fd`` to non-blocking mode, so it must differ from
        ``write_fd``.

    Returns
    -------
    Session or None
        The client's session, which the caller ends; None if not admitted.

    Raises
    ------
    ProtocolError
        If a message exceeds the reader's limit.
    """
    session = first if isinstance(first, Session) else None
    read = _reader(read_fd, spin=spin)
    while True:
        count = read(reader.target())
        if count == 0:
            return session
        replies: list[Reply] = []
        size = 0
        for request_id, kind, body in reader.filled(count):
            if session is None:
                assert not isinstance(first, Session), "there is one already"
                session, reply_to_first = first(request_id, kind, body)
                replies.append(reply_to_first)
                if session is None:
                    _write(write_fd, replies)
                    return None
                continue
            reply = session.handle(request_id, kind, body)
            if reply is None:
                continue
            replies.append(reply)
            size += len(reply)
            if size > _WRITE_BATCH_BYTES:
                _write(write_fd, replies)
                replies, size = [], 0
        if replies:
            _write(write_fd, replies)
        if session is not None and session.closed:
            return session


def _reader(fd: int, *, spin: bool) -> Callable[[memoryview], int]:
    """Return the function that waits for bytes and reads them."""
    readv = os.readv
    # On a single processor, spinning would keep the other side from running.
    if not spin or len(os.sched_getaffinity(0)) == 1:
        return lambda target: readv(fd, [target])
    os.set_blocking(fd, False)
    input_of = poll()
    input_of.register(fd, POLLIN)
    yield_processor, now = os.sched_yield, perf_counter

    def read(target: memoryview) -> int:
        end = now() + _SPIN_SECONDS
        while True:
            try:
                return readv(fd, [target])
            except BlockingIOError:
                if now() < end:
                    yield_processor()
                else:
                    input_of.poll()

    return read


def _write(fd: int, pieces: list[Reply]) -> None:
    if len(pieces) <= _FEW_PIECES:
        written = os.writev(fd, pieces)
        if written == sum(map(len, pieces)):
            return
        view = memoryview(b"".join(pieces))[written:]
    else:
        view = memoryview(b"".join(pieces))
    while len(view) > 0:
        view = view[os.write(fd, view) :]
