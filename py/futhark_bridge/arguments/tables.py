"""Columns of tables, for arrays of records.

Tables are numpy's structured arrays, pyarrow's tables, record batches and struct
arrays, and DataFrames of pandas and polars. Only libraries that the user has imported
are considered.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from futhark_bridge.installed import imported

from .place import Where, describe

if TYPE_CHECKING:
    from collections.abc import Mapping


def columns_of(
    data: Any, rank: int, wanted: str, where: Where
) -> Mapping[str, Any] | None:
    """Return the columns of a table by name; None for other objects.

    Raises
    ------
    ArgumentError
        If it has missing values, two columns with the same name, or another rank.
    """
    numpy, pyarrow, pandas, polars = map(
        imported, ("numpy", "pyarrow", "pandas", "polars")
    )
    if numpy and isinstance(data, numpy.ndarray):
        if data.dtype.names is None:
            return None
        if isinstance(data, numpy.ma.MaskedArray):
            where.refuse(wanted, "a masked array")
        if data.ndim != rank:  # fields that are arrays have more dimensions
            where.refuse(wanted, f"a structured array of shape {list(data.shape)}")
        return {name: data[name] for name in data.dtype.names}
    if polars and isinstance(data, polars.DataFrame):
        data = data.to_arrow()
        pyarrow = sys.modules["pyarrow"]
    if pandas and isinstance(data, pandas.DataFrame):
        _check_names(list(data.columns), wanted, where)
        return {name: data[name].array for name in data.columns}
    if pyarrow:
        return _of_arrow(pyarrow, data, wanted, where)
    return None


def _of_arrow(
    pyarrow: Any, data: Any, wanted: str, where: Where
) -> Mapping[str, Any] | None:
    is_struct = isinstance(
        data, (pyarrow.Array, pyarrow.ChunkedArray)
    ) and pyarrow.types.is_struct(data.type)
    if is_struct:
        if data.null_count:
            where.refuse(wanted, f"{data.null_count} nulls in {describe(data.type)}")
        if isinstance(data, pyarrow.ChunkedArray):
            data = data.combine_chunks()
        names = [field.name for field in data.type]
        columns = data.flatten()
    elif isinstance(data, (pyarrow.Table, pyarrow.RecordBatch)):
        names, columns = data.schema.names, data.columns
    else:
        return None
    _check_names(names, wanted, where)
    return dict(zip(names, columns, strict=True))


def _check_names(names: list[Any], wanted: str, where: Where) -> None:
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        where.refuse(wanted, f"several columns named {', '.join(twice)}")
