"""Replies with the sizes and elements of small arrays."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from struct import Struct
from typing import TYPE_CHECKING

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER

if TYPE_CHECKING:
    from futhark_bridge.program.handle import Value
    from futhark_bridge.program.value_type import ValueType

Reply = bytes | bytearray
ReplyMaker = Callable[[int, "Value"], Reply]


def reply_maker(bound: ValueType) -> ReplyMaker:
    """Return the function that makes a reply from an array's sizes and elements.

    If the elements are too long for it, the reply has the sizes only.
    """
    context, read_into = bound.context, bound.read_into
    from_buffer, c_array = context.ffi.from_buffer, bound.c_array
    rank, item_bytes = bound.info.rank, ELEMTYPES[bound.info.elemtype].bytes
    head = Struct(f"<III{rank}q")
    start = head.size

    def make_reply(request_id: int, value: Value) -> Reply:
        shape = value.shape
        size = prod(shape) * item_bytes
        if size > messages.SMALL_BYTES:
            return head.pack(8 * rank, request_id, messages.OK, *shape)
        reply = bytearray(start + size)
        length = start + size - HEADER.size
        head.pack_into(reply, 0, length, request_id, messages.OK, *shape)
        read_into(value, from_buffer(c_array, memoryview(reply)[start:], True))
        return reply

    return make_reply
