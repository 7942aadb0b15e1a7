"""The second socket of a session, over which JavaScript uses Python objects.

A frame is one message: ``u32 length | u32 length of the JSON | u32 0``, the JSON, and
its parts, each at the next multiple of 64 bytes. ``parts`` in the JSON has their sizes.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from ._frames import HEADER, FrameReader
from ._python_side import Incoming, Message, PythonSide
from ._python_values import Part
from ._socket_folder import SocketFolder

_ALIGN = 64


class PythonSocket:
    """Waits for the one client, and serves it until it goes."""

    def __init__(self) -> None:
        self._folder = SocketFolder()
        self.path = self._folder.socket
        self.secret = secrets.token_hex(32)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen()
        self._client: socket.socket | None = None
        self._lock = Lock()
        self._reader = FrameReader(2**32 - 1)
        self.side = PythonSide(self._send, self._receive)
        Thread(target=self._serve, name="futhark-bridge python", daemon=True).start()

    def place(self) -> bytes:
        """Tell the client where to come, and what to say."""
        return json.dumps({"socket": self.path, "secret": self.secret}).encode()

    def close(self) -> None:
        """Let the client go."""
        self.side.close()
        for each in (self._listener, self._client):
            if each is not None:
                with suppress(OSError):  # gone already
                    each.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        try:
            with suppress(OSError):  # we were closed before anybody came
                self._client = self._admit()
                with self._client:
                    self.side.work()
        finally:
            self.side.close()

    def _admit(self) -> socket.socket:
        """Wait for a client that knows the secret; then the socket has no name."""
        try:
            with self._listener:
                while True:
                    client, _ = self._listener.accept()
                    given = b""
                    while len(given) < len(self.secret):
                        chunk = client.recv(len(self.secret) - len(given))
                        if not chunk:
                            break
                        given += chunk
                    if hmac.compare_digest(given, self.secret.encode()):
                        return client
                    client.close()
        finally:
            self._folder.remove()

    def _receive(self) -> list[Incoming] | None:
        assert self._client is not None, "it has been admitted"
        try:
            count = os.readv(self._client.fileno(), [self._reader.target()])
        except OSError:
            return None
        if count == 0:
            return None
        frames = self._reader.filled(count)
        return [_message(json_size, body) for json_size, _, body in frames]

    def _send(self, message: dict[str, Any], parts: list[Part]) -> None:
        if parts:
            message["parts"] = [len(part) for part in parts]
        text = json.dumps(message).encode()
        pieces: list[Part] = [b"", text]
        at = len(text)
        for part in parts:
            pieces += [bytes(-at % _ALIGN), part]
            at += -at % _ALIGN + len(part)
        pieces[0] = HEADER.pack(at, len(text), 0)
        client = self._client
        if client is None:
            return
        # Threads of the user's may call back at any time.
        with self._lock, suppress(OSError):  # a client that went is told nothing
            client.sendall(b"".join(pieces))


def _message(json_size: int, body: memoryview) -> Incoming:
    message: Message = json.loads(bytes(body[:json_size]))
    parts, at = [], json_size
    # The frame's memory is used again, while requests may wait in line.
    kept = memoryview(bytes(body)) if message.get("parts") else body
    for size in message.get("parts", ()):
        at += -at % _ALIGN
        parts.append(kept[at : at + size])
        at += size
    return message, parts
