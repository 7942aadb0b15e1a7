"""The frame around the bytes of a stored value.

C reads stored bytes without knowing their length, so they are validated first::

    0  b"FUTV"   4  u32 version   8  type digest (32)   40  u64 length
    48 payload   48+length  sha256 of all before (32)

The payload is a sequence of values in Futhark's binary data format. The checksum can be
forged, so the payload is also checked against the layout of the type. If the manifest
does not describe the type, the checks are that all values are complete, and those of C.
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
# C may read more headers than the payload has. They are then zeros, which no header
# matches; there are enough for over a thousand parts.
_PADDING = bytes(16384)
# The value of the unit type, in the same format: one bool.
UNIT_PAYLOAD = b"b\x02\x00bool\x00" + _PADDING
_TYPES = {name.rjust(4).encode(): elem for name, elem in ELEMTYPES.items()}


def framed(length: int) -> int:
    """Return the framed size in bytes of a payload of ``length`` bytes."""
    return _HEAD.size + length + _CHECKSUM_BYTES


def frame(digest: bytes, payload: Any) -> bytes:
    """Return a payload (any bytes-like object) in its frame."""
    head = _HEAD.pack(MAGIC, VERSION, digest, len(payload))
    hashed = hashlib.sha256(head)
    hashed.update(payload)
    return b"".join((head, payload, hashed.digest()))


def unframe(
    data: bytes | bytearray | memoryview, digest: bytes, where: str
) -> memoryview:
    """Check a frame and return a view of its payload.

    Raises
    ------
    ArgumentError
        If it is truncated, corrupt, or of another type, program or compiler.
    """
    view = memoryview(data).cast("B")
    if len(view) < _HEAD.size + _CHECKSUM_BYTES:
        raise ArgumentError(f"{where}: {len(view)} bytes are not a stored value")
    magic, version, found, length = _HEAD.unpack_from(view)
    if magic != MAGIC:
        raise ArgumentError(f"{where}: these bytes are not a stored value")
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
        raise ArgumentError(f"{where}: the stored value is corrupt (checksum)")
    if found != digest:
        raise ArgumentError(
            f"{where}: stored by another program, type or compiler version"
        )
    return view[_HEAD.size : end]


def readable(payload: Any) -> bytearray:
    """Copy a payload and pad it, so that C never reads beyond the buffer."""
    padded = bytearray(payload)
    padded += _PADDING
    return padded


def split(payload: memoryview) -> list[Part] | None:
    """Return the values in a payload, or None if it is not a sequence of values."""
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
        # Beside a size of 0 any other fits, but sizes in C are signed.
        if end - at < size or any(d >= 2**63 for d in shape):
            return None
        found.append(Part(elem.name, shape, payload[at : at + size]))
        at += size
    return found
