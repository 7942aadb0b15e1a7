"""Futhark's data formats: beside the compiler's own output, and what is refused."""

from __future__ import annotations

import gzip
import io
import random
import struct
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from futhark_bridge import ArgumentError, read_data, write_data
from futhark_bridge.data.literal import parse_literals
from futhark_bridge.data.text import json_of, text_of
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.setup.compiler import find_compiler

DTYPES = {e.name: np.dtype(e.dtype) for e in ELEMTYPES.values()}


def same(one: Any, other: Any) -> None:
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("form", ["text", "binary"])
@pytest.mark.parametrize("elemtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (0, 4), (2, 1, 2)])
def test_what_is_written_is_read(
    tmp_path: Path, form: str, elemtype: str, shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(7)
    dtype = DTYPES[elemtype]
    raw = rng.integers(0, 256, (*shape, dtype.itemsize), np.uint8)
    value = raw.view(dtype).reshape(shape) if elemtype != "bool" else raw[..., 0] > 9
    if dtype.kind == "f":
        value = np.where(np.isnan(value), dtype.type(-0.5), value).astype(dtype)
    file = tmp_path / "values.data.gz"
    write_data(file, value, value, format=form)
    assert file.read_bytes()[:2] == b"\x1f\x8b"
    for found in read_data(file):
        same(np.asarray(found), np.asarray(value))


def test_numpy_files(tmp_path: Path) -> None:
    x, y = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([True, False])
    write_data(tmp_path / "x.npy", x)
    same(np.load(tmp_path / "x.npy"), x)
    same(read_data(tmp_path / "x.npy")[0], x)
    write_data(tmp_path / "xy.npz", x, y)
    for found, wanted in zip(read_data(tmp_path / "xy.npz"), (x, y), strict=True):
        same(found, wanted)
    with pytest.raises(ArgumentError, match=r"\.npy holds one value, got 2"):
        write_data(tmp_path / "xy.npy", x, y)


def test_text_is_that_of_the_compiler(tmp_path: Path) -> None:
    specials = [0.0, -0.0, 0.5, 1e7, 123456789.0, 1e-5, 0.01, 3.4e38, np.inf, -np.inf]
    xs = np.array([*specials, np.nan, 1e-45, 0.1, 2 / 3], np.float32)
    ys = np.array([*specials, np.nan, 5e-324, 0.1, 2 / 3], np.float64)
    zs = np.arange(-3, 3, dtype=np.int8).reshape(2, 3)
    write_data(tmp_path / "in.bin", xs, ys, zs)

    def converted(*options: str) -> bytes:
        with (tmp_path / "in.bin").open("rb") as file:
            return subprocess.run(
                [find_compiler(), "dataset", *options],
                stdin=file,
                capture_output=True,
                check=True,
            ).stdout

    text = converted("--text").decode()
    assert "".join(f"{text_of(value)}\n" for value in (xs, ys, zs)) == text
    for found in (read_data(text.encode()), read_data(converted("--binary"))):
        values: list[Any] = [xs, ys, zs]
        for one, other in zip(found, values, strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 2.5 true", [np.int32(1), np.float64(2.5), np.True_]),
        ("[1, 2,]", [np.array([1, 2], np.int32)]),
        ("-- a comment\n[[1u8], -- another\n [2u8]]", [np.array([[1], [2]], np.uint8)]),
        ("0xFFu8 0b11 1_000i64", [np.uint8(255), np.int32(3), np.int64(1000)]),
        ("0x1f32", [np.int32(0x1F32)]),
        ("-f32.inf f64.nan", [np.float32("-inf"), np.float64("nan")]),
        ("1f16 -0.0f32 1e3", [np.float16(1), np.float32(-0.0), np.float64(1000)]),
        ('"hé"', [np.frombuffer("hé".encode(), np.uint8)]),
        ("empty([0][3]i64)", [np.zeros((0, 3), np.int64)]),
        ("[false, true]", [np.array([False, True])]),
        ("", []),
    ],
)
def test_text_as_futhark_reads_it(text: str, wanted: list[Any]) -> None:
    found = read_data(text.encode())
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        same(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2", r"expected , or \] at line 1, column 6, got the end"),
        ("[1,\n 2 3]", "expected a number, got 2 3"),
        ("[1, 2i64]", "expected i32, got 2i64"),
        ("[1, 2.5]", r"expected i32, got 2\.5"),
        ("[[1], [1, 2]]", "expected 1 elements, as in the previous arrays, got 2"),
        ("[[1], 2]", "expected 1 elements"),
        ("[]", r"an empty array needs its type: write empty\(\[0\]i32\)"),
        ("300u8", r"expected u8 \(0 to 255\), got 300"),
        ("1e5i32", "expected i32, got 1e5i32"),
        ("empty([1]i32)", "an empty array, such as"),
        ("empty([0]i33)", "an empty array, such as"),
        (f"empty([0][{10**17}][{10**17}]i64)", "of a possible size"),
        ("1.", "expected a value at line 1"),
        ("nan", "expected a value"),
        ("[nan]", "expected a value at line 1, column 2"),
        ("[[1]\n [2]]", r"expected , or \] at line 2, column 2, got '\[2\]\]'"),
        ("[1,,2]", "expected a value at line 1, column 4"),
        ("[1__]", None),
        ('"abc', "expected a value"),
        ('"\\q"', "expected a string"),
        ('"\\ud800"', "expected a string at line 1, column 1"),
        ("[0x_]", "expected numbers or booleans"),
        ("[1, 0b_]", "expected a number, got 0b_"),
        ("1e400", "expected f64, got 1e400, which is too large"),
        ("[1e400f32]", "expected f32, got 1e400f32, which is too large"),
        (f"{'[' * 65}1{']' * 65}", "expected at most 64 dimensions"),
        ("[" * 300, "at most 256 levels"),
        ("{}", "expected numbers or booleans"),
        (
            '{"a": 1,\n"b": {"c": 1, "c": 2}}',
            "expected fields of different names at line 2, column 6",
        ),
        ("1" * 5000, "expected a number, got 1111"),
        ("\ud800", None),
    ],
)
def test_text_that_is_refused(text: str, message: str | None) -> None:
    data = text.encode(errors="surrogatepass")
    if message is None and "\ud800" not in text:
        assert read_data(data) == [np.array([1], np.int32)]
        return
    with pytest.raises(ArgumentError, match=message or "neither text nor"):
        read_data(data)


def head(tag: bytes, rank: int, version: int = 2) -> bytes:
    return b"b" + bytes([version, rank]) + tag


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"b\2", "cut short within its header"),
        (head(b" i32", 1), "cut short within its header"),
        (head(b" i32", 0, 3), "version 2"),
        (head(b" i32", 65), "expected rank 64 at most, got 65"),
        (head(b" i33", 0), "expected an element type, got b' i33'"),
        (
            head(b" i32", 1) + struct.pack("<Q", 2**63),
            "expected 36893488147419103232 b",
        ),
        (head(b" i32", 1) + struct.pack("<Q", 2) + b"1234", "expected 8 bytes for i32"),
        (head(b"bool", 0) + b"\2", "expected bytes of 0 and 1 for bool"),
        (head(b" i32", 2) + struct.pack("<QQ", 0, 2**63), "value 1"),
        (gzip.compress(b"1")[:-4], "data: "),
        (b"\x93NUMPY\1\0", "data: "),
        (b"PK\3\4", "data: "),
        (b"\xff\xfe", "neither text nor a known format"),
    ],
)
def test_binary_data_that_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        read_data(data)


def archive(*names: str) -> bytes:
    member = io.BytesIO()
    np.save(member, np.arange(3))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        for name in names:
            file.writestr(name, member.getvalue() if "npy" in name else b"text")
    return whole.getvalue()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("x.npy", "notes.txt"), r"notes\.txt is not an array"),
        (("x.npy", "x"), "several arrays with the same name"),
    ],
)
def test_archives_that_are_refused(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"data: {message}"):
        read_data(archive(*names))


def test_a_small_file_that_unpacks_to_more_than_1_gib_is_refused() -> None:
    part = gzip.compress(b" " * 2**24)
    # Members of a gzip file follow one another.
    with pytest.raises(ArgumentError, match="expected at most 1073741824 bytes"):
        read_data(part * 64 + gzip.compress(b"7"))
    assert read_data(part + gzip.compress(b"7")) == [7]


def test_an_archive_that_unpacks_to_more_than_1_gib_is_refused_unread() -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x.npy", b"")
        file.filelist[0].file_size = 2**30 + 1
    with pytest.raises(ArgumentError, match="expected at most 1073741824 bytes"):
        read_data(whole.getvalue())


@pytest.mark.parametrize("extension", ["in", "data", "npy", "npz"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ma.MaskedArray([1, 2], mask=[False, True]), "got a masked array"),
        (pd.array([1.5, None], dtype="Float64"), "got 1 nulls"),
        (pa.chunked_array([[1.5], [None]]), "got 1 nulls"),
        (pl.Series([1.5, None]), "got 1 nulls"),
        (2**64, "expected numbers, got "),
        ([[1], [1, 2]], "inhomogeneous shape"),
    ],
)
def test_values_that_are_not_written(
    tmp_path: Path, extension: str, value: Any, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        write_data(tmp_path / f"x.{extension}", value)
    assert list(tmp_path.iterdir()) == []


def test_pickles_are_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(ArgumentError, match="allow_pickle"):
        read_data(tmp_path / "x.npy")


def test_any_change_of_a_byte_gives_values_or_an_argument_error() -> None:
    rng = random.Random(5)
    texts = (
        b"[[1.5f32, 2.5f32], [3f32, 4f32]] true",
        b'{"a": [1, 2]} "x" empty([0]u8)',
    )
    binary = head(b" i32", 1) + struct.pack("<Qii", 2, 5, 6) + head(b"bool", 0) + b"\1"
    for sample in (*texts, binary):
        for _ in range(400):
            data = bytearray(sample)
            data[rng.randrange(len(data))] = rng.randrange(256)
            try:
                read_data(bytes(data))
            except ArgumentError:
                continue


def test_long_text_that_is_wrong_at_its_end_is_refused_soon() -> None:
    # Anything quadratic would take minutes.
    for piece in ("-- comment \n ", "1_", "[1,", '"\\"', "1 -", "[1 -- x\n, "):
        text = piece * 200_000 + "?"
        with pytest.raises(ArgumentError):
            parse_literals(text, "text")


def test_writing_names_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"got \.npx \(did you mean \.npz\?\)"):
        write_data(tmp_path / "x.npx", 1)
    with pytest.raises(ArgumentError, match="no element type for dtype complex128"):
        write_data(tmp_path / "x.in", 1j)
    with pytest.raises(ArgumentError, match="cannot read"):
        read_data(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_json_has_what_it_lacks_as_text() -> None:
    value = {"a": np.float32("nan"), "b": (True, -np.inf), "c": np.arange(2)}
    assert json_of(value) == '{"a": "NaN", "b": [true, "-Infinity"], "c": [0, 1]}'
