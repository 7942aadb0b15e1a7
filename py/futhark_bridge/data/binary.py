"""Futhark's binary data format, version 2.

A value is ``b``, u8 version, u8 rank, the element type in four letters, a u64 for each
dimension, and the elements, all little-endian:
https://futhark.readthedocs.io/en/latest/binary-data-format.html
"""

from __future__ import annotations

import struct
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_HEAD = struct.Struct("<cBB4s")
_VERSION = 2
_MAX_RANK = 64  # numpy's
_SPACES = b" \t\r\n"
_NAMES = {e.dtype: e.name for e in ELEMTYPES.values()}


def is_binary(data: bytes) -> bool:
    """Return whether the bytes are in the binary format; no text starts like it."""
    start = data.lstrip(_SPACES)[:2] if data[:1] in _SPACES else data[:2]
    return start[:1] == b"b" and start[1:] < b" "


def read_binary(data: bytes, where: str) -> list[NDArray[Any]]:
    """Return all values; scalars have rank 0. The arrays are read-only views.

    Raises
    ------
    ArgumentError
        If the data is invalid, cut short or of another version.
    """
    values: list[NDArray[Any]] = []
    at = _skip_spaces(data, 0)
    while at < len(data):
        value, end = _read_value(data, at, f"{where}, value {len(values) + 1}")
        values.append(value)
        at = _skip_spaces(data, end)
    return values


def _skip_spaces(data: bytes, at: int) -> int:
    while data[at : at + 1] and data[at] in _SPACES:
        at += 1
    return at


def _read_value(data: bytes, at: int, where: str) -> tuple[NDArray[Any], int]:
    start = at + _HEAD.size
    if start > len(data):
        raise ArgumentError(f"{where}: cut short within its header")
    letter, version, rank, tag = _HEAD.unpack_from(data, at)
    if letter != b"b" or version != _VERSION:
        raise ArgumentError(
            f"{where}: expected Futhark's binary format, version {_VERSION}"
        )
    if rank > _MAX_RANK:
        raise ArgumentError(f"{where}: expected rank {_MAX_RANK} at most, got {rank}")
    elem = ELEMTYPES.get(tag.decode("latin-1").strip())
    if elem is None:
        raise ArgumentError(f"{where}: expected an element type, got {tag!r}")
    if start + 8 * rank > len(data):
        raise ArgumentError(f"{where}: cut short within its header")
    shape = struct.unpack_from(f"<{rank}Q", data, start)
    start += 8 * rank
    end = start + prod(shape) * elem.bytes
    if end > len(data):
        raise ArgumentError(
            f"{where}: expected {end - start} bytes for {elem.name} of shape "
            f"{list(shape)}, got {len(data) - start}"
        )
    if elem.kind == "bool" and data[start:end].translate(None, b"\0\1"):
        raise ArgumentError(f"{where}: expected bytes of 0 and 1 for bool")
    flat = np.frombuffer(data, elem.dtype, prod(shape), start)
    try:
        return flat.reshape(shape), end
    except ValueError as error:  # if one size is 0, another may be too large
        raise ArgumentError(f"{where}: {error}") from None


def write_binary(values: Iterable[NDArray[Any]]) -> bytes:
    """Return the bytes of a file with these values.

    Raises
    ------
    ArgumentError
        If a value's dtype is not that of an element type.
    """
    parts = []
    for value in values:
        name = elemtype_of(value).rjust(4).encode()
        parts.append(_HEAD.pack(b"b", _VERSION, value.ndim, name))
        parts.append(struct.pack(f"<{value.ndim}Q", *value.shape))
        parts.append(value.astype(value.dtype.newbyteorder("<"), copy=False).tobytes())
    return b"".join(parts)


def elemtype_of(value: NDArray[Any]) -> str:
    """Return the element type of an array's dtype.

    Raises
    ------
    ArgumentError
        If Futhark has no such type.
    """
    name = _NAMES.get(value.dtype.newbyteorder("=").name)
    if name is None:
        raise ArgumentError(f"Futhark has no element type for dtype {value.dtype}")
    return name
