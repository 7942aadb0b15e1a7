"""What handles to arrays of primitives and of opaque values have in common."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from futhark_bridge.program.handle import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ArrayHandle(Value):
    """A handle to an array; `shape` has the sizes of its dimensions."""

    __slots__ = ()

    @property
    def elemtype(self) -> str:
        """The element type, such as ``f32`` or ``point``."""
        return self.bound.info.elemtype

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return self.bound.info.rank

    @property
    def ndim(self) -> int:
        """The number of dimensions, by numpy's name."""
        return self.bound.info.rank

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    def to_numpy(self) -> NDArray[Any]:
        """Copy the array out of Futhark."""
        raise NotImplementedError

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> NDArray[Any]:
        if copy is False:
            raise ValueError("a Futhark array cannot be read without a copy")
        data = self.to_numpy()
        return data if dtype is None else data.astype(dtype, copy=False)

    def __len__(self) -> int:
        return self.shape[0]
