"""The I/O loop around a session: requests in, replies out, for one client.

The first message must be HELLO; what it takes to be let in is the caller's to say.
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
# More are quicker to join than to hand over one by one.
_FEW_PIECES = 8

# Where each side sleeps until the other speaks, most of a small call's time goes into
# waking: 70 of 85 us on a virtual machine, whose idle processors are handed back to the
# host. So whoever has just been busy spins for a moment.
_SPIN_SECONDS = 1e-4

Hello = Callable[[int, int, memoryview], tuple[Session | None, bytes]]
"""Takes id, kind and body of the first request; gives a session, and the reply."""


def serve_stream(
    read_fd: int,
    write_fd: int,
    reader: FrameReader,
    first: Hello | Session,
    *,
    spin: bool = False,
) -> Session | None:
    """Serve one client until it closes, goes away, or is not let in.

    Parameters
    ----------
    first
        What makes the session of the first request; or the session, where it is made.
    spin : bool
        Spin for a moment before going to sleep, as the next request may come, where
        there is more than one processor. What is read from is then no longer in
        blocking mode, so it must not be what is written to.

    Returns
    -------
    Session or None
        The client's session, to be ended by the caller.

    Raises
    ------
    ProtocolError
        If a message is over the reader's limit.
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
                assert not isinstance(first, Session), "it is there already"
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
    """Return the function that waits for bytes and reads some."""
    readv = os.readv
    # Alone on a processor, the other side cannot go on meanwhile.
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
