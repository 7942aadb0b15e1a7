"""Conversion of array-like data to contiguous elements and a shape.

Accepts numpy arrays of any layout and byte order, pyarrow arrays without nulls,
buffers (bytes, `array.array`, memoryview), objects with ``__array__``, and nested
lists of Python numbers or of such arrays. Numbers in lists are converted to the
element type if they fit; anything else must already have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from futhark_bridge.elemtypes import ELEMTYPES, ElemType
from futhark_bridge.installed import imported

from .nulls import decoded, null_count
from .place import Where, describe
from .scalars import pack_scalars

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = {e.dtype: e.name for e in ELEMTYPES.values()}
Elements = tuple[Any, tuple[int, ...]]


def elements(elem: ElemType, rank: int, data: Any, where: Where) -> Elements:
    """Return a contiguous buffer of elements in C order, and its shape."""
    if isinstance(data, (list, tuple)):
        return _from_lists(elem, rank, data, where)
    array = _to_numpy(elem, rank, data, where)
    return _from_numpy(elem, rank, array, where)


def _from_numpy(elem: ElemType, rank: int, array: Any, where: Where) -> Elements:
    import numpy as np  # noqa: PLC0415 - slow to import, not always needed

    if isinstance(array, np.ma.MaskedArray):
        where.refuse(_wanted(elem, rank), "a masked array")
    if array.ndim != rank or array.dtype.newbyteorder("=") != elem.dtype:
        name = _NAMES.get(array.dtype.newbyteorder("=").name, str(array.dtype))
        where.refuse(_wanted(elem, rank), f"{name} of shape {list(array.shape)}")
    return np.ascontiguousarray(array, dtype=elem.dtype), array.shape


def _to_numpy(elem: ElemType, rank: int, data: Any, where: Where) -> Any:
    import numpy as np  # noqa: PLC0415 - slow to import, not always needed

    if isinstance(data, np.ndarray):
        return data
    data = decoded(data)
    if nulls := null_count(data):
        kind = data.dtype if hasattr(data, "dtype") else data.type
        where.refuse(_wanted(elem, rank), f"{nulls} nulls in {kind}")
    pyarrow = imported("pyarrow")
    if pyarrow and isinstance(data, pyarrow.Array):
        return _from_arrow(elem, data)
    if isinstance(data, (str, np.generic)):
        where.refuse(_wanted(elem, rank), describe(data))
    if hasattr(data, "__array__"):
        return np.asarray(data)
    try:
        return np.asarray(memoryview(data))
    except (TypeError, ValueError):
        where.refuse(_wanted(elem, rank), describe(data))


def _from_arrow(elem: ElemType, data: Any) -> Any:
    if hasattr(data, "to_numpy_ndarray"):
        array = data.to_numpy_ndarray()
        # Arrow tensors cannot hold bool; ``to_arrow`` exports such arrays as uint8.
        bool_bytes = elem.kind == "bool" and array.dtype == "uint8"
        return array.view("bool") if bool_bytes and array.max(initial=0) < 2 else array
    return data.to_numpy(zero_copy_only=False)


def _from_lists(elem: ElemType, rank: int, data: Any, where: Where) -> Elements:
    shape: list[int] = []
    level, nested = list(data), rank
    shape.append(len(level))
    while nested > 1 and level and isinstance(level[0], (list, tuple)):
        nested -= 1
        size = len(level[0])
        for item in level:
            if not isinstance(item, (list, tuple)) or len(item) != size:
                _ragged(elem, rank, size, item, where)
        shape.append(size)
        level = [x for item in level for x in item]
    if nested > 1 and level:
        return _from_arrays_in_lists(elem, nested - 1, level, shape, where)
    # The inner dimensions of an empty list are unknown; they are taken as 0.
    shape += [0] * (nested - 1)
    return pack_scalars(elem, level, where), tuple(shape)


def _from_arrays_in_lists(
    elem: ElemType, rank: int, arrays: list[Any], shape: list[int], where: Where
) -> Elements:
    """Join a list of arrays, which may replace the innermost lists."""
    parts = []
    inner: Sequence[int] = ()
    for k, array in enumerate(arrays):
        data, found = elements(elem, rank, array, where.at(f"[{k}]"))
        if k and found != inner:
            where.refuse(
                f"arrays of one shape, {list(inner)}", f"one of shape {list(found)}"
            )
        inner = found
        parts.append(bytes(data))
    return b"".join(parts), (*shape, *inner)


def _ragged(elem: ElemType, rank: int, size: int, item: Any, where: Where) -> NoReturn:
    got = f"one of {len(item)}" if isinstance(item, (list, tuple)) else describe(item)
    where.refuse(f"{_wanted(elem, rank)} with rows of {size}", got)


def _wanted(elem: ElemType, rank: int) -> str:
    return "[]" * rank + elem.name
