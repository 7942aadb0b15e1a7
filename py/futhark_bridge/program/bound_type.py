"""A type of an open program: its description with its C functions at hand."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES

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

    from .context import Context
    from .handle import Value, Wrap
    from .sharing import Atoms


class BoundType:
    """One type of a program, with what is needed to make and read its values.

    C functions are looked up on first use: a program may have hundreds.
    """

    def __init__(
        self,
        program: Any,
        context: Context,
        index: int,
        info: TypeInfo,
        value_class: type[Value],
    ) -> None:
        self.program = program
        self.context = context
        self.index = index
        self.info = info
        self.value_class = value_class

    def function(self, role: str) -> Any:
        """Give the C function in a role: ``values``, ``store``, ``index``."""
        return self.context.function(self.info.functions[role])

    @cached_property
    def new(self) -> Any:
        """The C function that makes a value."""
        return self.function("new")

    @cached_property
    def values(self) -> Any:
        """The C function that copies the elements out."""
        return self.function("values")

    @cached_property
    def c_array(self) -> Any:
        """The C array type of the elements, for buffers."""
        return self.context.ffi.typeof(f"{ELEMTYPES[self.info.elemtype].c_type}[]")

    @cached_property
    def free(self) -> Any:
        """The C function that frees a value."""
        return self.function("free")

    @cached_property
    def make_pointer(self) -> PointerMaker:
        """Make C's array of contiguous elements; arrays of primitives only."""
        return pointer_maker(self)

    @cached_property
    def make(self) -> Maker:
        """Make an array of contiguous elements; arrays of primitives only."""
        return array_maker(self)

    @cached_property
    def read_into(self) -> PointerReader:
        """Copy the elements to a C pointer; arrays of primitives only."""
        return pointer_reader(self)

    @cached_property
    def read(self) -> Reader:
        """Copy the elements into a buffer; arrays of primitives only."""
        return array_reader(self)

    @cached_property
    def blank(self) -> Callable[[], Value]:
        """Make a handle without a value: it is nobody's, and nothing frees it."""
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
        """Give a blank handle the fresh pointer that it stands for; the lock is held.

        This runs for every result, so everything that it needs is bound beforehand.
        The pointer is the handle's before anything is called, which a signal could
        interrupt.
        """
        context, program, rank = self.context, self.program, self.info.rank
        ctx, live, unpack = context.ptr, context.live, context.ffi.unpack
        free = self.free
        shape_of = self.function("shape") if rank else None

        def wrap_plain(value: Value, ptr: Any, atoms: Atoms) -> None:
            live[ptr] = free
            value.ptr = ptr
            value.atoms = atoms
            value.owner = program
            value.shape = ()

        def wrap_vector(value: Value, ptr: Any, atoms: Atoms) -> None:
            live[ptr] = free
            value.ptr = ptr
            value.atoms = atoms
            value.owner = program
            value.shape = (shape_of(ctx, ptr)[0],)  # type: ignore[misc]

        def wrap_array(value: Value, ptr: Any, atoms: Atoms) -> None:
            live[ptr] = free
            value.ptr = ptr
            value.atoms = atoms
            value.owner = program
            value.shape = tuple(unpack(shape_of(ctx, ptr), rank))  # type: ignore[misc]

        if rank == 0:
            return wrap_plain
        return wrap_vector if rank == 1 else wrap_array
