"""Missing values in columns of pandas, polars and pyarrow.

numpy cannot represent them: in a float array they would become NaN or arbitrary values.
Only libraries that the user has imported are considered.
"""

from __future__ import annotations

from typing import Any

from futhark_bridge.installed import imported


def null_count(data: Any) -> int:
    """Return the number of missing values in a column; NaN does not count.

    Decode arrays of pyarrow first.
    """
    pandas, polars, pyarrow = map(imported, ("pandas", "polars", "pyarrow"))
    if pyarrow and isinstance(data, pyarrow.Array):
        return _of_arrow(data)
    if polars and isinstance(data, polars.Series):
        # Rows that are arrays are present, even if elements are missing.
        flat = data.reshape((-1,)) if isinstance(data.dtype, polars.Array) else data
        return int(flat.null_count())
    marker = getattr(getattr(data, "dtype", None), "na_value", None)
    if pandas and marker is not None and marker is pandas.NA:
        return int(data.isna().sum())
    return 0


def _of_arrow(data: Any) -> int:
    count: int = data.null_count
    if not count and hasattr(data, "to_numpy_ndarray"):  # tensor rows are present
        count = data.storage.flatten().null_count
    return count


def decoded(data: Any) -> Any:
    """Return a column of pyarrow as one array without an encoding, others unchanged.

    An encoding without nulls may refer to values that are null.
    """
    pyarrow = imported("pyarrow")
    if not pyarrow:
        return data
    if isinstance(data, pyarrow.ChunkedArray):
        data = data.combine_chunks()
    if isinstance(data, pyarrow.DictionaryArray):
        return decoded(data.dictionary_decode())
    if isinstance(data, pyarrow.RunEndEncodedArray):
        import pyarrow.compute as pc  # noqa: PLC0415 - rarely used

        return decoded(pc.run_end_decode(data))
    return data
