"""Messages between JavaScript and Python objects.

A frame is one message: ``u32 length | u32 length of the JSON | u32 tag``, the JSON, and
its parts, each at the next multiple of 64 bytes. ``parts`` in the JSON lists the sizes
of those in the frame, and the places of those in shared memory. The tag is ``2n`` for
request ``n`` and its reply, ``2n + 1`` for question ``n`` and its answer, so that a
malformed message fails only that exchange.
"""

from __future__ import annotations

import json
from typing import Any

from futhark_bridge.errors import ArgumentError, ProtocolError
from futhark_bridge.memory.slabs import Slabs
from futhark_bridge.wire.frames import HEADER

from .encoding import MAX_TEXT, Part, Piece

_ALIGN = 64

Message = dict[str, Any]
Incoming = tuple[Message, list[memoryview]]


def pack(
    message: Message, parts: list[Part], files: list[int | None], max_bytes: int
) -> bytes:
    """Return the frame of a message.

    Parameters
    ----------
    files : list
        For each part the descriptor of the file that holds it, or None if it is to be
        in the frame.

    Raises
    ------
    ArgumentError
        If the frame is longer than the client accepts.
    """
    sizes = [sum(len(piece) for piece in part) for part in parts]
    if parts:
        message["parts"] = [
            size if fd is None else [fd, size]
            for size, fd in zip(sizes, files, strict=True)
        ]
    text = json.dumps(message).encode()
    if len(text) > MAX_TEXT:
        raise ArgumentError(
            f"python: a result of {len(text)} bytes of JSON is longer than the "
            f"limit of JavaScript strings, {MAX_TEXT}"
        )
    pieces: list[Piece] = [b"", text]
    at = len(text)
    for part, size, fd in zip(parts, sizes, files, strict=True):
        if fd is None:
            pieces += [bytes(-at % _ALIGN), *part]
            at += -at % _ALIGN + size
    if "error" not in message:
        check_length(at, max_bytes)
    tag = 2 * message["reply"] if "reply" in message else 2 * message["ask"] + 1
    pieces[0] = HEADER.pack(at, len(text), tag % 2**32)
    return b"".join(pieces)


def check_length(size: int, max_bytes: int) -> None:
    """Raise ArgumentError for a result that is longer than the client accepts."""
    if size > max_bytes:
        raise ArgumentError(
            f"python: a result of {size} bytes is longer than the limit of "
            f"{max_bytes} (option maxMessageBytes)"
        )


def unpack(slabs: Slabs, json_size: int, tag: int, body: memoryview) -> Incoming:
    """Return a message of the client and its parts.

    If it cannot be read, the error is in ``unread``.
    """
    try:
        message: Message = json.loads(bytes(body[:json_size]))
        _check(message)
        for slab in message.get("slabs", ()):
            slabs.add(*slab)
        places = message.get("parts", ())
        # The frame's memory is reused while requests are queued.
        framed = any(isinstance(place, int) for place in places)
        kept = memoryview(bytes(body)) if framed else body
        parts, at = [], json_size
        for place in places:
            if isinstance(place, int):
                at += -at % _ALIGN
                parts.append(kept[at : at + place])
                at += place
            else:
                parts.append(slabs.view(*place))
    except Exception as error:  # noqa: BLE001 - fails the message's request
        unread = error if isinstance(error, ProtocolError) else _unreadable(error)
        return {"answer" if tag % 2 else "r": tag // 2, "unread": unread}, []
    return message, parts


def _check(message: object) -> None:
    if not isinstance(message, dict):
        raise ProtocolError("python: expected an object")
    for name in ("r", "answer"):
        if not isinstance(message.get(name, 0), int):
            raise ProtocolError(f"python: expected a number for {name}")
    read = message.get("read", [])
    if not isinstance(read, list) or not all(isinstance(fd, int) for fd in read):
        raise ProtocolError("python: expected a list of numbers for read")


def _unreadable(error: Exception) -> ProtocolError:
    return ProtocolError(
        f"python: a message could not be read: {type(error).__name__}: {error}"
    )
