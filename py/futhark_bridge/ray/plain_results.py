"""Writes the results of a task as bytes, for a client that knows their types.

Results follow one another, each by its type (numbers little-endian)::

    scalar          in its own width
    array           i64 per size | elements if they are small, else u32 number of a part
    record, tuple   its fields
    sum             u32 index of the variant | its payload
    array of others i64 per size | a column per field if the fields of its elements
                    are arrays of primitives, else its elements

Parts are large arrays, which are sent beside the bytes.
"""

from __future__ import annotations

import sys
from itertools import product
from struct import Struct, pack
from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.plain import array_to_numpy
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.handle import Value
from futhark_bridge.program.parts import element, payload, project
from futhark_bridge.wire.messages import SMALL_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from futhark_bridge.program.program import Program

_U32 = Struct("<I")


class PlainResults:
    """The results of one task, as bytes and parts."""

    def __init__(self, program: Program) -> None:
        self.data = bytearray()
        self.parts: list[NDArray[Any]] = []
        self._program = program

    def add(self, type_name: str, value: Any) -> None:
        """Append a value: a scalar, or a handle, which stays usable.

        Raises
        ------
        ArgumentError
            If it contains an abstract value, which has no form outside the process.
        """
        scalar = ELEMTYPES.get(type_name)
        if scalar is not None:
            self.data += pack("<" + scalar.struct_code, value)
            return
        assert isinstance(value, Value), "all other results are handles"
        kind = value.info.kind
        if kind == "array":
            self._array(value)
        elif kind == "record":
            for field in value.info.fields:
                self._part(field.type, project(value, field.name))
        elif kind == "sum":
            self._sum(value)
        elif kind == "opaque":
            raise ArgumentError(
                f"a result of type {value.type} has no form outside its process: "
                "let the program return what it is made of"
            )
        else:
            self._elements(value)

    def _part(self, type_name: str, value: Any) -> None:
        try:
            self.add(type_name, value)
        finally:
            if isinstance(value, Value):
                value.free()

    def _array(self, value: Value) -> None:
        self._sizes(value.shape)
        elements = array_to_numpy(value)
        if elements.nbytes <= SMALL_BYTES:
            self.data += elements.tobytes()
        else:
            sys.audit("futhark_bridge.copy", None, elements)
            self.data += _U32.pack(len(self.parts))
            self.parts.append(elements)

    def _sizes(self, shape: Sequence[int]) -> None:
        self.data += pack(f"<{len(shape)}q", *shape)

    def _sum(self, value: Value) -> None:
        index = self._program.variant_index(value)
        self.data += _U32.pack(index)
        variant = value.info.variants[index]
        parts = payload(value, variant.name)
        for type_name, part in zip(variant.payload, parts, strict=True):
            self._part(type_name, part)

    def _elements(self, value: Value) -> None:
        self._sizes(value.shape)
        if has_columns(self._program, value.info):
            for field in value.info.fields:
                self._part(field.type, project(value, field.name))
            return
        for indices in product(*map(range, value.shape)):
            self._part(value.info.elemtype, element(value, indices))


def has_columns(program: Program, info: Any) -> bool:
    """Return whether the fields of an array of records are arrays of scalars."""
    if info.kind != "record_array" or not info.fields:
        return False
    types = [program.type(field.type).info for field in info.fields]
    return all(t.kind == "array" and t.rank == info.rank for t in types)
