"""Arrays of records as structured arrays, Arrow tables and DataFrames."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import futhark_bridge
from futhark_bridge import ArgumentError, ValueStateError

PROGRAM = """
type p = {x: f32, n: i64, ok: bool}
entry same [n] (ps: [n]p) : [n]p = ps
entry grid [n][m] (ps: [n][m]p) : [n][m]p = ps
entry one (q: p) : p = q
entry rows [n] (qs: [n]{id: i32, v: [3]f64}) : [n]{id: i32, v: [3]f64} = qs
entry nested [n] (qs: [n]{a: i8, q: p}) : [n]{a: i8, q: p} = qs
entry pairs [n] (xs: [n](i32, bool)) : [n](i32, bool) = xs
entry vectors [n] (qs: [n]{v: [3]f64}) : f64 = f64.sum (map (\\q -> q.v[1]) qs)
entry sums (n: i64) : [n]{s: #l i32 | #r} = replicate n {s = #l 1}
"""
# In the compiler's order of fields, which is that of their names.
LAYOUT = [("n", np.int64), ("ok", np.bool_), ("x", np.float32)]
ROWS = np.array([(2**60, True, 0.5), (-7, False, -1.0), (0, True, 3.0)], LAYOUT)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("tables") / "tables.fut"
    path.write_text(PROGRAM)
    with futhark_bridge.load(path, backend="c") as loaded:
        yield loaded


def table() -> Any:
    return pa.table({name: pa.array(ROWS[name]) for name in ROWS.dtype.names or ()})


def chunked() -> Any:
    return pa.concat_tables([table().slice(0, 1), table().slice(1)])


@pytest.mark.parametrize(
    "data",
    [
        ROWS,
        ROWS[::-1][::-1],
        ROWS.astype([("n", ">i8"), ("ok", "?"), ("x", ">f4")]),
        ROWS[["x", "ok", "n"]],
        ROWS.view(np.recarray),
        table(),
        chunked(),
        table().to_batches()[0],
        table().to_struct_array(),
        pa.concat_tables([table(), table()]).to_struct_array().slice(3, 3),
        pl.DataFrame({name: ROWS[name] for name in ROWS.dtype.names or ()}),
        pd.DataFrame.from_records(ROWS, index=[9, 8, 7]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_a_table_is_an_array_of_records(module: Any, data: Any) -> None:
    handle = module.entry.same(data)
    np.testing.assert_array_equal(handle.to_numpy(), ROWS)
    assert handle.to_numpy().dtype == ROWS.dtype
    np.testing.assert_array_equal(np.asarray(handle), ROWS)
    assert handle.to_arrow().equals(table())
    frame = handle.to_pandas()
    assert frame.equals(pd.DataFrame.from_records(ROWS))
    assert [str(dtype) for dtype in frame.dtypes] == ["int64", "bool", "float32"]
    assert module.entry.same(frame).to_objects() == handle.to_objects()
    again = module.entry.same(handle.to_arrow())
    assert again.to_objects() == handle.to_objects()


def test_more_dimensions_arrays_and_records_inside(module: Any) -> None:
    grid = np.resize(ROWS, (2, 4))
    np.testing.assert_array_equal(module.entry.grid(grid).to_numpy(), grid)
    rows = np.zeros(2, [("id", np.int32), ("v", np.float64, (3,))])
    rows["v"] = [[1, 2, 3], [4, 5, 6]]
    handle = module.entry.rows(rows)
    assert handle.to_numpy().dtype == rows.dtype
    np.testing.assert_array_equal(handle.to_numpy(), rows)
    assert [v.tolist() for v in handle.to_pandas()["v"]] == rows["v"].tolist()
    arrow = handle.to_arrow()
    assert arrow.column("v").combine_chunks().to_numpy_ndarray().tolist() == [
        [1, 2, 3],
        [4, 5, 6],
    ]
    np.testing.assert_array_equal(module.entry.rows(arrow).to_numpy(), rows)
    nested = np.zeros(3, [("a", np.int8), ("q", LAYOUT)])
    nested["q"] = ROWS
    handle = module.entry.nested(nested)
    np.testing.assert_array_equal(handle.to_numpy(), nested)
    arrow = handle.to_arrow()
    assert arrow.column("q").to_pylist()[1] == {"x": -1.0, "n": -7, "ok": False}
    np.testing.assert_array_equal(module.entry.nested(arrow).to_numpy(), nested)
    pairs = module.entry.pairs([(1, True), (2, False)])
    assert pairs.to_numpy().tolist() == [(1, True), (2, False)]
    np.testing.assert_array_equal(
        module.entry.pairs(pairs.to_numpy()).to_numpy(), pairs.to_numpy()
    )
    empty = module.entry.same(ROWS[:0])
    assert empty.to_numpy().shape == (0,)
    assert empty.to_arrow().num_rows == 0


def test_a_row_is_a_record(module: Any) -> None:
    assert module.entry.one(ROWS[1]).to_object() == {"x": -1.0, "n": -7, "ok": False}
    assert module.entry.one(ROWS.view(np.recarray)[2]).to_object()["ok"] is True


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (ROWS[["x", "n"]], "expected fields n, ok, x, got x, n"),
        (
            ROWS.astype([("n", "i8"), ("ok", "?"), ("x", "f8")]),
            r"\.x: expected \[\]f32",
        ),
        (np.resize(ROWS, (1, 3)), r"got a structured array of shape \[1, 3\]"),
        (np.ma.MaskedArray(ROWS), "got a masked array"),
        (np.zeros(3), r"a table, got float64 of shape \[3\]"),
        (table().rename_columns(["x", "x", "n"]), "several columns named x"),
        (
            table().set_column(2, "x", pa.array([1.0, None, 2.0], pa.float32())),
            "1 nulls",
        ),
        (pa.array([{"x": 1.0, "n": 1, "ok": True}, None]), "1 nulls in"),
        (pl.DataFrame({"x": [1.5, None]}), "expected fields"),
        (pd.DataFrame({"x": [1.5], "n": [1], "ok": [True]}), r"\.x: expected \[\]f32"),
        (
            pd.DataFrame(
                {"x": np.array([1], np.float32), "n": pd.array([None]), "ok": [True]}
            ),
            r"\.n: expected \[\]i64, got object",
        ),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "several columns named x"),
        (
            pl.DataFrame(
                {"x": [None, 1.5], "n": [1, 2], "ok": [True, False]},
                schema={"x": pl.Float32, "n": pl.Int64, "ok": pl.Boolean},
            ),
            "1 nulls",
        ),
        (
            pd.DataFrame({"x": [1], "n": [1], "ok": [True]}).assign(
                x=pd.array([None], dtype="Float32")
            ),
            r"\.x: expected \[\]f32, got 1 nulls in Float32",
        ),
        (pa.array([1, 2, 3]), "a table, got"),
    ],
)
def test_a_table_that_does_not_match_is_refused(
    module: Any, data: Any, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        module.entry.same(data)


def test_dimensions_of_a_table_are_not_those_of_its_fields(module: Any) -> None:
    rows = np.zeros((2, 3), [("v", "f8")])
    with pytest.raises(ArgumentError, match=r"a structured array of shape \[2, 3\]"):
        module.entry.vectors(rows)
    assert module.entry.vectors(np.ones(2, [("v", "f8", (3,))])) == 2


def test_what_has_no_form_as_a_table_says_so(module: Any) -> None:
    with pytest.raises(ArgumentError, match="the elements are not records"):
        module.entry.sums(2).to_numpy()
    with pytest.raises(ArgumentError, match="expected an array of rank 1"):
        module.entry.grid(np.resize(ROWS, (1, 3))).to_arrow()
    handle = module.entry.same(ROWS)
    handle.free()
    with pytest.raises(ValueStateError, match="was freed"):
        handle.to_numpy()


def test_neither_pyarrow_nor_pandas_is_loaded_for_others(tmp_path: Path) -> None:
    (tmp_path / "tables.fut").write_text(PROGRAM)
    program = (
        "import sys, futhark_bridge\n"
        "with futhark_bridge.load('tables.fut', backend='c') as fut:\n"
        "    rows = fut.entry.same([{'x': 1, 'n': 2, 'ok': True}]).to_numpy()\n"
        "    fut.entry.same(rows)\n"
        "print({'pyarrow', 'pandas', 'polars'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(futhark_bridge.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
