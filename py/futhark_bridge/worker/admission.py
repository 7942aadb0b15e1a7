"""The first message of an untrusted client, which must contain the secret.

Until then the client can occupy one thread for a few seconds, and little memory.
"""

from __future__ import annotations

import hmac
import json
from time import monotonic
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError, ProtocolError
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER

from .replies import DEFAULT_MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    from socket import socket

HELLO_SECONDS = 10.0
MAX_HELLO_BYTES = 1 << 16


def read_first(client: socket) -> tuple[int, int, bytes]:
    """Read exactly one frame; return its id, kind and body.

    Raises
    ------
    ProtocolError
        If it is longer than a HELLO can be.
    OSError
        If it does not arrive in time, or the connection is closed.
    """
    deadline = monotonic() + HELLO_SECONDS
    header = _read(client, HEADER.size, deadline)
    length, request_id, kind = HEADER.unpack(header)
    if length > MAX_HELLO_BYTES:
        raise ProtocolError(
            f"a first message of {length} bytes is longer than the limit of "
            f"{MAX_HELLO_BYTES}"
        )
    return request_id, kind, _read(client, length, deadline)


def check_hello(kind: int, body: bytes, secret: str) -> dict[str, Any]:
    """Return the contents of HELLO.

    Raises
    ------
    ArgumentError
        If it is another message, or has a wrong secret.
    ProtocolError
        If the client has another protocol version.
    """
    request = _json(body) if kind == messages.HELLO else None
    found = request.get("secret") if isinstance(request, dict) else None
    # First and in constant time, so that an unauthorized client learns nothing.
    given = found.encode(errors="replace") if isinstance(found, str) else b""
    if not hmac.compare_digest(given, secret.encode()):
        raise ArgumentError(
            "attach: the secret is missing or wrong; the connection file may be old"
        )
    assert isinstance(request, dict), "it contains the secret"
    if request.get("protocol") != messages.PROTOCOL_VERSION:
        raise ProtocolError(
            f"expected protocol {messages.PROTOCOL_VERSION}, got "
            f"{request.get('protocol')}: the two sides have different versions"
        )
    return request


def max_message_bytes(request: dict[str, Any]) -> int:
    """Return the longest message that the client accepts."""
    given = request.get("maxMessageBytes")
    return given if isinstance(given, int) else DEFAULT_MAX_MESSAGE_BYTES


def _json(body: bytes) -> object:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found


def _read(client: socket, count: int, deadline: float) -> bytes:
    data = b""
    while len(data) < count:
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        client.settimeout(left)
        chunk = client.recv(count - len(data))
        if not chunk:
            raise ConnectionError
        data += chunk
    return data
