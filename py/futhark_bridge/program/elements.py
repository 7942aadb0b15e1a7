"""Copies elements of arrays of primitives to and from Futhark.

This is a hot path, so each type has its own closures with everything bound in advance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import starmap
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError, OutOfMemoryError

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import TypeInfo

    from .bound_type import BoundType
    from .handle import Value

Buffer = bytes | bytearray | memoryview
Blank = Callable[[], "Value"]
Maker = Callable[[Any, Sequence[int]], "Value"]
PointerMaker = Callable[[Any, Sequence[int]], Any]
PointerReader = Callable[["Value", Any], None]
Reader = Callable[["Value", Any], None]


def pointer_maker(bound: BoundType) -> PointerMaker:
    """Return the function that makes a C array from elements, under the lock.

    The elements are copied before it returns; the caller owns the pointer.
    """
    context, info = bound.context, bound.info
    ctx, pending = context.ptr, context.pending
    from_buffer, c_array, new = context.ffi.from_buffer, bound.c_array, bound.new
    rank, size = info.rank, ELEMTYPES[info.elemtype].bytes
    gpu, is_bool = context.gpu, info.elemtype == "bool"

    def make_pointer(data: Any, shape: Sequence[int]) -> Any:
        view = memoryview(data)
        if (
            view.nbytes != prod(shape) * size
            or len(shape) != rank
            or min(shape) < 0
            or not view.c_contiguous
        ):
            refuse_buffer(bound, view, shape)
        if is_bool:
            check_bools(info, view)
        if pending:
            context.drain()
        try:
            # No signal is handled between this call and the assignment.
            [ptr] = starmap(new, ((ctx, from_buffer(c_array, data), *shape),))
        except OverflowError:  # beside a size of 0 any other matches the data
            refuse_buffer(bound, view, shape)
        if not ptr:
            raise new_failed(bound, shape)
        if gpu:
            # The device may still read the buffer, which the caller owns.
            try:
                context.sync(f"new {info.name}")
            except BaseException:
                bound.free(ctx, ptr)
                raise
        return ptr

    return make_pointer


def array_maker(bound: BoundType, blank: Blank, make_pointer: PointerMaker) -> Maker:
    """Return the function that makes handles to arrays from contiguous elements."""
    context, free = bound.context, bound.free
    lock, live = context.lock, context.live

    def make(data: Any, shape: Sequence[int]) -> Value:
        value = blank()
        value.shape = tuple(shape)
        with lock:
            # No signal is handled between the return of `make_pointer` and the end.
            value.ptr = make_pointer(data, shape)
            live[value.ptr] = free
            value.owner = context
        return value

    return make


def pointer_reader(bound: BoundType) -> PointerReader:
    """Return the function that copies an array's elements to a C pointer."""
    context, info = bound.context, bound.info
    ctx, lock, pending = context.ptr, context.lock, context.pending
    values, gpu, where = bound.values, context.gpu, f"values of {info.name}"

    def read_into(value: Value, destination: Any) -> None:
        with lock:
            if pending:
                context.drain()
            if value.owner is not context:
                raise value.refusal(where, context)
            if gpu:
                context.sync(where)
            status = values(ctx, value.ptr, destination)
            if status:
                context.check(status, where)
            if gpu:
                context.sync(where)

    return read_into


def array_reader(bound: BoundType, read_into: PointerReader) -> Reader:
    """Return the function that copies an array's elements into a writable buffer."""
    from_buffer, c_array = bound.context.ffi.from_buffer, bound.c_array
    size = ELEMTYPES[bound.info.elemtype].bytes

    def read(value: Value, target: Any) -> None:
        view = memoryview(target)
        if view.nbytes != prod(value.shape) * size or not view.c_contiguous:
            refuse_buffer(bound, view, value.shape)
        read_into(value, from_buffer(c_array, target, require_writable=True))

    return read


def copy_elements(bound: BoundType, ptr: Any, shape: tuple[int, ...]) -> Any:
    """Copy an array within Futhark; return the new pointer. The lock is held."""
    context, where, free = bound.context, f"copy of {bound.info.name}", bound.free
    try:
        buffer = context.ffi.new(bound.c_array, prod(shape))
    except MemoryError as error:
        raise OutOfMemoryError(f"{where} of shape {list(shape)}: no memory") from error
    if context.gpu:
        context.sync(where)
    context.check(bound.values(context.ptr, ptr, buffer), where)
    if context.gpu:
        context.sync(where)
    [copy] = starmap(bound.new, ((context.ptr, buffer, *shape),))
    if not copy:
        raise new_failed(bound, shape)
    context.live[copy] = free
    if context.gpu:
        context.sync_fresh(copy, where)
    return copy


def check_bools(info: TypeInfo, data: memoryview) -> None:
    """Reject bytes other than 0 and 1 as bools: C does not check them."""
    if info.elemtype == "bool" and data.tobytes().translate(None, b"\0\1"):
        raise ArgumentError(f"{info.name}: expected bytes of 0 and 1 only")


def refuse_buffer(bound: BoundType, data: memoryview, shape: Sequence[int]) -> NoReturn:
    """Raise `ArgumentError` for a buffer or a shape that does not match the type."""
    info = bound.info
    if len(shape) != info.rank or not all(0 <= d < 2**63 for d in shape):
        raise ArgumentError(
            f"{info.name}: expected {info.rank} sizes >= 0, got {list(shape)}"
        )
    expected = prod(shape) * ELEMTYPES[info.elemtype].bytes
    raise ArgumentError(
        f"{info.name} of shape {list(shape)}: expected {expected} contiguous bytes, "
        f"got {data.nbytes}{'' if data.c_contiguous else ' that are not contiguous'}"
    )


def new_failed(bound: BoundType, shape: Sequence[int]) -> OutOfMemoryError:
    """Return the error for an array that Futhark could not allocate."""
    text = bound.context.take_error().strip() or "no memory"
    return OutOfMemoryError(f"new {bound.info.name} of shape {list(shape)}: {text}")
