"""Missing values, which no Futhark array holds, are refused in columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from futhark_bridge import ArgumentError, load


def tensor(numbers: list[Any], permutation: Any = None) -> Any:
    flat = pa.array(numbers, pa.float32())
    kind = pa.fixed_shape_tensor(flat.type, [2], permutation=permutation)
    return pa.ExtensionArray.from_storage(
        kind, pa.FixedSizeListArray.from_arrays(flat, 2)
    )


def encoded(values: list[Any]) -> list[Any]:
    numbers = pa.array(values, pa.float32())
    at = pa.array(range(len(values)), pa.int32())
    ends = pa.array(range(1, len(values) + 1), pa.int32())
    runs = pa.RunEndEncodedArray.from_arrays(ends, numbers)
    dictionary = pa.DictionaryArray.from_arrays(at, numbers)
    return [runs, dictionary, pa.chunked_array([runs, runs[:0]])]


def columns(values: list[Any]) -> list[Any]:
    """Return float columns of each kind with the same values."""
    return [
        pd.array(values, dtype="Float32"),
        pd.Series(values, dtype="Float32"),
        pd.Series(values, dtype="float[pyarrow]"),
        pl.Series(values, dtype=pl.Float32),
        pa.array(values, pa.float32()),
        *encoded(values),
    ]


def tables(values: list[Any]) -> list[Any]:
    """Return columns of pairs, in which each kind has the same values."""
    pairs = list(zip(values[::2], values[1::2], strict=True))
    column = pl.Series(pairs, dtype=pl.Array(pl.Float32, 2))
    return [column, tensor(values), pa.chunked_array([tensor(values)])]


@pytest.mark.parametrize("rank", [1, 2])
def test_columns_without_missing_values_are_arrays(programs: Any, rank: int) -> None:
    numbers = [1.5, float("inf"), -0.0, 3.0]
    wanted = np.array(numbers, np.float32).reshape((-1, 2)[:rank] if rank > 1 else -1)
    with load(programs("identity")) as module:
        for column in (columns if rank == 1 else tables)(numbers):
            found = module.entry[f"id_f32_{rank}"](column).to_numpy()
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("rank", [1, 2])
def test_missing_values_are_refused(programs: Any, rank: int) -> None:
    numbers = [1.5, None, 2.5, 3.0]
    with load(programs("identity")) as module:
        for column in (columns if rank == 1 else tables)(numbers):
            with pytest.raises(ArgumentError, match="1 nulls in"):
                module.entry[f"id_f32_{rank}"](column)


def test_nan_in_a_column_of_numpys_types_is_a_number(programs: Any) -> None:
    with load(programs("identity")) as module:
        for column in (
            pd.Series([1.0, np.nan], dtype=np.float32),
            pl.Series([1.0, np.nan], dtype=pl.Float32),
            pa.array([1.0, np.nan], pa.float32()),
        ):
            found = module.entry.id_f32_1(column).to_numpy()
            assert np.isnan(found).tolist() == [False, True]


@pytest.mark.parametrize("shape", [(3, 0), (0, 0), (0, 3), (2, 0, 4)])
def test_arrays_without_elements_come_back_from_arrow(
    programs: Any, shape: tuple[int, ...]
) -> None:
    with load(programs("identity")) as module:
        call = module.entry[f"id_f32_{len(shape)}"]
        column = call(np.zeros(shape, np.float32)).to_arrow()
        column.validate(full=True)
        assert call(column).shape == shape
