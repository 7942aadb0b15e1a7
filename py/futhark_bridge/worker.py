"""The worker process: the I/O around a session.

It reads requests from one file descriptor and writes replies to another. It ends when
the other side does, at once and even in the midst of a call: nobody is left to take the
result.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from _thread import start_new_thread
from struct import Struct
from typing import Any

from . import _messages as messages
from ._frames import FrameReader, frame
from ._options import Options
from ._program import Program
from ._session import Session, as_futhark_error, error_frame
from ._slabs import can_share
from ._stream import serve_stream
from .errors import ProtocolError

# The longest first message, whoever sends it; the limit of others is the client's.
_MAX_HELLO_BYTES = 1 << 20
_OFFER = Struct("<IIIQQ")
_OPTION_NAMES = {
    "backend": "backend",
    "device": "device",
    "platform": "platform",
    "numThreads": "num_threads",
    "tuning": "tuning",
    "cacheFile": "cache_file",
    "profiling": "profiling",
    "logging": "logging",
    "debugging": "debugging",
}


def main(fd: int) -> None:
    """Serve one client until it closes or goes away; does not return.

    Parameters
    ----------
    fd : int
        One of a pair of sockets. Pipes are quicker, and the client may open some that
        are offered here; the sockets then only tell when it goes away.
    """
    # Ctrl-C reaches the whole process group; whether to stop is the client's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _run(*_offer_pipes(fd), fd)


def _offer_pipes(fd: int) -> tuple[int, int]:
    requests, to_requests = os.pipe()
    from_replies, replies = os.pipe()
    inodes = [os.fstat(end).st_ino for end in (to_requests, from_replies)]
    os.write(fd, _OFFER.pack(os.getpid(), to_requests, from_replies, *inodes))
    answer = os.read(fd, 1)
    # The client has opened the other ends; those of this process would hide its going.
    os.close(to_requests)
    os.close(from_replies)
    return (requests, replies) if answer == b"\1" else (fd, fd)


def main_blocking(folder: str) -> None:
    """Serve a client that blocks, over two FIFOs in a folder that it made.

    A client that waits for a reply cannot act on Ctrl-C, so here it ends the worker,
    and by that the wait.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    requests, replies = f"{folder}/requests", f"{folder}/replies"
    os.mkfifo(requests, 0o600)
    os.mkfifo(replies, 0o600)
    os.mkdir(f"{folder}/made")  # noqa: PTH102 - pathlib takes time to import
    # The client holds both ends of both until the byte below comes: nothing waits here.
    read_fd = os.open(requests, os.O_RDONLY)
    write_fd = os.open(replies, os.O_WRONLY)
    os.write(write_fd, b"\0")
    _run(read_fd, write_fd, read_fd)


def _run(read_fd: int, write_fd: int, watched_fd: int) -> None:
    start_new_thread(_end_with_peer, (watched_fd,))
    status = 0
    try:
        reader = FrameReader(_MAX_HELLO_BYTES)

        def hello(
            request_id: int, kind: int, body: memoryview
        ) -> tuple[Session | None, bytes]:
            session, reply = _hello(request_id, kind, body)
            if session is not None:
                reader.max_bytes = session.max_message_bytes
            return session, reply

        spin = read_fd != write_fd
        session = serve_stream(read_fd, write_fd, reader, hello, spin=spin)
        if session is not None:
            session.program.close()
    except ConnectionError:
        pass  # the client has gone: what it had not read yet makes this an error
    except ProtocolError as error:
        sys.stderr.write(f"futhark-bridge worker: {error}\n")
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # The context is closed; what else Python would tear down ends with the process.
    os._exit(status)


def _end_with_peer(fd: int) -> None:
    hangup = select.poll()
    hangup.register(fd, 0)
    hangup.poll()
    os._exit(0)


def _hello(
    request_id: int, kind: int, body: memoryview
) -> tuple[Session | None, bytes]:
    """Load the program that the first message names."""
    try:
        if kind != messages.HELLO:
            raise ProtocolError(f"expected HELLO first, got a request of kind {kind}")
        request = json.loads(bytes(body))
        if request.get("protocol") != messages.PROTOCOL_VERSION:
            raise ProtocolError(
                f"expected protocol {messages.PROTOCOL_VERSION}, got "
                f"{request.get('protocol')}: the two sides are of different versions"
            )
        program = Program.open(request["module"], _options(request["options"]))
    except Exception as error:  # noqa: BLE001 - whatever fails is told to the client
        return None, error_frame(request_id, as_futhark_error(error))
    info = {**program.info.to_json(), "sharedMemory": can_share(request.get("memory"))}
    session = Session(program)
    session.max_message_bytes = request["options"].get("maxMessageBytes", 2**30)
    return session, frame(request_id, messages.OK, json.dumps(info).encode())


def _options(given: dict[str, Any]) -> Options:
    known = {_OPTION_NAMES[k]: v for k, v in given.items() if k in _OPTION_NAMES}
    return Options(**known)
