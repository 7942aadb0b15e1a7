"""Handles to arrays of records and other opaque values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.lower import call
from futhark_bridge.arguments.plain import array_to_objects
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program import parts

from . import tables
from .array_handle import ArrayHandle
from .indexing import element_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class FutharkOpaqueArray(ArrayHandle):
    """A handle to an array of opaque values in Futhark's memory."""

    __slots__ = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The field names of the elements; empty unless they are records."""
        return tuple(f.name for f in self.bound.info.fields)

    def at(self, *indices: int) -> Any:
        """Return a handle to one element, which may alias the array.

        Parameters
        ----------
        *indices : int
            One for each dimension; negative ones count from the end.

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
        indices = parts.checked_indices(f"{self.type}.set", self.shape, indices)
        operation = self.bound.program.operation("set", self.type)
        if operation is None:
            raise ArgumentError(
                f"{self.type}.set: this program's compiler does not support it "
                "(requires 0.25.36 or later)"
            )
        call(self.bound.program, operation, (self, element, *indices))

    def project(self, name: str | int) -> Any:
        """Return one field of all elements as an array, which may be an alias."""
        return parts.project(self, name)

    def to_objects(self) -> list[Any]:
        """Copy all elements to nested lists of dicts, tuples or numbers."""
        return array_to_objects(self)

    def to_numpy(self) -> NDArray[Any]:
        """Copy an array of records to a structured numpy array.

        Returns
        -------
        ndarray
            Of `shape`, with a field for each of `fields`; a field that is an array is
            a subarray. Fields of a tuple are named ``0``, ``1``, ...

        Raises
        ------
        ArgumentError
            If the elements are not records, or have fields that are sums or opaque.
        ValueStateError
            If the array is freed or consumed.
        """
        found: NDArray[Any] = tables.to_structured(self)
        return found

    def to_arrow(self) -> Any:
        """Copy an array of records of rank 1 to a `pyarrow.Table`.

        Fields that are arrays become tensors, as by `FutharkArray.to_arrow`, and those
        that are records structs. Errors are those of `to_numpy`.
        """
        return tables.to_arrow(self)

    def to_pandas(self) -> Any:
        """Copy an array of records of rank 1 to a `pandas.DataFrame`.

        A field that is an array becomes a column of numpy arrays. Errors are those of
        `to_numpy`.
        """
        return tables.to_pandas(self)

    def __getitem__(self, key: Any) -> Any:
        """Return one element, as `at` does: ``ps[3]``, ``grid[0, -1]``."""
        return element_at(self, key)

    def __iter__(self) -> Iterator[Any]:
        if len(self.shape) != 1:
            raise TypeError(f"only arrays of rank 1 can be iterated over: {self.type}")
        return (self.at(k) for k in range(self.shape[0]))

    def _preview(self) -> tuple[str, str]:
        from .preview import rows_preview  # noqa: PLC0415 - only for notebooks

        return rows_preview(self)
