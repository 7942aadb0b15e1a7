"""Small arrays, which travel in the frames of calls and replies: sizes and elements.

These run for every such array, so each type gets functions of its own with all that
they need at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from struct import Struct
from typing import TYPE_CHECKING

from . import _messages as messages
from ._elemtypes import ELEMTYPES
from ._frames import HEADER
from .errors import ProtocolError

if TYPE_CHECKING:
    from ._bound_type import BoundType
    from ._values import Value

Reply = bytes | bytearray
ReplyMaker = Callable[[int, "Value"], Reply]


class Brought:
    """A small array that comes with a call, and is gone after it.

    Nobody ever sees a handle of it, so none is made each time: ``value`` serves all
    calls. ``take(body, at)`` fills it with what starts there in a message, and tells
    where that ends; ``drop()`` must follow, and does nothing if nothing was taken. The
    lock is held from before the one to after the other.
    """

    __slots__ = ("drop", "take", "value")

    def __init__(self, bound: BoundType, *, consumed: bool) -> None:
        context, program = bound.context, bound.program
        ctx, live = context.ptr, context.live
        free, make_pointer, release = bound.free, bound.make_pointer, context.release
        rank, item_bytes = bound.info.rank, ELEMTYPES[bound.info.elemtype].bytes
        sizes = Struct(f"<{rank}q")
        # What a call makes of it need not remember that: it will be gone.
        atoms = () if consumed else program.constants
        value: Value = object.__new__(bound.value_class)
        value.bound, value.owner = bound, None

        def take(body: memoryview, at: int) -> int:
            shape = sizes.unpack_from(body, at)
            start = at + sizes.size
            end: int = start + prod(shape) * item_bytes
            if end > len(body):
                raise wrong_end(body, end)
            value.ptr = ptr = make_pointer(body[start:end], shape)
            if consumed:
                # The call frees it, as one of the context's.
                live[ptr] = free
            value.shape = shape
            value.atoms = atoms
            value.owner = program
            return end

        def drop() -> None:
            if value.owner is None:
                return  # consumed, or never made
            value.owner = None
            if consumed:
                release(value.ptr, ())
            else:
                free(ctx, value.ptr)

        self.take, self.drop, self.value = take, drop, value


def wrong_end(body: memoryview, end: int) -> ProtocolError:
    """Make the error for a call whose arrays are not just what it brings."""
    return ProtocolError(f"expected a call of {end} bytes, got {len(body)}")


def reply_maker(bound: BoundType) -> ReplyMaker:
    """Make the function that gives the reply of an array's sizes and elements.

    Where these are too long the reply has the sizes alone.
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
