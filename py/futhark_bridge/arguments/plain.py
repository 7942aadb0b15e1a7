"""Conversion of Futhark values to plain Python data."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.program.handle import Value
from futhark_bridge.program.parts import element, payload, project, variant_name

from .nested import nest
from .place import Where, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray


def plain(part: Any, keep: bool = False) -> Any:
    """Return a result as plain data; free its handle unless ``keep`` is true.

    Scalars are returned as they are, arrays as numpy arrays, records, sums and arrays
    of them as dicts, tuples and lists. Opaque values stay handles.
    """
    if not isinstance(part, Value) or part.info.kind == "opaque":
        return part
    try:
        return _READERS[part.info.kind](part)
    finally:
        if not keep:
            part.free()


_dtypes: dict[str, Any] = {}
"""numpy's type objects by element type; numpy is slow to import, not always needed."""


def numpy_dtype(elemtype: str) -> np.dtype[Any]:
    """Return numpy's type object for an element type."""
    import numpy  # noqa: ICN001, PLC0415 - see above

    make: Any = numpy.dtype
    dtype: np.dtype[Any] = make(ELEMTYPES[elemtype].dtype)
    _dtypes[elemtype] = dtype
    return dtype


def array_to_numpy(array: Value, out: Any = None) -> NDArray[Any]:
    """Copy the elements of an array of primitives into a new array, or ``out``.

    Raises
    ------
    ArgumentError
        If ``out`` has another type or shape, or is not writable.
    """
    import numpy as np  # noqa: PLC0415 - see above

    bound: Any = array.bound
    elemtype = bound.info.elemtype
    dtype = _dtypes.get(elemtype) or numpy_dtype(elemtype)
    if out is None:
        result = np.empty(array.shape, dtype)
    else:
        _check_out(array, out, dtype)
        result = out if out.flags.c_contiguous else np.empty(array.shape, dtype)
    bound.read_into(array, bound.context.ffi.from_buffer(bound.c_array, result))
    if out is not None and result is not out:
        out[...] = result
        return out  # type: ignore[no-any-return]  # checked to be an array
    return result


def _check_out(array: Value, out: Any, dtype: Any) -> None:
    import numpy as np  # noqa: PLC0415 - see above

    where = Where(f"{array.type}.to_numpy", None, "out", "out")
    wanted = f"an array of {dtype} of shape {list(array.shape)}"
    if not isinstance(out, np.ndarray) or isinstance(out, np.ma.MaskedArray):
        where.refuse(wanted, describe(out))
    if out.dtype != dtype or out.shape != array.shape:
        where.refuse(wanted, f"{out.dtype} of shape {list(out.shape)}")
    if not out.flags.writeable:
        where.refuse(wanted, "a read-only array")
    if not out.flags.c_contiguous and _overlaps(out):
        where.refuse(wanted, "one whose elements overlap")


def _overlaps(array: NDArray[Any]) -> bool:
    """Return whether elements may overlap; in slices of arrays none do."""
    reach = array.itemsize
    steps = zip(map(abs, array.strides), array.shape, strict=True)
    for step, size in sorted(steps):
        if size > 1 and step < reach:
            return True
        reach += step * (size - 1)
    return False


def record_to_object(record: Value) -> dict[str, Any] | tuple[Any, ...]:
    """Copy a record to a dict, or a Futhark tuple to a tuple."""
    info = record.info
    record.bound.program.check_usable(record, f"{info.name}.to_object")
    parts = {f.name: plain(project(record, f.name)) for f in info.fields}
    return tuple(parts.values()) if info.is_tuple else parts


def sum_to_object(value: Value) -> dict[str, Any]:
    """Copy a value of a sum type to ``{"variant": name, "payload": [...]}``."""
    name = variant_name(value)
    return {"variant": name, "payload": [plain(p) for p in payload(value, name)]}


def array_to_objects(array: Value) -> list[Any]:
    """Copy an array of opaque values to nested lists of its elements."""
    flat = _columns(array) if _has_flat_fields(array) else _elements(array)
    return nest(list(flat), array.shape)


def _has_flat_fields(array: Value) -> bool:
    """Return whether the elements are records of scalars only."""
    types = array.program.info.types
    rank = {t.name: t.rank for t in types if t.kind == "array"}
    info = array.info
    return bool(info.fields) and all(rank.get(f.type) == info.rank for f in info.fields)


def _columns(array: Value) -> Iterator[Any]:
    columns = []
    names = [f.name for f in array.info.fields]
    for name in names:
        with project(array, name) as column:
            columns.append(array_to_numpy(column).reshape(-1).tolist())
    of = array.program.type(array.info.elemtype).info
    for row in zip(*columns, strict=True):
        yield row if of.is_tuple else dict(zip(names, row, strict=True))


def _elements(array: Value) -> Iterator[Any]:
    for indices in product(*map(range, array.shape)):
        yield plain(element(array, indices))


_READERS: dict[str, Callable[[Value], Any]] = {
    "array": array_to_numpy,
    "record": record_to_object,
    "sum": sum_to_object,
    "record_array": array_to_objects,
    "opaque_array": array_to_objects,
}
