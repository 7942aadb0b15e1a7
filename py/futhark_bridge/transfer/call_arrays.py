"""Arrays that are passed inline or shared with a call, and live as long as it runs.

No user code sees their handles, so one handle per parameter is reused for all calls. A
large array is not copied: Futhark reads it in the client's memory, borrowed with
``futhark_new_raw``. A result may then alias that memory, and is copied before the
memory is returned to the client. If aliasing cannot be detected, or the call overwrites
the array, the array is copied first.
"""

from __future__ import annotations

from math import prod
from struct import Struct
from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ProtocolError
from futhark_bridge.program.aliasing import UNSEEN
from futhark_bridge.program.elements import check_bools, new_failed
from futhark_bridge.program.handle import Value
from futhark_bridge.wire import messages

from .array_messages import elements_of

if TYPE_CHECKING:
    from futhark_bridge.memory.slabs import Slabs
    from futhark_bridge.program.aliasing import Atoms
    from futhark_bridge.program.bound_type import BoundType
    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program
    from futhark_bridge.program.value_type import ValueType

_WHERE = Struct("<Iqq")


class SharedRanges:
    """The shared memory that arrays of a running call are in."""

    def __init__(self, program: Program, operation: Operation) -> None:
        self._program = program
        types = [program.type(r.type) for r in operation.outputs if _has_handles(r)]
        #: Whether results can be checked for aliasing, and arguments are only read.
        # A part of a tuple that is in borrowed memory cannot be projected: that needs a
        # reference count, which C does not keep for borrowed memory.
        self.possible = (
            operation.of == "entry"
            and operation.info.uniqueness_known
            and operation.info.via is None
            and not program.context.gpu
            and all("values_raw" in t.info.functions for t in types)
        )
        self.ranges: list[tuple[int, int]] = []
        known = operation.info.uniqueness_known
        #: The atoms of the arrays. Results need not hold them: the arrays are freed
        #: after the call.
        self.atoms: Atoms = program.constants if known else UNSEEN

    def keep(self, results: tuple[Any, ...]) -> None:
        """Copy results that alias shared memory; the lock is held."""
        context = self._program.context
        for value in results:
            if not isinstance(value, Value):
                continue
            raw = value.bound.function("values_raw")(context.ptr, value.ptr)
            address = int(context.ffi.cast("uintptr_t", raw))
            if any(start <= address < end for start, end in self.ranges):
                alias = value.ptr
                value.ptr = self._program.copy_pointer(value.bound, alias, value.shape)
                context.release(alias, ())


class ArrayOperand:
    """The handle of an array parameter of an operation.

    ``take(body, at, mark)`` makes ``value`` from the array at an offset of a request,
    and returns the end offset; ``drop()`` must follow, and does nothing if nothing was
    taken. The lock is held throughout.
    """

    __slots__ = ("drop", "take", "value")

    def __init__(
        self, bound: ValueType, slabs: Slabs, shared: SharedRanges, *, consumed: bool
    ) -> None:
        context = bound.context
        ctx, live = context.ptr, context.live
        free, make_pointer, release = bound.free, bound.make_pointer, context.release
        rank, item_bytes = bound.info.rank, ELEMTYPES[bound.info.elemtype].bytes
        sizes = Struct(f"<{rank}q")
        atoms = () if consumed else shared.atoms
        value = bound.blank()
        borrows = shared.possible and not consumed and _borrows(bound)

        def take(body: memoryview, at: int, mark: int) -> int:
            if mark == messages.SHARED_ARRAY:
                return take_shared(body, at)
            shape = sizes.unpack_from(body, at)
            start = at + sizes.size
            end: int = start + prod(shape) * item_bytes
            if end > len(body):
                raise wrong_end(body, end)
            hold(make_pointer(body[start:end], shape), shape)
            return end

        def take_shared(body: memoryview, at: int) -> int:
            message = slabs.view(*_WHERE.unpack_from(body, at))
            elements, shape = elements_of(bound.info, message)
            # Addresses cannot tell whether a result aliases an empty array.
            if not borrows or not elements.nbytes:
                hold(make_pointer(elements, shape), shape)
                return at + _WHERE.size
            check_bools(bound.info, elements)
            context.drain()
            data = context.ffi.from_buffer("unsigned char[]", elements)
            address = int(context.ffi.cast("uintptr_t", data))
            shared.ranges.append((address, address + elements.nbytes))
            ptr = bound.function("new_raw")(ctx, data, *shape)
            if not ptr:
                raise new_failed(bound, shape)
            hold(ptr, shape)
            return at + _WHERE.size

        def hold(ptr: Any, shape: tuple[int, ...]) -> None:
            value.ptr = ptr
            if consumed:
                # The call frees it, as it does all pointers that it consumes.
                live[ptr] = free
            value.shape = shape
            value.atoms = atoms
            value.owner = context

        def drop() -> None:
            if value.owner is None:
                return  # consumed, or never made
            value.owner = None
            if consumed:
                release(value.ptr, ())
            else:
                free(ctx, value.ptr)

        self.take, self.drop, self.value = take, drop, value


def _has_handles(result: Any) -> bool:
    return result.type not in ELEMTYPES


def _borrows(bound: BoundType) -> bool:
    """Return whether the type has ``new_raw`` in the form of 0.25.14 and later."""
    if "new_raw" not in bound.info.functions:
        return False
    args = bound.context.ffi.typeof(bound.function("new_raw")).args
    return len(args) == 2 + bound.info.rank and args[1].cname == "unsigned char *"


def wrong_end(body: memoryview, end: int) -> ProtocolError:
    """Return the error for a CALL whose inline arrays do not match its length."""
    return ProtocolError(f"expected a call of {end} bytes, got {len(body)}")
