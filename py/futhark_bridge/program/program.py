"""An open Futhark program: a CFFI module, its description and a context.

This is the core that both the public Python API and the worker stand on. It takes and
gives bytes and `Value` objects; it converts nothing.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

from futhark_bridge.bindings.manifest import read_manifest
from futhark_bridge.errors import ArgumentError
from futhark_bridge.setup.locate import Located, locate
from futhark_bridge.values.array import FutharkArray
from futhark_bridge.values.opaque_array import FutharkOpaqueArray
from futhark_bridge.values.record import FutharkRecord
from futhark_bridge.values.sum import FutharkSum

from .bound_type import BoundType
from .context import Context, tuning_params
from .elements import Buffer, copy_elements
from .handle import FutharkOpaque, Value
from .operation import Operation
from .sharing import PERMANENT, Atom
from .storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from futhark_bridge.bindings.program_info import (
        OperationKind,
        ProgramInfo,
        TypeInfo,
    )

    from .options import Options

_CLASSES: dict[str, type[Value]] = {
    "array": FutharkArray,
    "record": FutharkRecord,
    "sum": FutharkSum,
    "record_array": FutharkOpaqueArray,
    "opaque_array": FutharkOpaqueArray,
    "opaque": FutharkOpaque,
}


class Program:
    """A program that is ready to be called.

    Calls of one program run one at a time, whichever threads they come from.

    Attributes
    ----------
    info : ProgramInfo
        The description; ``operations`` and ``types`` are in its order.
    lock : RLock
        Held during every C call.
    """

    def __init__(self, located: Located, options: Options) -> None:
        ffi, lib = located.ffi, located.lib
        tuning = tuning_params(ffi, lib)
        if located.manifest is not None:
            self.info: ProgramInfo = read_manifest(located.manifest, tuning)
        else:
            from futhark_bridge.bindings.declarations import read_declarations  # noqa: PLC0415 - seldom

            self.info = read_declarations(ffi, lib, tuning)
        self.path = located.path
        self.context = Context(ffi, lib, self.info.backend, tuning, options)
        self.lock = self.context.lock
        self.constants = (Atom(PERMANENT),)
        self.types: list[TypeInfo] = list(self.info.types)
        self.storage = Storage(self)
        self.operations = [Operation(self, o) for o in self.info.operations]
        self._bound_types = [
            BoundType(self, self.context, i, info, _CLASSES[info.kind])
            for i, info in enumerate(self.types)
        ]
        self._type_indices = {info.name: i for i, info in enumerate(self.types)}

    def __reduce__(self) -> NoReturn:
        # What the public classes hold leads here when they are pickled.
        raise TypeError(
            f"the open program {self.path.name} cannot be copied or pickled: load it "
            "in the process that needs it"
        )

    @classmethod
    def open(cls, module: str, options: Options) -> Program:
        """Find, if need be build, load and start a program.

        Raises
        ------
        BuildError
            If the module cannot be found, built or loaded.
        ArgumentError
            If an option does not fit the program.
        ProgramError
            If the program's own constants cannot be computed.
        """
        return cls(locate(module, options), options)

    def type_index(self, name: str) -> int:
        """Give the place of a type in ``types``.

        Raises
        ------
        ArgumentError
            If the program has no such type.
        """
        index = self._type_indices.get(name)
        if index is None:
            raise ArgumentError(f"this program has no type {name}")
        return index

    def type(self, name: str) -> BoundType:
        """Give a type by name, with its C functions."""
        return self._bound_types[self.type_index(name)]

    @cached_property
    def operation_table(self) -> dict[tuple[str, str | None, str | None], Operation]:
        """The operations by kind, type and name."""
        return {(o.of, o.type, o.name): o for o in self.operations}

    def operation(
        self, of: OperationKind, type_name: str | None = None, name: str | None = None
    ) -> Operation | None:
        """Give an operation, or None where the program does not have it."""
        return self.operation_table.get((of, type_name, name))

    # Arrays of primitives

    def new_array(
        self, type_index: int, data: Buffer, shape: Sequence[int]
    ) -> FutharkArray:
        """Make an array from its elements.

        Parameters
        ----------
        data : bytes-like
            The elements in C order, contiguous; copied before this returns.
        """
        return self.array_type(type_index).make(data, shape)

    def values_into(self, value: Value, target: Any) -> None:
        """Copy an array's elements, in C order, into a writable contiguous buffer."""
        self.array_type(value.type_index).read(value, target)

    def array_type(self, type_index: int) -> BoundType:
        """Give a type of arrays of primitives.

        Raises
        ------
        ArgumentError
            If the type is another.
        """
        bound = self._bound_types[type_index]
        if bound.info.kind != "array":
            name = bound.info.name
            raise ArgumentError(f"expected an array of primitives, got {name}")
        return bound

    # Arrays of opaques, sums

    def new_opaque_array(
        self,
        type_index: int,
        shape: Sequence[int],
        elements: Sequence[Value],
        where: str = "",
    ) -> Value:
        """Make an array of opaques of its elements, in C order; each is copied.

        ``where`` is what it is for, an argument say, for error texts.

        Raises
        ------
        ArgumentError
            If the compiler does not have this, or shapes or counts do not fit.
        """
        bound = self._bound_types[type_index]
        info = bound.info
        where = f"{where}: {info.name}.new" if where else f"{info.name}.new"
        if not info.can_new or info.kind not in ("record_array", "opaque_array"):
            raise ArgumentError(f"{where}: this program's compiler does not have it")
        if (
            len(shape) != info.rank
            or not all(0 <= size < 2**63 for size in shape)
            or prod(shape) != len(elements)
        ):
            raise ArgumentError(
                f"{where}: expected {info.rank} sizes whose product is the number of "
                f"elements, got {list(shape)} and {len(elements)}"
            )
        context, ffi = self.context, self.context.ffi
        element_type = self.type_index(info.elemtype)
        with self.lock:
            context.drain()
            for k, element in enumerate(elements):
                self.check_usable(element, f"{where} element {k}")
                if element.type_index != element_type:
                    raise ArgumentError(
                        f"{where} element {k}: expected {info.elemtype}, "
                        f"got {element.type}"
                    )
            out_type, elements_type = ffi.typeof(bound.new).args[1:3]
            out = ffi.new(out_type)
            pointers = [e.ptr for e in elements]
            array = ffi.new(ffi.getctype(elements_type.item, "[]"), pointers)
            value = bound.blank()
            try:
                context.check(bound.new(context.ptr, out, array, *shape), where)
            finally:
                if out[0]:
                    bound.wrap(value, out[0], ())
            if context.gpu:
                context.sync(where)
            return value

    def variant_index(self, value: Value) -> int:
        """Tell which variant a sum value is, by its place in the type."""
        with self.lock:
            self.check_usable(value, f"{value.type}.variant")
            index: int = value.bound.function("variant")(self.context.ptr, value.ptr)
            return index

    # Bytes

    def store(
        self, value: Value, allow: Callable[[int], None] = lambda _: None
    ) -> bytes:
        """Give an opaque value as bytes; see `restore`.

        ``allow`` is told how many bytes it will be, and may raise.
        """
        return self.storage.store(value, allow)

    def restore(self, type_index: int, data: Buffer) -> Value:
        """Make a value of the bytes that `store` gave.

        Raises
        ------
        ArgumentError
            If they are not what `store` of this type, program and compiler gave.
        """
        return self.storage.restore(self._bound_types[type_index], data)

    def make_unit(self, type_name: str) -> Value:
        """Make the unit value where C has no function for it."""
        return self.storage.unit(self.type(type_name))

    def copy_pointer(self, bound: BoundType, ptr: Any, shape: tuple[int, ...]) -> Any:
        """Copy a value; the copy is owned by the context. The lock is held."""
        if bound.info.kind == "array":
            return copy_elements(bound, ptr, shape)
        return self.storage.copy(bound, ptr)

    # The context

    def check_usable(self, value: Value, where: str) -> None:
        """Refuse a value that is freed, consumed, of another or a closed program."""
        if value.owner is not self:
            raise value.refusal(where, self)
        self.context.check_open()

    def sync(self) -> None:
        """Wait until all that was started is done; raise what failed there late."""
        self._on_context("sync", lambda c: c.lib.futhark_context_sync(c.ptr))

    def clear_caches(self) -> None:
        """Release memory that Futhark keeps for reuse."""
        self._on_context(
            "clear_caches", lambda c: c.lib.futhark_context_clear_caches(c.ptr)
        )

    def pause_profiling(self) -> None:
        """Stop to collect profiling events."""
        self._on_context(
            "pause_profiling", lambda c: c.lib.futhark_context_pause_profiling(c.ptr)
        )

    def unpause_profiling(self) -> None:
        """Collect profiling events again."""
        self._on_context(
            "unpause_profiling",
            lambda c: c.lib.futhark_context_unpause_profiling(c.ptr),
        )

    def report(self) -> str:
        """Give Futhark's report as JSON text; the events in it are then forgotten."""
        with self.lock:
            self.context.drain()
            text = self.context.lib.futhark_context_report(self.context.ptr)
            if not text:
                self.context.check(1, "report")
            return self.context.take_text(text)

    def _on_context(self, where: str, call: Any) -> None:
        with self.lock:
            self.context.drain()
            self.context.check(call(self.context) or 0, where)

    def close(self) -> None:
        """Free all values and the context. Later calls say that it is closed."""
        self.context.close()

    @property
    def closed(self) -> bool:
        """Whether the program was closed."""
        return self.context.closed
