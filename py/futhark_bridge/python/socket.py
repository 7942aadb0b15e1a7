"""The second socket of a session, over which JavaScript uses Python objects."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import selectors
import socket
from contextlib import suppress
from errno import EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM
from threading import Lock, Thread
from time import sleep
from typing import Any

from futhark_bridge.connection.socket_folder import SocketFolder
from futhark_bridge.errors import ProtocolError
from futhark_bridge.memory.slabs import Slabs
from futhark_bridge.wire.frames import FrameReader

from .encoding import Part
from .message import Incoming, check_length, pack, unpack
from .objects import PythonSide
from .shared_parts import MIN_SHARED_BYTES, SharedParts

# Connections without the secret yet; only processes of the same user can connect.
_MAX_STRANGERS = 64
_RETRY_SECONDS = 0.05
_PASSING = (EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EAGAIN, EINTR)


class PythonSocket:
    """Accepts one client, and serves it until it disconnects."""

    def __init__(self, max_bytes: int, *, share: bool = False) -> None:
        """Start to listen.

        Parameters
        ----------
        max_bytes : int
            The longest message that the client accepts, with its parts.
        share : bool
            Whether the client can read shared memory of this process.
        """
        self._max_bytes = max_bytes
        self._share = share
        self._shared = SharedParts()
        self._slabs = Slabs()
        self._folder = SocketFolder()
        self.path = self._folder.socket
        self.secret = secrets.token_hex(32)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen()
        self._waiting = selectors.DefaultSelector()
        self._client: socket.socket | None = None
        self._lock = Lock()
        self._reader = FrameReader(2**32 - 1)
        self.side = PythonSide(self._send, self._receive)
        Thread(target=self._serve, name="futhark-bridge python", daemon=True).start()

    def place(self) -> bytes:
        """Return the socket's path and the secret, as JSON for the client."""
        place = {"socket": self.path, "secret": self.secret, "pid": os.getpid()}
        return json.dumps(place).encode()

    def close(self) -> None:
        """Disconnect the client."""
        self.side.close()
        for each in (self._listener, self._client):
            if each is not None:
                with suppress(OSError):  # already closed
                    each.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        try:
            # Closed before a client connected, or the client broke the protocol.
            with suppress(OSError, ProtocolError):
                self._client = self._admit()
                with self._client:
                    self.side.work()
        finally:
            self.side.close()
            self._shared.close()
            self._slabs.clear()

    def _admit(self) -> socket.socket:
        """Wait for a client that sends the secret; then remove the socket's path."""
        secret = self.secret.encode()
        try:
            with self._listener, self._waiting as waiting:
                waiting.register(self._listener, selectors.EVENT_READ, b"")
                try:
                    while True:
                        for key, _ in waiting.select():
                            client = self._hear(key, waiting, secret)
                            if client is not None:
                                return client
                finally:
                    for key in list(waiting.get_map().values()):
                        _close(key.fileobj)
        finally:
            self._folder.remove()

    def _hear(
        self,
        key: selectors.SelectorKey,
        waiting: selectors.BaseSelector,
        secret: bytes,
    ) -> socket.socket | None:
        """Handle an event; return the client once it has sent the secret."""
        client = key.fileobj
        assert isinstance(client, socket.socket), "only sockets are registered"
        if client is self._listener:
            try:
                new, _ = client.accept()
            except OSError as error:
                if error.errno not in _PASSING:
                    raise  # closed
                # The client has disconnected, or this process is out of descriptors and
                # the client stays in the backlog.
                sleep(_RETRY_SECONDS)
                return None
            if len(waiting.get_map()) > _MAX_STRANGERS:
                new.close()
            else:
                waiting.register(new, selectors.EVENT_READ, b"")
            return None
        try:
            chunk = client.recv(len(secret) - len(key.data))
        except OSError:
            chunk = b""
        given = key.data + chunk
        if chunk and len(given) < len(secret):
            waiting.modify(client, selectors.EVENT_READ, given)
            return None
        waiting.unregister(client)
        if hmac.compare_digest(given, secret):
            return client
        client.close()
        return None

    def _receive(self) -> list[Incoming] | None:
        assert self._client is not None, "it has been accepted"
        try:
            count = self._client.recv_into(self._reader.target())
        except OSError:
            return None
        if count == 0:
            return None
        frames = self._reader.filled(count)
        incoming = [
            unpack(self._slabs, json_size, tag, body) for json_size, tag, body in frames
        ]
        for message, _ in incoming:
            for fd in message.get("read", ()):
                self._shared.release(fd)
        return [each for each in incoming if "read" not in each[0]]

    def _send(self, message: dict[str, Any], parts: list[Part]) -> None:
        """Send a message.

        Raises
        ------
        ArgumentError
            If it is longer than the client accepts; then nothing has been sent.
        """
        sizes = [sum(len(piece) for piece in part) for part in parts]
        check_length(sum(sizes), self._max_bytes)
        files = [
            self._shared.put(part) if self._share and size >= MIN_SHARED_BYTES else None
            for part, size in zip(parts, sizes, strict=True)
        ]
        try:
            frame = pack(message, parts, files, self._max_bytes)
            # User threads may call back at any time.
            with self._lock, suppress(OSError):  # the client has disconnected
                if self._client is not None:
                    self._client.sendall(frame)
        except BaseException:
            for fd in files:
                if fd is not None:
                    self._shared.release(fd)
            raise


def _close(each: object) -> None:
    assert isinstance(each, socket.socket), "only sockets are registered"
    each.close()
