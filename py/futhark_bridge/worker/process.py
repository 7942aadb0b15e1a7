"""The worker process: I/O for one session.

It reads requests from one file descriptor and writes replies to another. It ends
immediately when the client does, even during a call, as its result is not needed.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import sys
from _thread import start_new_thread
from contextlib import suppress
from io import TextIOWrapper
from shutil import rmtree
from struct import Struct
from typing import Any, NoReturn

from futhark_bridge.errors import ProtocolError
from futhark_bridge.memory.slabs import can_share
from futhark_bridge.program.options import Options
from futhark_bridge.program.program import Program
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import FrameReader, frame

from .lifeline import end_with, end_with_peer, lead_group, let_go_in_forks
from .replies import as_futhark_error, error_frame
from .session import Session
from .stream import serve_stream

# Limit on the first message; the client sets that on others.
_MAX_HELLO_BYTES = 1 << 20
_STDERR = 2
# Room for an inline array with its frame, which one write then passes at once.
_PIPE_BYTES = 1 << 17
_OFFER = Struct("<IIIQQ")
_OPTION_NAMES = {
    "backend": "backend",
    "device": "device",
    "platform": "platform",
    "numThreads": "num_threads",
    "tuning": "tuning",
    "buildOptions": "build_options",
    "cacheFile": "cache_file",
    "profiling": "profiling",
    "logging": "logging",
    "debugging": "debugging",
}


def main(fd: int, lifeline: int | None = None) -> None:
    """Serve one client until it closes or disconnects; does not return.

    Parameters
    ----------
    fd : int
        One of a pair of sockets, used to offer the client pipes, which are faster.
    lifeline : int, optional
        Descriptor that ends this process when the client ends; default is ``fd``.
    """
    # Ctrl-C signals the whole process group; the client decides whether to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if lifeline is None:
            start_new_thread(end_with_peer, (fd,))
        else:
            lead_group()
            end_with(lifeline)
        ends = offer_pipes(fd)
    except OSError as error:
        _end_at_start(_STDERR, error)
    let_go_in_forks(fd, *ends)
    _run(*ends)


def offer_pipes(fd: int) -> tuple[int, int]:
    """Offer the client two pipes in place of the socket; return the ends to use."""
    requests, to_requests = os.pipe()
    from_replies, replies = os.pipe()
    _enlarge(requests, replies)
    inodes = [os.fstat(end).st_ino for end in (to_requests, from_replies)]
    os.write(fd, _OFFER.pack(os.getpid(), to_requests, from_replies, *inodes))
    answer = os.read(fd, 1)
    # The client has opened these ends; copies here would hide that it disconnects.
    os.close(to_requests)
    os.close(from_replies)
    return (requests, replies) if answer == b"\1" else (fd, fd)


def main_blocking(folder: str, lifeline: int) -> None:
    """Serve a client that blocks, over two FIFOs in a new folder.

    A client that waits for a reply cannot handle Ctrl-C, so Ctrl-C ends the worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        ends = _meet(folder, lifeline)
        end_with(lifeline)
    except OSError as error:
        _end_at_start(lifeline, error)
    let_go_in_forks(*ends)
    _run(*ends)


def _meet(folder: str, lifeline: int) -> tuple[int, int]:
    """Make the FIFOs, wait until the client has opened them, and return our ends."""
    requests, replies = f"{folder}/requests", f"{folder}/replies"
    os.mkdir(folder, 0o700)  # noqa: PTH102 - pathlib takes time to import
    try:
        os.mkfifo(requests, 0o600)
        os.mkfifo(replies, 0o600)
        # With both ends of each open, opening them does not block.
        held = [os.open(path, os.O_RDWR) for path in (requests, replies)]
        read_fd = os.open(requests, os.O_RDONLY)
        write_fd = os.open(replies, os.O_WRONLY)
        os.mkdir(f"{folder}/made")  # noqa: PTH102
        _wait_for(read_fd, lifeline)
    finally:
        # The client does the same, but may have ended.
        rmtree(folder, ignore_errors=True)
    for fd in held:
        os.close(fd)
    _enlarge(read_fd, write_fd)
    return read_fd, write_fd


def _enlarge(*pipes: int) -> None:
    """Enlarge pipes where the system can and allows it; it may limit their number."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        for pipe in pipes:
            with suppress(OSError):
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _end_at_start(fd: int, error: OSError) -> NoReturn:
    """Report an error of the system on ``fd``, and end this process."""
    with suppress(OSError):
        os.write(fd, f"futhark-bridge worker: cannot start: {error}\n".encode())
    os._exit(1)


def _wait_for(read_fd: int, lifeline: int) -> None:
    """Wait for the first request, which the client sends once it has opened both."""
    events = select.poll()
    events.register(read_fd, select.POLLIN)
    events.register(lifeline, 0)
    if any(fd == lifeline for fd, _ in events.poll()):
        raise SystemExit(0)


def _run(read_fd: int, write_fd: int) -> None:
    if isinstance(sys.stdout, TextIOWrapper):
        # Readers expect each line as soon as it is printed, also from a pipe.
        sys.stdout.reconfigure(line_buffering=True)
    status = 1
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
        status = 0
    except ConnectionError:
        status = 0  # the client disconnected with unread replies
    except ProtocolError as error:
        sys.stderr.write(f"futhark-bridge worker: {error}\n")
    except BaseException:  # noqa: BLE001 - other threads must not outlive this
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        # The context is closed; skip the rest of Python's shutdown.
        os._exit(status)


def _hello(
    request_id: int, kind: int, body: memoryview
) -> tuple[Session | None, bytes]:
    """Load the program named in the first message."""
    try:
        if kind != messages.HELLO:
            raise ProtocolError(f"expected HELLO first, got a request of kind {kind}")
        request = json.loads(bytes(body))
        if request.get("protocol") != messages.PROTOCOL_VERSION:
            raise ProtocolError(
                f"expected protocol {messages.PROTOCOL_VERSION}, got "
                f"{request.get('protocol')}: the two sides have different versions"
            )
        program = Program.open(request["module"], options_of(request["options"]))
    except Exception as error:  # noqa: BLE001 - any failure is reported to the client
        return None, error_frame(request_id, as_futhark_error(error))
    info = {
        **program.info.to_json(),
        "sharedMemory": can_share(request.get("memory")),
        "loaded": _loaded(program),
    }
    session = Session(program)
    session.max_message_bytes = request["options"].get("maxMessageBytes", 2**30)
    return session, frame(request_id, messages.OK, json.dumps(info).encode())


def _loaded(program: Program) -> dict[str, str]:
    """Identify the loaded file, to distinguish it from later versions."""
    path = program.path
    try:
        stat = path.stat()
    except OSError:  # built into Python, or replaced at this moment
        return {"path": str(path), "stamp": ""}
    return {"path": str(path), "stamp": f"{stat.st_size}-{stat.st_mtime_ns}"}


def options_of(given: dict[str, Any]) -> Options:
    """Return the options of a program among those of a client."""
    known = {_OPTION_NAMES[k]: v for k, v in given.items() if k in _OPTION_NAMES}
    return Options(**known)
