"""Handles to arrays of records and other opaque values."""

from __future__ import annotations

from typing import Any

from futhark_bridge.arguments.lower import call
from futhark_bridge.arguments.plain import array_to_objects
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program import parts
from futhark_bridge.program.handle import Value


class FutharkOpaqueArray(Value):
    """A handle to an array of opaque values in Futhark's memory."""

    __slots__ = ()

    @property
    def elemtype(self) -> str:
        """The element type, such as ``point``."""
        return self.bound.info.elemtype

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return self.bound.info.rank

    @property
    def fields(self) -> tuple[str, ...]:
        """The field names of the elements; empty unless they are records."""
        return tuple(f.name for f in self.bound.info.fields)

    def at(self, *indices: int) -> Any:
        """Return a handle to one element, which may share memory with the array.

        Raises
        ------
        ArgumentError
            If the number of indices is not the rank, or one is out of bounds.
        """
        return parts.element(self, indices)

    def set(self, element: Any, *indices: int) -> None:
        """Replace one element in place; the values of other handles do not change.

        Parameters
        ----------
        element
            Anything that is accepted for a parameter of the element type.

        Raises
        ------
        ArgumentError
            If the compiler is too old, or the element or an index does not match.
        """
        parts.check_indices(f"{self.type}.set", self.shape, indices)
        operation = self.bound.program.operation("set", self.type)
        if operation is None:
            raise ArgumentError(
                f"{self.type}.set: this program's compiler does not support it "
                "(requires 0.25.36 or later)"
            )
        call(self.bound.program, operation, (self, element, *indices))

    def project(self, name: str | int) -> Any:
        """Return one field of all elements as an array, which may share memory."""
        return parts.project(self, name)

    def to_objects(self) -> list[Any]:
        """Copy all elements to nested lists of dicts, tuples or numbers."""
        return array_to_objects(self)

    def __len__(self) -> int:
        return self.shape[0]

    def _preview(self) -> tuple[str, str]:
        from .preview import rows_preview  # noqa: PLC0415 - only for notebooks

        return rows_preview(self)
