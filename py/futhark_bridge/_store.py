"""The frame around the bytes of a stored value.

C reads stored bytes without knowing how many there are, so nothing may reach it that
does not check out::

    0  b"FUTV"   4  u32 version   8  type digest (32)   40  u64 length
    48 payload   48+length  sha256 of all before (32)

The payload is a sequence of values in Futhark's binary data format. It is checked to
be one as well: abstract types of old compilers look alike from outside, so the digest
alone does not prove that a payload has as many parts as C will read.
https://futhark.readthedocs.io/en/latest/binary-data-format.html
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any

from ._elemtypes import ELEMTYPES
from .errors import ArgumentError

MAGIC = b"FUTV"
VERSION = 1
_HEAD = struct.Struct("<4sI32sQ")
_CHECKSUM_BYTES = 32
# The headers that C reads after the last good one run into this many zero bytes, which
# no header matches: enough for more than a thousand parts.
_PADDING = bytes(16384)
# A value of the unit type, in the same format: one bool.
UNIT_PAYLOAD = b"b\x02\x00bool\x00" + _PADDING


def frame(digest: bytes, payload: Any) -> bytes:
    """Put the frame around a payload (any bytes-like object)."""
    head = _HEAD.pack(MAGIC, VERSION, digest, len(payload))
    hashed = hashlib.sha256(head)
    hashed.update(payload)
    return b"".join((head, payload, hashed.digest()))


def unframe(data: bytes | bytearray | memoryview, digest: bytes, where: str) -> bytes:
    """Check a frame and give its payload, padded so that C can read it safely.

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
    total = _HEAD.size + length + _CHECKSUM_BYTES
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
    payload = view[_HEAD.size : end]
    if not _well_formed(payload):
        raise ArgumentError(f"{where}: the stored value is malformed")
    return b"".join((payload, _PADDING))


def _well_formed(payload: memoryview) -> bool:
    """Tell whether the payload is a sequence of whole values and nothing more."""
    sizes = {name.rjust(4).encode(): e.bytes for name, e in ELEMTYPES.items()}
    at, end = 0, len(payload)
    while at < end:
        if end - at < 7 or payload[at] != ord("b") or payload[at + 1] != 2:
            return False
        rank, size = payload[at + 2], sizes.get(bytes(payload[at + 3 : at + 7]))
        at += 7
        if size is None or end - at < 8 * rank:
            return False
        for dim in struct.unpack_from(f"<{rank}Q", payload, at):
            size *= dim
        at += 8 * rank
        if end - at < size:
            return False
        at += size
    return True
