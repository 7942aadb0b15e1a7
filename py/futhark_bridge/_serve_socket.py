"""Serves an open program to clients on a Unix socket, from threads in the background.

The program's owner goes on with it: C calls of both sides run one at a time under the
program's lock, and nothing else waits for anything. Each client has a session of its
own, whose values are freed when the client goes. Nothing here ends the process, closes
the program or touches signals.
"""

from __future__ import annotations

import hmac
import json
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock, Thread, current_thread
from typing import Any

from . import _messages as messages
from ._frames import FrameReader, frame
from ._program import Program
from ._session import Session, as_futhark_error, error_frame
from ._slabs import can_share
from ._stream import serve_stream
from ._values import Value
from .errors import ArgumentError, FutharkError, ProtocolError

_MAX_HELLO_BYTES = 1 << 16
_MAX_MESSAGE_BYTES = 2**32 - 1


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
        self._closed = False
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen()
        self._thread = _start("accept", self._accept)

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        with self._lock:
            return len(self._clients)

    def close(self) -> None:
        """Disconnect all clients; what they are waiting for fails there at once."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            clients = list(self._clients)
        for each in (self._listener, *clients):
            _shut_down(each)

    def wait(self) -> None:
        """Wait until closed."""
        self._thread.join()

    def join(self) -> None:
        """Wait for calls that clients have running, and for their values to be freed.

        Only in the process that made the server: a fork has no threads but its own.
        """
        if os.getpid() != self._pid:
            return
        with self._lock:
            threads = [self._thread, *self._clients.values()]
        for thread in threads:
            if thread is not current_thread():
                thread.join()

    def forget(self) -> None:
        """Let go of the sockets in a fork, which would hold the clients' ends open."""
        for each in (self._listener, *self._clients):
            each.close()

    def _accept(self) -> None:
        with self._listener:
            while True:
                try:
                    client, _ = self._listener.accept()
                except OSError:
                    if self._closed:
                        return
                    continue  # that client has gone already
                with self._lock:
                    if self._closed:
                        client.close()
                        return
                    thread = Thread(
                        target=self._serve,
                        args=(client,),
                        name="futhark-bridge client",
                        daemon=True,
                    )
                    self._clients[client] = thread
                    thread.start()

    def _serve(self, client: socket.socket) -> None:
        guest = _Guest(self)
        fd = client.fileno()
        try:
            # Whoever breaks the protocol, or goes in the midst of a reply, is done.
            with suppress(OSError, ProtocolError):
                serve_stream(fd, fd, guest.reader, guest.hello)
            _shut_down(client)
        finally:
            if guest.session is not None:
                guest.session.end()
            with self._lock:
                self._clients.pop(client, None)
            client.close()


class _Guest:
    """A client that has to show the secret before anything else."""

    def __init__(self, server: SocketServer) -> None:
        self._server = server
        self.reader = FrameReader(_MAX_HELLO_BYTES)
        self.session: Session | None = None

    def hello(
        self, request_id: int, kind: int, body: memoryview
    ) -> tuple[Session | None, bytes]:
        server = self._server
        try:
            request = self._admit(kind, body)
        except FutharkError as error:
            return None, error_frame(request_id, error)
        except Exception as error:  # noqa: BLE001 - whatever fails is told to the client
            return None, error_frame(request_id, as_futhark_error(error))
        self.reader.max_bytes = _MAX_MESSAGE_BYTES
        self.session = Session(server.program, server.shared)
        info = {
            **server.program.info.to_json(),
            "sharedMemory": can_share(request.get("memory")),
            "shared": [_describe(name, value) for name, value in server.shared.items()],
        }
        reply = frame(request_id, messages.OK, json.dumps(info).encode())
        return self.session, reply

    def _admit(self, kind: int, body: memoryview) -> dict[str, Any]:
        request = json.loads(bytes(body)) if kind == messages.HELLO else None
        secret = request.get("secret") if isinstance(request, dict) else None
        # Before all else, so that a stranger learns nothing; and in constant time.
        given = secret.encode() if isinstance(secret, str) else b""
        if not hmac.compare_digest(given, self._server.secret.encode()):
            raise ArgumentError(
                "attach: the secret is missing or wrong; the connection file may be old"
            )
        assert isinstance(request, dict), "it had the secret"
        if request.get("protocol") != messages.PROTOCOL_VERSION:
            raise ProtocolError(
                f"expected protocol {messages.PROTOCOL_VERSION}, got "
                f"{request.get('protocol')}: the two sides are of different versions"
            )
        return request


def _describe(name: str, value: Value) -> dict[str, object]:
    shape = list(value.shape)
    return {"name": name, "type": value.type, "shape": shape, "state": value.state}


def _start(name: str, target: Any) -> Thread:
    thread = Thread(target=target, name=f"futhark-bridge {name}", daemon=True)
    thread.start()
    return thread


def _shut_down(each: socket.socket) -> None:
    with suppress(OSError):  # not connected any more
        each.shutdown(socket.SHUT_RDWR)
