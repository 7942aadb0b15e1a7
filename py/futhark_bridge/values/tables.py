"""Arrays of records as tables of numpy, pyarrow and pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.parts import project

if TYPE_CHECKING:
    from futhark_bridge.program.handle import Value


def to_structured(array: Value) -> Any:
    """Copy an array of records to a structured array; see `FutharkOpaqueArray`."""
    import numpy as np  # noqa: PLC0415 - slow to import, not always needed

    rank = len(array.shape)
    columns = _columns(array, "to_numpy")
    layout = [(name, each.dtype, each.shape[rank:]) for name, each in columns.items()]
    out = np.empty(array.shape, layout)
    for name, column in columns.items():
        out[name] = column
    return out


def to_arrow(array: Value) -> Any:
    """Copy an array of records to a pyarrow table; see `FutharkOpaqueArray`."""
    import pyarrow as pa  # noqa: PLC0415 - optional

    columns = _columns(array, "to_arrow")
    for name, column in columns.items():
        if isinstance(column, pa.Table):  # of a field that is a record
            parts = [part.combine_chunks() for part in column.columns]
            columns[name] = pa.StructArray.from_arrays(parts, column.schema.names)
    return pa.table(columns)


def to_pandas(array: Value) -> Any:
    """Copy an array of records to a DataFrame; see `FutharkOpaqueArray`."""
    import pandas as pd  # noqa: PLC0415 - optional

    columns = _columns(array, "to_pandas", "to_numpy")
    flat = {
        name: column if column.ndim == 1 else list(column)
        for name, column in columns.items()
    }
    return pd.DataFrame(flat)


def _columns(array: Value, method: str, part: str | None = None) -> dict[str, Any]:
    """Copy each field of the elements out of Futhark, with a method of its column."""
    info = array.info
    label = f"{info.name}.{method}"
    array.bound.program.check_usable(array, label)
    if not info.fields:
        raise ArgumentError(f"{label}: the elements are not records")
    if info.rank != 1 and method != "to_numpy":
        raise ArgumentError(f"{label}: expected an array of rank 1")
    columns = {}
    for field in info.fields:
        with project(array, field.name) as column:
            copy = getattr(column, part or method, None)
            if copy is None:
                raise ArgumentError(
                    f"{label}: field {field.name} is of type {field.type}, which has "
                    "no such form"
                )
            columns[field.name] = copy()
    return columns
