"""Codec between one array and an Arrow IPC stream, as ``arrow/README.md`` specifies.

A message consists of a header, a body (the elements) and a footer. The elements are
never copied here: the body is sent, read or mapped in place.
"""

from functools import lru_cache
from struct import Struct, pack_into
from typing import NamedTuple

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError, ProtocolError

from .headers import Template, template

MAX_RANK = 64
"""The limit of numpy; it bounds the size of the header."""

MAX_COUNT = 2**53 - 1
"""Largest dimension and size in bytes: the largest exact integer in JavaScript."""

_MAX_LIST_SIZE = 2**31 - 1
_MAX_HEADER = 4096
_ALIGN = 64
_CONTINUATION = 0xFFFFFFFF
_END = b"\xff\xff\xff\xff\0\0\0\0"
_TWO_U32 = Struct("<II")


class Decoded(NamedTuple):
    """The array in a message; ``body`` is a view of the message, not a copy."""

    elemtype: str
    shape: tuple[int, ...]
    body: memoryview


@lru_cache(maxsize=256)
def encode_header(elemtype: str, shape: tuple[int, ...]) -> bytes:
    """Return the bytes before the elements; their number is a multiple of 64.

    Raises
    ------
    ArgumentError
        If there is no such elemtype, or the rank or size exceeds its limit.
    """
    if elemtype not in ELEMTYPES:
        raise ArgumentError(f"expected an elemtype, got {elemtype!r}")
    count = _count(shape, ELEMTYPES[elemtype].bytes)
    return _fill(template(elemtype, count > _MAX_LIST_SIZE), shape, count)


@lru_cache(maxsize=64)
def _footer(padding: int) -> bytes:
    return bytes(padding) + _END


def encode_footer(nbytes: int) -> bytes:
    """Return the bytes after ``nbytes`` of elements: padding, end-of-stream marker."""
    return _footer(-nbytes % _ALIGN)


class Frame(NamedTuple):
    """The parts of a message other than the elements, and the sizes in bytes."""

    header: bytes
    footer: bytes
    nbytes: int
    """Size of the elements."""
    total: int
    """Size of the whole message."""


@lru_cache(maxsize=256)
def frame_of(elemtype: str, shape: tuple[int, ...]) -> Frame:
    """Return the header and footer of an array's message, and its sizes."""
    header = encode_header(elemtype, shape)
    nbytes = _count(shape, ELEMTYPES[elemtype].bytes) * ELEMTYPES[elemtype].bytes
    footer = encode_footer(nbytes)
    return Frame(header, footer, nbytes, len(header) + nbytes + len(footer))


def message_bytes(elemtype: str, shape: tuple[int, ...]) -> int:
    """Return the size of an array's message in bytes."""
    return frame_of(elemtype, shape).total


def decode(buffer: bytes | bytearray | memoryview) -> Decoded:
    """Decode one message, which must fill ``buffer`` exactly; elements are not copied.

    Raises
    ------
    ProtocolError
        If the bytes are not exactly what the encoder writes for some array.
    """
    view = memoryview(buffer)
    if view.format != "B" or view.ndim != 1:
        view = view.cast("B")
    start = _header_bytes(view)
    elemtype, shape, (_, footer, nbytes, expected) = _read_header(bytes(view[:start]))
    if len(view) != expected:
        raise ProtocolError(
            f"array message of {elemtype} {list(shape)}: expected {expected} bytes, "
            f"got {len(view)}"
        )
    end = start + nbytes
    if view[end:] != footer:
        raise ProtocolError(
            f"array message of {elemtype} {list(shape)}: expected zeros and the "
            f"end-of-stream marker after the elements"
        )
    return Decoded(elemtype, shape, view[start:end])


def _count(shape: tuple[int, ...], itemsize: int) -> int:
    """Return the number of elements of a shape, checked against the limits."""
    if len(shape) > MAX_RANK:
        raise ArgumentError(f"expected rank {MAX_RANK} at most, got {len(shape)}")
    count = 1
    for size in shape:
        if not isinstance(size, int) or not 0 <= size <= MAX_COUNT:
            raise ArgumentError(
                f"expected dimensions from 0 to {MAX_COUNT}, got {list(shape)}"
            )
        count *= size
    if count * itemsize > MAX_COUNT:
        raise ArgumentError(
            f"expected {MAX_COUNT} bytes at most, got shape {list(shape)}"
        )
    return count


def _fill(form: Template, shape: tuple[int, ...], count: int) -> bytes:
    """Fill in the template.

    ::

        0 continuation | 4 size of the schema's flatbuffer, with padding | 8 schema
        b continuation | b+4 size of the batch's, with padding to 64 | b+8 batch
    """
    text = form.before + ",".join(map(str, shape)).encode() + form.after
    text_at = 8 + len(form.schema)
    batch_at = text_at + len(text) + 1
    batch_at += -batch_at % 8
    end = batch_at + 8 + len(form.batch)
    end += -end % _ALIGN
    nbytes = count * ELEMTYPES[form.elemtype].bytes
    header = bytearray(end)
    pack_into("<II", header, 0, _CONTINUATION, batch_at - 8)
    header[8:text_at] = form.schema
    pack_into("<I", header, text_at - 4, len(text))
    header[text_at : text_at + len(text)] = text
    if form.list_size:
        pack_into("<i", header, 8 + form.list_size, count)
    pack_into("<II", header, batch_at, _CONTINUATION, end - batch_at - 8)
    batch_at += 8
    header[batch_at : batch_at + len(form.batch)] = form.batch
    for position in form.rows:
        pack_into("<q", header, batch_at + position, count)
    pack_into("<q", header, batch_at + form.size, nbytes)
    pack_into("<q", header, batch_at + form.body, nbytes + -nbytes % _ALIGN)
    return bytes(header)


def _header_bytes(view: memoryview) -> int:
    """Return the size of the header, from the sizes of its two messages."""
    end = 0
    length = len(view)
    for _ in range(2):
        if end + 8 > length:
            raise ProtocolError(f"array message of {length} bytes: truncated")
        mark, size = _TWO_U32.unpack_from(view, end)
        end += 8 + size
        if mark != _CONTINUATION or end > _MAX_HEADER or end > length:
            raise ProtocolError("array message: invalid header")
    return end


@lru_cache(maxsize=256)
def _read_header(header: bytes) -> tuple[str, tuple[int, ...], Frame]:
    """Return elemtype and shape, and the expected header, footer and sizes.

    Only the shape's text is parsed; the rest is compared with the encoder's output, so
    that no length or offset from the peer is followed.
    """
    form = _template_of(header)
    text_at = 8 + len(form.schema)
    length = int.from_bytes(header[text_at - 4 : text_at], "little")
    text = header[text_at : text_at + length]
    shape = _parse_shape(text.removeprefix(form.before).removesuffix(form.after))
    try:
        canonical = encode_header(form.elemtype, shape)
    except ArgumentError as error:
        raise ProtocolError(f"array message: {error}") from error
    if header != canonical:
        raise ProtocolError(
            f"array message of {form.elemtype} {list(shape)}: header is not canonical"
        )
    return form.elemtype, shape, frame_of(form.elemtype, shape)


def _template_of(header: bytes) -> Template:
    for flat in (False, True):
        for elemtype in ELEMTYPES:
            form = template(elemtype, flat)
            if header.startswith(form.prefix, 8):
                return form
    raise ProtocolError("array message: unknown schema")


def _parse_shape(text: bytes) -> tuple[int, ...]:
    parts = text.split(b",") if text else []
    if len(parts) > MAX_RANK or not all(p.isdigit() and len(p) <= 16 for p in parts):
        raise ProtocolError("array message: invalid shape")
    return tuple(map(int, parts))
