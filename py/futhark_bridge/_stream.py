"""The I/O loop around a session: requests in, replies out, for one client.

The first message must be HELLO; what it takes to be let in is the caller's to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from select import POLLIN, poll
from time import perf_counter

from ._frames import FrameReader
from ._session import Reply, Session

_WRITE_BATCH_BYTES = 1 << 18
# More are quicker to join than to hand over one by one.
_FEW_PIECES = 8

# Where each side sleeps until the other speaks, most of a small call's time goes into
# waking: 70 of 85 us on a virtual machine, whose idle processors are handed back to the
# host. So whoever has just been busy looks out for more for a moment.
_SPIN_SECONDS = 1e-4

Hello = Callable[[int, int, memoryview], tuple[Session | None, bytes]]
"""Takes id, kind and body of the first request; gives a session, and the reply."""


def serve_stream(
    read_fd: int,
    write_fd: int,
    reader: FrameReader,
    hello: Hello,
    *,
    spin: bool = False,
) -> Session | None:
    """Serve one client until it closes, goes away, or is not let in.

    Parameters
    ----------
    spin : bool
        Look out for the next request for a moment before going to sleep. It costs other
        threads of this process some time, and nothing where there is one processor.

    Returns
    -------
    Session or None
        The client's session, to be ended by the caller.

    Raises
    ------
    ProtocolError
        If a message is over the reader's limit.
    """
    session: Session | None = None
    look_out = _look_out(read_fd) if spin else None
    while True:
        if look_out is not None:
            look_out()
        count = os.readv(read_fd, [reader.target()])
        if count == 0:
            return session
        replies: list[Reply] = []
        size = 0
        for request_id, kind, body in reader.filled(count):
            if session is None:
                session, first = hello(request_id, kind, body)
                replies.append(first)
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


def _look_out(fd: int) -> Callable[[], None] | None:
    """Give the function that waits a moment for input, awake."""
    if len(os.sched_getaffinity(0)) == 1:
        return None  # the other side cannot go on meanwhile
    input_of = poll()
    input_of.register(fd, POLLIN)
    has_input, yield_processor, now = input_of.poll, os.sched_yield, perf_counter

    def look_out() -> None:
        end = now() + _SPIN_SECONDS
        while not has_input(0) and now() < end:
            yield_processor()

    return look_out


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
