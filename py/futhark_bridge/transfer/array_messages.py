"""Arrays as Arrow messages in requests and replies."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from futhark_bridge.arrow.codec import Frame, decode
from futhark_bridge.errors import ProtocolError
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import unpack_sizes

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import TypeInfo
    from futhark_bridge.memory.slabs import Slabs
    from futhark_bridge.program.handle import Value

PART = Struct("<qq")
"""Offset in a slab of a message, and the size of the message or of its buffer."""


def received_array(
    info: TypeInfo, where: int, body: memoryview, slabs: Slabs
) -> tuple[memoryview, tuple[int, ...]]:
    """Return a view of the elements, and the shape, of an array in a request."""
    if where == messages.SMALL:
        shape, start = unpack_sizes(body, 0, info.rank)
        return body[start:], shape
    message = body
    if where != messages.INLINE:
        message = slabs.view(where, *PART.unpack(body))
    return elements_of(info, message)


def elements_of(
    info: TypeInfo, message: memoryview
) -> tuple[memoryview, tuple[int, ...]]:
    """Return a view of the elements, and the shape, of a message of a type.

    Raises
    ------
    ProtocolError
        If it is malformed, or of another type.
    """
    elemtype, shape, elements = decode(message)
    if elemtype != info.elemtype or len(shape) != info.rank:
        raise ProtocolError(
            f"expected {info.name}, got {elemtype} of rank {len(shape)}"
        )
    return elements, shape


def write_message(array: Value, around: Frame, target: memoryview) -> None:
    """Write an array's message into memory of exactly its size."""
    start = len(around.header)
    end = start + around.nbytes
    target[:start] = around.header
    target[end:] = around.footer
    array.program.values_into(array, target[start:end])
