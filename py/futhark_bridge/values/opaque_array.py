"""Handles to arrays of records and of other opaque values."""

from __future__ import annotations

from typing import Any

from futhark_bridge.arguments.lower import call
from futhark_bridge.arguments.plain import array_to_objects
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program import parts
from futhark_bridge.program.handle import Value


class FutharkOpaqueArray(Value):
    """An array of records, sums or other opaque values that lives in Futhark."""

    __slots__ = ()

    @property
    def elemtype(self) -> str:
        """The type of the elements, ``point``."""
        return self.bound.info.elemtype

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return self.bound.info.rank

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the elements' fields; empty unless they are records."""
        return tuple(f.name for f in self.bound.info.fields)

    def at(self, *indices: int) -> Any:
        """Return one element, a handle.

        Raises
        ------
        ArgumentError
            If there are not as many indices as dimensions, or one is out of bounds.
        """
        return parts.element(self, indices)

    def set(self, element: Any, *indices: int) -> None:
        """Replace one element in place; other handles keep their values.

        Parameters
        ----------
        element
            Anything that an argument of the elements' type may be.

        Raises
        ------
        ArgumentError
            If this program's compiler does not have it, or something does not fit.
        """
        parts.check_indices(f"{self.type}.set", self.shape, indices)
        operation = self.bound.program.operation("set", self.type)
        if operation is None:
            raise ArgumentError(
                f"{self.type}.set: this program's compiler does not have it "
                "(0.25.36 is the first that has)"
            )
        call(self.bound.program, operation, (self, element, *indices))

    def project(self, name: str | int) -> Any:
        """Return one field of all elements, without a copy (structure of arrays)."""
        return parts.project(self, name)

    def to_objects(self) -> list[Any]:
        """Copy all elements out of Futhark: nested lists of dicts, tuples, numbers."""
        return array_to_objects(self)

    def __len__(self) -> int:
        return self.shape[0]

    def _preview(self) -> tuple[str, str]:
        from .preview import rows_preview  # noqa: PLC0415 - only for notebooks

        return rows_preview(self)
