"""Serves an open program to clients on a Unix socket, in background threads.

The owner can go on using the program: C calls of all sides run one at a time under the
program's lock; nothing else blocks. Each client has its own session, whose values are
freed when it disconnects. Nothing here ends the process, closes the program or changes
signal handlers.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Lock, Semaphore, Thread, current_thread
from typing import Any

from futhark_bridge.errors import OutOfMemoryError, ProtocolError
from futhark_bridge.memory.slabs import can_share
from futhark_bridge.program.handle import Value
from futhark_bridge.program.program import Program
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import FrameReader, frame

from .admission import check_hello, max_message_bytes, read_first
from .replies import as_futhark_error, error_frame
from .session import Session
from .stream import serve_stream

_MAX_MESSAGE_BYTES = 2**32 - 1
# Limit on clients that have not sent the secret; others stay in the backlog.
_MAX_STRANGERS = 64
_RETRY_SECONDS = 0.05


class SocketServer:
    """Accepts clients until closed."""

    def __init__(
        self, path: str, secret: str, program: Program, shared: Mapping[str, Value]
    ) -> None:
        self.secret = secret
        self.program = program
        self.shared = shared
        self._pid = os.getpid()
        self._lock = Lock()
        self._clients: dict[socket.socket, Thread] = {}
        self._ended = Event()
        self._strangers = Semaphore(_MAX_STRANGERS)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._listener.bind(path)
            self._listener.listen()
            self._thread = _start("accept", self._accept)
        except BaseException:
            self._listener.close()
            raise

    @property
    def clients(self) -> int:
        """The number of connected clients."""
        with self._lock:
            return len(self._clients)

    def close(self) -> None:
        """Disconnect all clients; their pending requests fail immediately."""
        with self._lock:
            if self._ended.is_set():
                return
            self._ended.set()
            clients = list(self._clients)
        for each in (self._listener, *clients):
            _shut_down(each)

    def wait(self) -> None:
        """Wait until closed."""
        self._thread.join()

    def join(self) -> None:
        """Wait until running calls of clients end and their values are freed.

        Does nothing in a forked child, which does not have these threads.
        """
        if os.getpid() != self._pid:
            return
        with self._lock:
            threads = [self._thread, *self._clients.values()]
        for thread in threads:
            if thread is not current_thread():
                thread.join()

    def forget(self) -> None:
        """Close the sockets in a forked child, which would keep connections open."""
        for each in (self._listener, *self._clients):
            each.close()

    def _accept(self) -> None:
        with self._listener:
            while True:
                self._strangers.acquire()  # released by `_serve`
                client = self._next_client()
                if client is None or not self._start_client(client):
                    return

    def _next_client(self) -> socket.socket | None:
        while not self._ended.is_set():
            try:
                return self._listener.accept()[0]
            except OSError:
                # The client has disconnected, or this process is out of descriptors and
                # the client stays in the backlog.
                self._ended.wait(_RETRY_SECONDS)
        return None

    def _start_client(self, client: socket.socket) -> bool:
        thread = Thread(
            target=self._serve,
            args=(client,),
            name="futhark-bridge client",
            daemon=True,
        )
        with self._lock:
            if self._ended.is_set():
                client.close()
                return False
            self._clients[client] = thread
            try:
                thread.start()
            except RuntimeError:  # no more threads available
                del self._clients[client]
                client.close()
                self._strangers.release()
        return True

    def _serve(self, client: socket.socket) -> None:
        session: Session | None = None
        try:
            # A client that breaks the protocol, disconnects during a reply, or sends
            # more than fits in memory is dropped.
            with suppress(OSError, ProtocolError, MemoryError):
                try:
                    session = self._admit(client)
                finally:
                    self._strangers.release()
                if session is not None:
                    fd = client.fileno()
                    serve_stream(fd, fd, FrameReader(_MAX_MESSAGE_BYTES), session)
            _shut_down(client)
        finally:
            if session is not None:
                session.end()
            with self._lock:
                self._clients.pop(client, None)
            client.close()

    def _admit(self, client: socket.socket) -> Session | None:
        """Return a session for a client with the secret; send others an error."""
        session: Session | None = None
        request_id, kind, body = read_first(client)
        try:
            request = check_hello(kind, body, self.secret)
            info = {
                **self.program.info.to_json(),
                "sharedMemory": can_share(request.get("memory")),
                "shared": [_describe(name, v) for name, v in self.shared.items()],
            }
            reply = frame(request_id, messages.OK, json.dumps(info).encode())
            session = Session(self.program, self.shared)
            session.max_message_bytes = max_message_bytes(request)
        except Exception as error:  # noqa: BLE001 - any failure is reported to the client
            reply = error_frame(request_id, as_futhark_error(error))
        if session is not None:
            client.settimeout(None)
        client.sendall(reply)
        return session


def _describe(name: str, value: Value) -> dict[str, object]:
    shape = list(value.shape)
    return {"name": name, "type": value.type, "shape": shape, "state": value.state}


def _start(name: str, target: Any) -> Thread:
    thread = Thread(target=target, name=f"futhark-bridge {name}", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        raise OutOfMemoryError(
            f"share: the system refuses a thread: {error}"
        ) from error
    return thread


def _shut_down(each: socket.socket) -> None:
    with suppress(OSError):  # no longer connected
        each.shutdown(socket.SHUT_RDWR)
