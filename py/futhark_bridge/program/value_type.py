"""Types of an open program, with functions that make and read values."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from .bound_type import BoundType
from .elements import (
    Maker,
    PointerMaker,
    PointerReader,
    Reader,
    array_maker,
    array_reader,
    pointer_maker,
    pointer_reader,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from futhark_bridge.bindings.program_info import TypeInfo

    from .aliasing import Atoms
    from .context import Context
    from .handle import Value, Wrap


class ValueType(BoundType):
    """A type with functions that make handles of a class and read their values."""

    def __init__(
        self,
        program: Any,
        context: Context,
        index: int,
        info: TypeInfo,
        value_class: type[Value],
    ) -> None:
        super().__init__(program, context, index, info)
        self.value_class = value_class

    @cached_property
    def make_pointer(self) -> PointerMaker:
        """Make a C array from contiguous elements; arrays of primitives only."""
        return pointer_maker(self)

    @cached_property
    def make(self) -> Maker:
        """Make a handle from contiguous elements; arrays of primitives only."""
        return array_maker(self, self.blank, self.make_pointer)

    @cached_property
    def read_into(self) -> PointerReader:
        """Copy the elements to a C pointer; arrays of primitives only."""
        return pointer_reader(self)

    @cached_property
    def read(self) -> Reader:
        """Copy the elements into a buffer; arrays of primitives only."""
        return array_reader(self, self.read_into)

    @cached_property
    def blank(self) -> Callable[[], Value]:
        """Make a handle without a value, which has no owner and frees nothing."""
        new, value_class, bound = object.__new__, self.value_class, self

        def blank() -> Value:
            value: Value = new(value_class)
            value.bound = bound
            value.atoms = ()
            value.owner = None
            return value

        return blank

    @cached_property
    def wrap(self) -> Wrap:
        """Store a new pointer and its atoms in a blank handle; the lock is held.

        This runs for every result, so everything that it needs is bound in advance. The
        handle owns the pointer before any call, during which a signal could raise.
        """
        context, rank = self.context, self.info.rank
        ctx, live, unpack = context.ptr, context.live, context.ffi.unpack
        free = self.free
        shape_of = self.function("shape") if rank else None

        def wrap_plain(value: Value, ptr: Any, atoms: Atoms) -> None:
            live[ptr] = free
            value.ptr = ptr
            value.atoms = atoms
            value.owner = context
            value.shape = ()

        def wrap_vector(value: Value, ptr: Any, atoms: Atoms) -> None:
            live[ptr] = free
            value.ptr = ptr
            value.atoms = atoms
            value.owner = context
            value.shape = (shape_of(ctx, ptr)[0],)  # type: ignore[misc]

        def wrap_array(value: Value, ptr: Any, atoms: Atoms) -> None:
            live[ptr] = free
            value.ptr = ptr
            value.atoms = atoms
            value.owner = context
            value.shape = tuple(unpack(shape_of(ctx, ptr), rank))  # type: ignore[misc]

        if rank == 0:
            return wrap_plain
        return wrap_vector if rank == 1 else wrap_array

    @cached_property
    def wrap_unsynced(self) -> Wrap:
        """Call `wrap` for a result that the device may still be computing."""
        wrap, add = self.wrap, self.context.unsynced.add

        def wrap_unsynced(value: Value, ptr: Any, atoms: Atoms) -> None:
            wrap(value, ptr, atoms)
            add(value)

        return wrap_unsynced
