"""Handles to arrays of primitives."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.plain import array_to_numpy
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.program.handle import Value
from futhark_bridge.program.parts import check_indices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FutharkArray(Value):
    """An array of primitives that lives in Futhark. ``shape`` is known at once."""

    __slots__ = ()

    @property
    def elemtype(self) -> str:
        """The type of the elements, ``f32``."""
        return self.bound.info.elemtype

    @property
    def dtype(self) -> str:
        """The type of the elements by numpy's name, ``float32``."""
        return ELEMTYPES[self.bound.info.elemtype].dtype

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return self.bound.info.rank

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    def to_numpy(self) -> NDArray[Any]:
        """Copy the array out of Futhark.

        Returns
        -------
        ndarray
            A new array, C order, of `shape` and `dtype`.

        Raises
        ------
        ValueStateError
            If the array was freed or consumed.
        """
        return array_to_numpy(self)

    def get(self) -> NDArray[Any]:
        """Do as `to_numpy`; the name that PyOpenCL has."""
        return self.to_numpy()

    def to_list(self) -> list[Any]:
        """Copy the array out of Futhark as nested lists of Python numbers."""
        nested: list[Any] = self.to_numpy().tolist()
        return nested

    def to_arrow(self) -> Any:
        """Copy the array out of Futhark as a pyarrow array.

        Rank 1 gives a plain array; a higher rank an ``arrow.fixed_shape_tensor`` array
        with a row for each index of the first dimension.
        """
        import pyarrow as pa  # noqa: PLC0415 - only for who wants it

        data = self.to_numpy()
        if self.rank == 1:
            return pa.array(data)
        if self.elemtype == "bool":
            # Arrow keeps bool as bits, which a tensor cannot be made of.
            data = data.view("uint8")
        flat = pa.array(data.reshape(-1))
        row = prod(self.shape[1:])
        storage = pa.FixedSizeListArray.from_arrays(flat, row)
        tensor = pa.fixed_shape_tensor(flat.type, list(self.shape[1:]))
        return pa.ExtensionArray.from_storage(tensor, storage)

    def at(self, *indices: int) -> Any:
        """Read one element, as a Python number or bool.

        Raises
        ------
        ArgumentError
            If there are not as many indices as dimensions, or one is out of bounds.
        """
        check_indices(f"{self.type}.at", self.shape, indices)
        operation = self.bound.program.operation("index", self.type)
        if operation is None:  # modules of compilers before 0.25.19
            return self.to_numpy()[indices].item()
        return operation.invoke(self, *indices)[0]

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> NDArray[Any]:
        if copy is False:
            raise ValueError("an array in Futhark cannot be read without a copy")
        data = self.to_numpy()
        return data if dtype is None else data.astype(dtype, copy=False)

    def __len__(self) -> int:
        return self.shape[0]

    def _preview(self) -> tuple[str, str]:
        from .preview import array_preview  # noqa: PLC0415 - only for notebooks

        return array_preview(self)
