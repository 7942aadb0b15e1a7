"""The second socket of a session, over which JavaScript uses Python objects.

A frame is one message: ``u32 length | u32 length of the JSON | u32 tag``, the JSON, and
its parts, each at the next multiple of 64 bytes. ``parts`` in the JSON lists their
sizes. The tag is ``2n`` for request ``n`` and its reply, ``2n + 1`` for question ``n``
and its answer, so that a malformed message fails only that exchange.
"""

from __future__ import annotations

import hmac
import json
import secrets
import selectors
import socket
from contextlib import suppress
from errno import EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM
from threading import Lock, Thread
from time import sleep
from typing import Any

from futhark_bridge.connection.socket_folder import SocketFolder
from futhark_bridge.errors import ArgumentError, ProtocolError
from futhark_bridge.wire.frames import HEADER, FrameReader

from .encoding import MAX_TEXT, Part
from .objects import Incoming, Message, PythonSide

_ALIGN = 64
# Connections without the secret yet; only processes of the same user can connect.
_MAX_STRANGERS = 64
_RETRY_SECONDS = 0.05
_PASSING = (EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EAGAIN, EINTR)


class PythonSocket:
    """Accepts one client, and serves it until it disconnects."""

    def __init__(self, max_bytes: int) -> None:
        """Start to listen.

        Parameters
        ----------
        max_bytes : int
            The longest message that the client accepts.
        """
        self._max_bytes = max_bytes
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
        return json.dumps({"socket": self.path, "secret": self.secret}).encode()

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
        return [_message(json_size, tag, body) for json_size, tag, body in frames]

    def _send(self, message: dict[str, Any], parts: list[Part]) -> None:
        """Send a message.

        Raises
        ------
        ArgumentError
            If it is longer than the client accepts; then nothing has been sent.
        """
        if parts:
            message["parts"] = [len(part) for part in parts]
        text = json.dumps(message).encode()
        if len(text) > MAX_TEXT:
            raise ArgumentError(
                f"python: a result of {len(text)} bytes of JSON is longer than the "
                f"limit of JavaScript strings, {MAX_TEXT}"
            )
        pieces: list[Part] = [b"", text]
        at = len(text)
        for part in parts:
            pieces += [bytes(-at % _ALIGN), part]
            at += -at % _ALIGN + len(part)
        if at > self._max_bytes and "error" not in message:
            raise ArgumentError(
                f"python: a result of {at} bytes is longer than the limit of "
                f"{self._max_bytes} (option maxMessageBytes)"
            )
        tag = 2 * message["reply"] if "reply" in message else 2 * message["ask"] + 1
        pieces[0] = HEADER.pack(at, len(text), tag % 2**32)
        frame = b"".join(pieces)
        client = self._client
        if client is None:
            return
        # User threads may call back at any time.
        with self._lock, suppress(OSError):  # the client has disconnected
            client.sendall(frame)


def _message(json_size: int, tag: int, body: memoryview) -> Incoming:
    try:
        message: Message = json.loads(bytes(body[:json_size]))
        if not isinstance(message, dict):
            raise ProtocolError("python: expected an object")
        for name in ("r", "answer"):
            if not isinstance(message.get(name, 0), int):
                raise ProtocolError(f"python: expected a number for {name}")
        parts, at = [], json_size
        # The frame's memory is reused while requests are queued.
        kept = memoryview(bytes(body)) if message.get("parts") else body
        for size in message.get("parts", ()):
            at += -at % _ALIGN
            parts.append(kept[at : at + size])
            at += size
    except Exception as error:  # noqa: BLE001 - fails the message's request
        unread = error if isinstance(error, ProtocolError) else _unreadable(error)
        return {"answer" if tag % 2 else "r": tag // 2, "unread": unread}, []
    return message, parts


def _unreadable(error: Exception) -> ProtocolError:
    return ProtocolError(
        f"python: a message could not be read: {type(error).__name__}: {error}"
    )


def _close(each: object) -> None:
    assert isinstance(each, socket.socket), "only sockets are registered"
    each.close()
