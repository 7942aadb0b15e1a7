"""The frame around the bytes of a stored value.

C reads stored bytes without knowing how many there are, so nothing may reach it that
does not check out::

    0  b"FUTV"   4  u32 version   8  type digest (32)   40  u64 length
    48 payload   48+length  sha256 of all before (32)

The payload is a sequence of values in Futhark's binary data format. The checksum is no
secret, so the payload itself is checked as well: that it is such a sequence, and what
`_stored_layout` knows of the type. Of a type that the manifest does not describe it
knows nothing: there only whole values are asked for, and what C checks.
https://futhark.readthedocs.io/en/latest/binary-data-format.html
"""

from __future__ import annotations

import hashlib
import struct
from math import prod
from typing import Any

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError

from .stored_layout import Part

MAGIC = b"FUTV"
VERSION = 1
_HEAD = struct.Struct("<4sI32sQ")
_CHECKSUM_BYTES = 32
# The headers that C reads after the last good one run into this many zero bytes, which
# no header matches: enough for more than a thousand parts.
_PADDING = bytes(16384)
# A value of the unit type, in the same format: one bool.
UNIT_PAYLOAD = b"b\x02\x00bool\x00" + _PADDING
_TYPES = {name.rjust(4).encode(): elem for name, elem in ELEMTYPES.items()}


def framed(length: int) -> int:
    """Give the number of bytes that a payload of so many becomes."""
    return _HEAD.size + length + _CHECKSUM_BYTES


def frame(digest: bytes, payload: Any) -> bytes:
    """Put the frame around a payload (any bytes-like object)."""
    head = _HEAD.pack(MAGIC, VERSION, digest, len(payload))
    hashed = hashlib.sha256(head)
    hashed.update(payload)
    return b"".join((head, payload, hashed.digest()))


def unframe(
    data: bytes | bytearray | memoryview, digest: bytes, where: str
) -> memoryview:
    """Check a frame and give its payload.

    Raises
    ------
    ArgumentError
        If it is cut short, changed, of another type, program or compiler.
    """
    view = memoryview(data).cast("B")
    if len(view) < _HEAD.size + _CHECKSUM_BYTES:
        raise ArgumentError(f"{where}: {len(view)} bytes are no stored value")
    magic, version, found, length = _HEAD.unpack_from(view)
    if magic != MAGIC:
        raise ArgumentError(f"{where}: these bytes are no stored value")
    if version != VERSION:
        raise ArgumentError(
            f"{where}: stored in version {version} of the format, expected {VERSION}"
        )
    total = framed(length)
    if len(view) != total:
        raise ArgumentError(
            f"{where}: expected {total} bytes of stored value, got {len(view)}"
        )
    end = _HEAD.size + length
    if hashlib.sha256(view[:end]).digest() != view[end:]:
        raise ArgumentError(f"{where}: the stored value was changed (checksum)")
    if found != digest:
        raise ArgumentError(
            f"{where}: stored by another program, type or compiler version"
        )
    return view[_HEAD.size : end]


def readable(payload: Any) -> bytearray:
    """Copy a payload into memory that C can read safely, whatever it looks for."""
    padded = bytearray(payload)
    padded += _PADDING
    return padded


def split(payload: memoryview) -> list[Part] | None:
    """Give the values that a payload is a sequence of; None if it is no such thing."""
    found = []
    at, end = 0, len(payload)
    while at < end:
        if end - at < 7 or payload[at] != ord("b") or payload[at + 1] != 2:
            return None
        rank, elem = payload[at + 2], _TYPES.get(bytes(payload[at + 3 : at + 7]))
        at += 7
        if elem is None or end - at < 8 * rank:
            return None
        shape = struct.unpack_from(f"<{rank}Q", payload, at)
        at += 8 * rank
        size = prod(shape) * elem.bytes
        # Beside a size of 0 any other fits, but C's have a sign.
        if end - at < size or any(d >= 2**63 for d in shape):
            return None
        found.append(Part(elem.name, shape, payload[at : at + size]))
        at += size
    return found
