"""Types of an open module, which make values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.lower import convert
from futhark_bridge.arguments.place import Where
from futhark_bridge.arguments.variant import VariantValue
from futhark_bridge.errors import ArgumentError

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import TypeInfo
    from futhark_bridge.program.bound_type import BoundType
    from futhark_bridge.program.program import Program
    from futhark_bridge.values.opaque_array import FutharkOpaqueArray
    from futhark_bridge.values.sum import FutharkSum


class FutharkType:
    """A type of an open module; its kind determines which methods it supports."""

    def __init__(self, program: Program, bound: BoundType) -> None:
        self._program = program
        self._bound = bound

    @property
    def info(self) -> TypeInfo:
        """The type's description."""
        return self._bound.info

    @property
    def name(self) -> str:
        """The type's name in Futhark."""
        return self._bound.info.name

    def new(self, *data: Any, **named: Any) -> Any:
        """Make an array, a record or a tuple; the data is copied.

        A record takes a dict or keyword arguments, a tuple a tuple or one argument per
        part, an array anything that is accepted for a parameter of its type.

        Raises
        ------
        ArgumentError
            If the data does not match, or the type is a sum or opaque.
        """
        info = self.info
        whole: Any = data[0] if len(data) == 1 else data
        if named:
            if data:
                raise ArgumentError(f"{self.name}.new: expected one dict or keywords")
            whole = named
        elif info.kind == "record" and info.is_tuple:
            size = len(info.fields)
            one = len(data) == 1 and isinstance(data[0], (tuple, list))
            whole = data[0] if one and len(data[0]) == size else data
        elif len(data) != 1:
            raise ArgumentError(
                f"{self.name}.new: expected 1 argument, got {len(data)}"
            )
        return self._make("new", whole)

    def construct(self, variant: str, *payload: Any) -> FutharkSum:
        """Make a value of a sum type from a variant's name and payload."""
        self._require("sum", "construct")
        made: FutharkSum = self._make("construct", VariantValue(variant, payload))
        return made

    def zip(self, *columns: Any) -> FutharkOpaqueArray:
        """Make an array of records from an array per field; handles are not copied.

        Parameters
        ----------
        *columns
            One dict of arrays, or one array per field, in Futhark's order.
        """
        self._require("record_array", "zip")
        names = [f.name for f in self.info.fields]
        if len(columns) == 1 and isinstance(columns[0], Mapping):
            by_name = columns[0]
        elif len(columns) == len(names):
            by_name = dict(zip(names, columns, strict=True))
        else:
            raise ArgumentError(
                f"{self.name}.zip: expected {len(names)} arrays ({', '.join(names)}), "
                f"got {len(columns)}"
            )
        made: FutharkOpaqueArray = self._make("zip", by_name)
        return made

    def restore(self, data: bytes | bytearray | memoryview) -> Any:
        """Make a value from a copy of the bytes that ``store()`` returned.

        Raises
        ------
        ArgumentError
            If the bytes are corrupt, or of another type, program or compiler.
        """
        return self._program.restore(self._bound.index, data)

    def _require(self, kind: str, what: str) -> None:
        if self.info.kind != kind:
            raise ArgumentError(f"{self.name} is not a {kind} type: it has no {what}")

    def _make(self, what: str, data: Any) -> Any:
        where = Where(f"{self.name}.{what}")
        return convert(self._program, self.name, data, where)

    def __repr__(self) -> str:
        return f"<type {self.name}, {self.info.kind}>"
