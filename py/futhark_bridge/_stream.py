"""The I/O loop around a session: requests in, replies out, for one client.

The first message must be HELLO; what it takes to be let in is the caller's to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from ._frames import FrameReader
from ._session import Reply, Session

_WRITE_BATCH_BYTES = 1 << 18

Hello = Callable[[int, int, memoryview], tuple[Session | None, bytes]]
"""Takes id, kind and body of the first request; gives a session, and the reply."""


def serve_stream(
    read_fd: int, write_fd: int, reader: FrameReader, hello: Hello
) -> Session | None:
    """Serve one client until it closes, goes away, or is not let in.

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
    while True:
        count = os.readv(read_fd, [reader.target()])
        if count == 0:
            return session
        replies: list[Reply] = []
        size = 0
        for request_id, kind, body in reader.filled(count):
            if session is None:
                session, reply = hello(request_id, kind, body)
                replies.append(reply)
                if session is None:
                    _write(write_fd, replies)
                    return None
                continue
            for piece in session.handle(request_id, kind, body):
                replies.append(piece)
                size += len(piece)
            if size > _WRITE_BATCH_BYTES:
                _write(write_fd, replies)
                replies, size = [], 0
        if replies:
            _write(write_fd, replies)
        if session is not None and session.closed:
            return session


def _write(fd: int, pieces: list[Reply]) -> None:
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    view = memoryview(data)
    while len(view) > 0:
        view = view[os.write(fd, view) :]
