"""Handles to arrays of primitives."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.plain import array_to_numpy, numpy_dtype
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.parts import checked_indices
from futhark_bridge.program.views import view

from .array_handle import ArrayHandle
from .indexing import element_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray


class FutharkArray(ArrayHandle):
    """A handle to an array of primitives in Futhark's memory.

    Attributes
    ----------
    shape : tuple of int
        The sizes of the dimensions, known without a copy.
    """

    __slots__ = ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The element type as a numpy dtype, such as ``dtype('float32')``."""
        return numpy_dtype(self.bound.info.elemtype)

    @property
    def nbytes(self) -> int:
        """The size of the elements in bytes."""
        return self.size * ELEMTYPES[self.bound.info.elemtype].bytes

    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Copy the array out of Futhark.

        Parameters
        ----------
        out : ndarray, optional
            Where to copy to: an array of the same `shape` and `dtype`. Reusing one
            avoids allocating memory for each result.

        Returns
        -------
        ndarray
            ``out``, or a new array of `shape` and `dtype`, in C order. It is a
            copy, independent of the handle.

        Raises
        ------
        ArgumentError
            If ``out`` does not match, or is not writable.
        ValueStateError
            If the array is freed or consumed.
        """
        return array_to_numpy(self, out)

    def view(self) -> NDArray[Any]:
        """Return the array as numpy's without a copy, read-only.

        It keeps its elements, and their memory, whatever happens to the handle: a call
        that consumes the array gets a copy while there is a view, and what `free` and
        the module's `close` would free is freed with the last view. numpy, and by
        DLPack other libraries, view it by ``np.from_dlpack(x)`` too.

        Raises
        ------
        ArgumentError
            On a GPU back end.
        ValueStateError
            If the array is freed or consumed.
        """
        import numpy as np  # noqa: PLC0415 - slow, not always needed

        if not self.size:
            found = self.to_numpy()
            found.flags.writeable = False
            return found
        return np.asarray(view(self, self.dtype.str))

    def __dlpack__(self, **options: Any) -> Any:
        return self._exported().__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        device: tuple[int, int] = self._exported().__dlpack_device__()
        return device

    def _exported(self) -> Any:
        try:
            return self.view()
        except ArgumentError as error:
            raise BufferError(error.message) from error

    def get(self) -> NDArray[Any]:
        """Return `to_numpy()`; provided for compatibility with PyOpenCL."""
        return self.to_numpy()

    def to_list(self) -> list[Any]:
        """Copy the array out of Futhark to nested lists of Python numbers."""
        nested: list[Any] = self.to_numpy().tolist()
        return nested

    def to_arrow(self) -> Any:
        """Copy the array out of Futhark to pyarrow.

        Returns
        -------
        pyarrow.Array
            For rank 1 of the element type; for higher ranks a fixed-shape tensor array
            with one row per index of the first dimension, of uint8 for bool.
        """
        import pyarrow as pa  # noqa: PLC0415 - optional dependency

        data = self.to_numpy()
        if self.rank == 1:
            return pa.array(data)
        if self.elemtype == "bool":
            # Arrow packs bool as bits, which tensors do not support.
            data = data.view("uint8")
        flat = pa.array(data.reshape(-1))
        row = prod(self.shape[1:])
        # `FixedSizeListArray.from_arrays` does not support rows of size 0.
        rows = pa.list_(flat.type, row)
        storage = pa.Array.from_buffers(rows, len(data), [None], children=[flat])
        tensor = pa.fixed_shape_tensor(flat.type, list(self.shape[1:]))
        return pa.ExtensionArray.from_storage(tensor, storage)

    def at(self, *indices: int) -> Any:
        """Copy one element out of Futhark; return a Python number or bool.

        Parameters
        ----------
        *indices : int
            One for each dimension; negative ones count from the end.

        Raises
        ------
        ArgumentError
            If the number of indices is not the rank, or one is out of bounds.
        """
        indices = checked_indices(f"{self.type}.at", self.shape, indices)
        operation = self.bound.program.operation("index", self.type)
        if operation is None:  # compiled before 0.25.19
            return self.to_numpy()[indices].item()
        return operation.invoke(self, *indices)[0]

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> NDArray[Any]:
        if copy is False:
            try:
                data = self.view()
            except ArgumentError as error:
                raise ValueError(error.message) from error
            if dtype not in (None, data.dtype):
                raise ValueError(f"{self.type} is no {dtype} without a copy")
            return data
        data = self.to_numpy()
        return data if dtype is None else data.astype(dtype, copy=False)

    def __getitem__(self, key: Any) -> Any:
        """Return one element as a number, or a part as a new numpy array.

        One index for each dimension reads that element only; other indices of
        numpy, such as slices, copies the whole array out of Futhark first.
        """
        indices = key if isinstance(key, tuple) else (key,)
        if len(indices) == len(self.shape) and all(
            hasattr(index, "__index__") and not hasattr(index, "dtype")
            for index in indices
        ):
            return element_at(self, indices)
        part = self.to_numpy()[key]
        # A view would keep the whole copy alive.
        return part.copy() if getattr(part, "base", None) is not None else part

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_numpy())

    def __contains__(self, number: object) -> bool:
        return number in self.to_numpy()

    def _preview(self) -> tuple[str, str]:
        from .preview import array_preview  # noqa: PLC0415 - only for notebooks

        return array_preview(self)
