"""The types of an open program, and operations on their values.

They accept and return bytes and `Value` objects, and convert no data.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError

from .aliasing import PERMANENT, Atom
from .elements import Buffer, copy_elements
from .handle import FutharkOpaque, Value, check_usable
from .storage import Storage
from .value_type import ValueType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from futhark_bridge.bindings.program_info import ProgramInfo, TypeInfo, TypeKind

    from .bound_type import BoundType
    from .context import Context

    Classes = Mapping[TypeKind, type[Value]]

BASE_CLASSES: Classes = {"opaque": FutharkOpaque}
"""Handle classes by kind of type; the default is `Value`."""


class ProgramTypes:
    """The types of a program, and the context of their values.

    Attributes
    ----------
    info : ProgramInfo
        The program's description; ``types`` has the same order.
    lock : RLock
        Held during every C call.
    """

    def __init__(self, info: ProgramInfo, context: Context, classes: Classes) -> None:
        self.info = info
        self.context = context
        self.lock = context.lock
        self.constants = (Atom(PERMANENT),)
        self.types: list[TypeInfo] = list(info.types)
        self.storage = Storage(info, context)
        self._bound_types = [
            ValueType(self, context, i, type_, classes.get(type_.kind, Value))
            for i, type_ in enumerate(self.types)
        ]
        self._type_indices = {type_.name: i for i, type_ in enumerate(self.types)}

    def type_index(self, name: str) -> int:
        """Return the index of a type in ``types``.

        Raises
        ------
        ArgumentError
            If the program has no such type.
        """
        index = self._type_indices.get(name)
        if index is None:
            raise ArgumentError(f"this program has no type {name}")
        return index

    def type(self, name: str) -> ValueType:
        """Return the type of a name, with its C functions."""
        return self._bound_types[self.type_index(name)]

    # Arrays of primitives

    def new_array(self, type_index: int, data: Buffer, shape: Sequence[int]) -> Value:
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

    def array_type(self, type_index: int) -> ValueType:
        """Return the type at an index, which must be an array of primitives.

        Raises
        ------
        ArgumentError
            If it is of another kind.
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
        """Make an array of opaques from elements in C order; each is copied.

        ``where`` is the location for error messages, such as an argument.

        Raises
        ------
        ArgumentError
            If the compiler does not support it, or shapes or counts do not match.
        """
        bound = self._bound_types[type_index]
        info = bound.info
        where = f"{where}: {info.name}.new" if where else f"{info.name}.new"
        if not info.can_new or info.kind not in ("record_array", "opaque_array"):
            raise ArgumentError(f"{where}: this program's compiler does not support it")
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
        """Return the index of a sum value's variant."""
        with self.lock:
            self.check_usable(value, f"{value.type}.variant")
            index: int = value.bound.function("variant")(self.context.ptr, value.ptr)
            return index

    # Bytes

    def store(
        self, value: Value, allow: Callable[[int], None] = lambda _: None
    ) -> bytes:
        """Return an opaque value as bytes; see `restore`.

        ``allow`` is called with their number first, and may raise.
        """
        return self.storage.store(value, allow)

    def restore(self, type_index: int, data: Buffer) -> Value:
        """Make a value from the bytes that `store` returned.

        Raises
        ------
        ArgumentError
            If they are corrupt, or of another type, program or compiler.
        """
        return self.storage.restore(self._bound_types[type_index], data)

    def make_unit(self, type_name: str) -> Value:
        """Make the unit value, where C has no function for it."""
        return self.storage.unit(self.type(type_name))

    def copy_pointer(self, bound: BoundType, ptr: Any, shape: tuple[int, ...]) -> Any:
        """Copy a value; the context owns the copy. The lock is held."""
        if bound.info.kind == "array":
            return copy_elements(bound, ptr, shape)
        return self.storage.copy(bound, ptr)

    def check_usable(self, value: Value, where: str) -> None:
        """Raise `ValueStateError` if a value is not usable in this program."""
        check_usable(value, where, self.context)
