"""Handles to arrays of records and of other opaque values."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.lower import call, index_arguments
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.handle import Value

from .plain import plain
from .record import project

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        """Give one element, a handle.

        Raises
        ------
        ArgumentError
            If there are not as many indices as dimensions, or one is out of bounds.
        """
        index_arguments(f"{self.type}.at", self.shape, indices)
        return self.bound.program.operation("index", self.type).invoke(self, *indices)[
            0
        ]

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
        index_arguments(f"{self.type}.set", self.shape, indices)
        operation = self.bound.program.operation("set", self.type)
        if operation is None:
            raise ArgumentError(
                f"{self.type}.set: this program's compiler does not have it "
                "(0.25.36 is the first that has)"
            )
        call(operation, (self, element, *indices))

    def project(self, name: str | int) -> Any:
        """Give one field of all elements, without a copy (structure of arrays)."""
        return project(self, name)

    def to_objects(self) -> list[Any]:
        """Copy all elements out of Futhark: nested lists of dicts, tuples, numbers."""
        flat = list(self._columns() if self._flat_fields() else self._elements())
        for size in reversed(self.shape[1:]):
            count = len(flat) // size if size else prod(self.shape[: self.rank - 1])
            flat = [flat[k * size : (k + 1) * size] for k in range(count)]
        return flat

    def _flat_fields(self) -> bool:
        """Whether every field is a scalar in each element."""
        types = self.bound.program.info.types
        rank = {t.name: t.rank for t in types if t.kind == "array"}
        fields = self.bound.info.fields
        return bool(fields) and all(rank.get(f.type) == self.rank for f in fields)

    def _columns(self) -> Iterator[Any]:
        columns = []
        for name in self.fields:
            with self.project(name) as column:
                columns.append(column.to_numpy().reshape(-1).tolist())
        element = self.bound.program.type(self.elemtype).info
        for row in zip(*columns, strict=True):
            yield row if element.is_tuple else dict(zip(self.fields, row, strict=True))

    def _elements(self) -> Iterator[Any]:
        for indices in product(*map(range, self.shape)):
            yield plain(self.at(*indices))

    def __len__(self) -> int:
        return self.shape[0]
