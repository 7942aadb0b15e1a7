"""Accepted arguments, and the errors for others."""

from __future__ import annotations

import array
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from futhark_bridge import (
    ArgumentError,
    FutharkModule,
    OutOfMemoryError,
    ProgramError,
    ValueStateError,
    load,
    variant,
)

ELEMTYPES = {
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "u8": np.uint8,
    "u16": np.uint16,
    "u32": np.uint32,
    "u64": np.uint64,
    "f16": np.float16,
    "f32": np.float32,
    "f64": np.float64,
    "bool": np.bool_,
}


def random_bytes(elemtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return elements of random bits, with NaN payloads, infinities and extremes."""
    rng = np.random.default_rng([len(shape), *elemtype.encode()])
    dtype = np.dtype(ELEMTYPES[elemtype])
    count = math.prod(shape)
    if elemtype == "bool":
        return rng.integers(0, 2, count, "u1").view("?").reshape(shape)
    data = rng.integers(0, 256, count * dtype.itemsize, "u1").view(dtype)
    special: list[Any] = [np.nan, -0.0, np.inf, -np.inf]
    if dtype.kind in "iu":
        limits: Any = np.iinfo(str(dtype))
        special = [limits.min, limits.max]
    data[: len(special)] = special[:count]
    return data.reshape(shape)


@pytest.mark.parametrize("elemtype", ELEMTYPES)
@pytest.mark.parametrize(
    "shape",
    [(0,), (7,), (0, 3), (3, 0), (4, 5), (2, 3, 4), (2, 0, 4), (2, 3, 4, 5), (1,) * 4],
)
def test_every_array_comes_back_bit_for_bit(
    programs: Any, elemtype: str, shape: tuple[int, ...]
) -> None:
    data = random_bytes(elemtype, shape)
    with load(programs("identity")) as module:
        result = module.entry[f"id_{elemtype}_{len(shape)}"](data)
        assert result.shape == shape
        out = result.to_numpy()
    assert (out.dtype, out.shape) == (data.dtype, data.shape)
    assert out.tobytes() == data.tobytes()


def layouts(data: np.ndarray[Any, Any]) -> dict[str, Any]:
    reader = data.copy()
    reader.setflags(write=False)
    wide = np.zeros((data.shape[0], data.shape[1] * 2), data.dtype)
    wide[:, ::2] = data
    offset = np.zeros(data.nbytes + 1, "u1")
    offset[1:] = data.view("u1").reshape(-1)
    return {
        "C order": data,
        "Fortran order": np.asfortranarray(data),
        "strided": wide[:, ::2],
        "reversed": data[::-1, ::-1].copy()[::-1, ::-1],
        "byte-swapped": data.astype(data.dtype.newbyteorder()),
        "read-only": reader,
        "misaligned": offset[1:].view(data.dtype).reshape(data.shape),
        "nested lists": data.tolist(),
        "list of rows": list(data),
        "list of buffers": [array.array("i", row) for row in data.tolist()],
        "memoryview": memoryview(data.data),
        "tuple of lists": tuple(data.tolist()),
        "tensor": pa.FixedShapeTensorArray.from_numpy_ndarray(data),
    }


@pytest.mark.parametrize("layout", layouts(np.ones((1, 1), "int32")))
def test_an_array_of_any_layout_is_accepted(programs: Any, layout: str) -> None:
    data = np.arange(12, dtype="int32").reshape(3, 4) - 5
    with load(programs("identity")) as module:
        result = module.entry.id_i32_2(layouts(data)[layout])
        assert result.to_numpy().tolist() == data.tolist()


def test_buffers_and_scalars_of_the_exact_type_are_accepted(programs: Any) -> None:
    with load(programs("identity")) as module:
        entry = module.entry
        assert entry.id_u8_1(b"abc").to_list() == [97, 98, 99]
        assert entry.id_f64_1(array.array("d", [0.5])).to_list() == [0.5]
        assert entry.id_i32_1(pa.chunked_array([[1], [2]], pa.int32())).size == 2
        assert entry.id_i32_0(np.int32(5)) == 5
        assert entry.id_i32_0(np.array(5, "int32")) == 5
        assert entry.id_f32_0(np.float32(0.1)) == float(np.float32(0.1))
        assert entry.id_f16_0(np.float16(0.1)) == float(np.float16(0.1))
        assert entry.id_bool_0(np.True_) is True
        assert entry.id_i64_0(2.0**53) == 2**53
        assert entry.id_f64_0(2**53) == 2.0**53
        assert entry.id_f64_1([1, 2.5]).to_list() == [1.0, 2.5]
        assert entry.id_i8_1([1.0, -128]).to_list() == [1, -128]


class Long(int):
    """Pytest names a test by its values: of this, not by its digits."""

    def __str__(self) -> str:
        return "long"


class Silent:
    def __repr__(self) -> str:
        raise ValueError


class OtherScalar:
    """Like an array of a library with its own types."""

    shape = ()
    dtype = "their.f64"


LONG = Long(10**5000)
BAD_SCALARS: list[tuple[str, Any, str]] = [
    ("i8", 128, r"expected i8 \(-128 to 127\), got 128"),
    ("i8", -129, r"got -129"),
    ("u8", -1, r"expected u8 \(0 to 255\), got -1"),
    ("u8", 256, r"got 256"),
    ("i64", 2**63, r"expected i64"),
    ("u64", 2**64, r"expected u64"),
    ("u64", -1, r"expected u64"),
    ("i32", 1.5, r"1.5, which is not an exact integer"),
    ("i32", math.nan, r"nan, which is not an exact integer"),
    ("i32", math.inf, r"inf, which is not an exact integer"),
    ("i64", 2.0**53 + 2, r"which is not an exact integer"),
    ("i32", True, r"expected i32, got True"),
    ("i32", "1", r"expected i32, got str '1'"),
    ("i32", None, r"expected i32, got None"),
    ("i32", np.int64(2**31), r"expected i32 \(-2147483648 to 2147483647\), got "),
    ("i32", np.float64(1.5), r"expected i32, got 1.5, which is not an exact integer"),
    ("f32", np.float64(0.1), r"expected f32, got float64 0.1, which no f32 represents"),
    ("f32", np.int64(2**24 + 1), r"expected f32, got int64 16777217, which no f32"),
    ("f16", np.float32(65520), r"expected f16, got float32 65520.0, which no f16"),
    ("i32", np.bool_(True), r"expected i32, got True"),
    ("bool", np.int8(1), r"expected bool, got 1"),
    ("f64", np.complex128(1), r"expected f64, got complex128"),
    ("f64", True, r"expected f64, got True"),
    ("f64", 2**53 + 1, r"which no float represents"),
    ("f64", 10**400, r"which no float represents"),
    ("f64", 1j, r"expected f64, got complex 1j"),
    ("f32", 1e39, r"too large"),
    ("f16", 65520.0, r"too large"),
    ("bool", 1, r"expected bool, got 1"),
    ("bool", 0.0, r"expected bool, got 0.0"),
    ("i32", [1], r"expected i32, got list \[1\]"),
    ("i32", np.zeros(1, "int32"), r"expected i32, got int32 of shape \[1\]"),
    ("f64", np.ma.masked, r"expected f64, got a masked value"),
    ("f64", np.ma.array(3.0, mask=True), r"expected f64, got a masked value"),
    ("f64", np.float64, r"expected f64, got type <class 'numpy.float64'>"),
    ("i32", LONG, r"got an integer of 16610 bits"),
    ("f64", LONG, r"an integer of 16610 bits, which no float represents"),
    ("i32", [LONG], r"expected i32, got list"),
    ("f64", Silent(), r"expected f64, got Silent <Silent instance"),
    ("f64", OtherScalar(), r"expected f64, got their.f64 "),
]


@pytest.mark.parametrize(("elemtype", "bad", "words"), BAD_SCALARS)
def test_a_scalar_that_does_not_fit_is_refused(
    programs: Any, elemtype: str, bad: Any, words: str
) -> None:
    with load(programs("identity")) as module:
        entry = module.entry[f"id_{elemtype}_0"]
        with pytest.raises(ArgumentError, match=words) as caught:
            entry(bad)
        assert str(caught.value).startswith(f"id_{elemtype}_0 argument 1 (x): ")
        assert (caught.value.entry, caught.value.parameter) == (entry.__name__, "x")
        assert entry(True if elemtype == "bool" else 1) == 1


BAD_ARRAYS: list[tuple[str, int, Any, str]] = [
    ("i32", 1, np.zeros(2, "int64"), r"expected \[\]i32, got i64 of shape \[2\]"),
    ("i32", 1, np.zeros(2, "uint32"), r"got u32 of shape \[2\]"),
    ("f32", 1, np.zeros(2, "float64"), r"expected \[\]f32, got f64 of shape \[2\]"),
    ("f16", 1, np.zeros(2, "uint16"), r"expected \[\]f16, got u16"),
    ("u16", 1, np.zeros(2, "float16"), r"expected \[\]u16, got f16"),
    ("bool", 1, np.zeros(2, "uint8"), r"expected \[\]bool, got u8"),
    ("i32", 1, np.zeros((2, 2), "int32"), r"expected \[\]i32, got i32 of shape \[2, 2"),
    ("i32", 2, np.zeros(3, "int32"), r"expected \[\]\[\]i32, got i32 of shape \[3\]"),
    ("i32", 1, np.array(["a"]), r"got <U1 of shape \[1\]"),
    ("i32", 1, np.array([None]), r"got object of shape"),
    ("f64", 1, np.zeros(2, "complex128"), r"got complex128"),
    ("i32", 1, np.ma.array([1], mask=[True], dtype="int32"), r"got a masked array"),
    ("i32", 1, np.int32(1), r"expected \[\]i32, got int32 1"),
    ("i32", 1, [1, 300000000000], r"at \[1\]: expected i32 .* got 300000000000"),
    ("i8", 1, [1, 300], r"at \[1\]: expected i8 \(-128 to 127\), got 300"),
    ("i32", 1, [1, 2.5], r"at \[1\]: expected i32, got 2.5, which is not an exact"),
    ("i32", 1, [True], r"at \[0\]: expected i32, got True"),
    ("i32", 1, [math.nan], r"at \[0\]: expected i32, got nan"),
    ("bool", 1, [True, 1], r"at \[1\]: expected bool, got 1"),
    ("f32", 1, [1.0, 1e39], r"at \[1\]: expected f32, got 1e\+39, which is too large"),
    ("i32", 1, [[1]], r"at \[0\]: expected i32, got list \[1\]"),
    ("i32", 2, [[1, 2], [3]], r"with rows of 2, got one of 1"),
    ("i32", 2, [[1], 2], r"with rows of 1, got 2"),
    ("i32", 2, [1, 2], r"at \[0\]: expected \[\]i32, got 1"),
    ("i32", 2, [np.zeros(1, "i4"), np.zeros(2, "i4")], r"of one shape, \[1\]"),
    ("i32", 1, "12", r"expected \[\]i32, got str '12'"),
    ("i32", 1, None, r"expected \[\]i32, got None"),
    ("i32", 1, 5, r"expected \[\]i32, got 5"),
    ("i32", 1, {"a": 1}, r"expected \[\]i32, got dict"),
    ("i32", 1, b"abcd", r"expected \[\]i32, got u8 of shape \[4\]"),
    ("i32", 1, pa.array([1, None], pa.int32()), r"got 1 nulls in int32"),
    ("i32", 1, pa.array([1], pa.int64()), r"got i64 of shape"),
    ("i32", 1, pa.array(["x"]), r"got object of shape"),
    ("f64", 1, [1.0, np.ma.masked], r"at \[1\]: expected f64, got a masked value"),
    ("i32", 1, [1, LONG], r"at \[1\]: .* got an integer of 16610 bits"),
]


@pytest.mark.parametrize(("elemtype", "rank", "bad", "words"), BAD_ARRAYS)
def test_an_array_that_does_not_fit_is_refused(
    programs: Any, elemtype: str, rank: int, bad: Any, words: str
) -> None:
    with load(programs("identity")) as module:
        name = f"id_{elemtype}_{rank}"
        with pytest.raises(ArgumentError, match=words) as caught:
            module.entry[name](bad)
        assert str(caught.value).startswith(f"{name} argument 1 (x)")
        assert module.entry[name](np.zeros((2,) * rank, ELEMTYPES[elemtype])).size


BAD_OPAQUES: list[tuple[str, Any, str]] = [
    ("middle", {"lat": 1.0}, r"expected fields lat, lon, got lat"),
    ("middle", {"lat": 1.0, "lon": 2.0, "z": 3.0}, r"got lat, lon, z"),
    ("middle", {"lat": "1", "lon": 2.0}, r"\(p\) at .lat: expected f64, got str"),
    ("middle", 5, r"expected place, a dict, got 5"),
    ("middle", (1.0, 2.0), r"expected place, a dict, got tuple"),
    ("unmark", (1,), r"expected mark, a tuple of 2, got tuple \(1,\)"),
    ("unmark", (1, 1), r"\(m\) at .1: expected bool, got 1"),
    ("unmark", {"0": 1, "1": True}, r"expected mark, a tuple of 2, got dict"),
    ("area", variant("ball", 1.0), r"a variant of box, disc, nothing, path, got ball"),
    ("area", variant("disc"), r"expected 1 values in variant disc, got 0"),
    ("area", variant("disc", "x"), r"at .disc\[0\]: expected f32, got str 'x'"),
    ("area", 1.0, r"expected figure, variant"),
    ("area", {"variant": ["disc"], "payload": []}, r"got \['disc'\]"),
    ("area", {"variant": "disc", "payload": 3}, r"at .payload: expected a list, got 3"),
    ("north", 5, r"a dict of arrays or a table, got 5"),
    ("north", [{"lat": 1.0}], r"expected fields lat, lon, got lat"),
    ("north", [1.0], r"expected dicts, got 1.0"),
    ("north", {"lat": [1.0]}, r"expected fields lat, lon, got lat"),
    (
        "north",
        {"lat": [1.0], "lon": [1] * 2},
        r"Cannot zip arrays with different shapes",
    ),
    ("count_marks", [{"0": 1}], r"expected tuples of 2, got dict"),
    ("flip_grid", [[{"lat": 1.0, "lon": 1.0}], []], r"nested lists of one size"),
    ("count_marks", [(1, 2)], r"at .1\[0\]: expected bool, got 2"),
]


@pytest.mark.parametrize(("name", "bad", "words"), BAD_OPAQUES)
def test_an_opaque_that_does_not_fit_is_refused(
    types: FutharkModule, name: str, bad: Any, words: str
) -> None:
    more = ({"lat": 0.0, "lon": 0.0},) if name == "middle" else ()
    with pytest.raises(ArgumentError, match=words):
        types.entry[name](bad, *more)
    assert types.entry.types(1) == 2


def test_the_number_of_arguments_is_checked(types: FutharkModule) -> None:
    with pytest.raises(ArgumentError, match=r"expected 2 arguments \(p, q\), got 1"):
        types.entry.middle({"lat": 0.0, "lon": 0.0})
    with pytest.raises(ArgumentError, match=r"close: expected 0 arguments \(\), got 1"):
        types.entry.close(1)


def test_a_handle_of_another_type_is_refused(types: FutharkModule) -> None:
    mark = types.entry.mark(1)
    with pytest.raises(ArgumentError, match="expected figure, got a handle of mark"):
        types.entry.area(mark)


def test_entry_names_may_collide_with_python_attributes(types: FutharkModule) -> None:
    entry = types.entry
    assert (entry.types(0), entry.free(0), entry.constructor(0)) == (1, 2, 3)
    assert (entry["prime'"](0), entry.close()) == (4, 5)
    assert "prime'" in entry
    assert {"types", "free", "close"} <= set(dir(entry))
    assert len(entry) == len(types.entry_points) == len(list(entry))
    with pytest.raises(AttributeError, match="no entry point gone"):
        entry.gone  # noqa: B018
    with pytest.raises(ArgumentError, match="no entry point gone"):
        entry["gone"]
    assert repr(entry.overwrite) == "<entry overwrite(xs: *[]i32, v: i32) -> *[]i32>"


def test_futharks_own_failures_have_its_message(errors: FutharkModule) -> None:
    entry = errors.entry
    with pytest.raises(ProgramError, match=r"positive: .*Assertion is") as caught:
        entry.positive(-1)
    assert caught.value.status == 2
    assert "errors.fut" in caught.value.backtrace
    with pytest.raises(ProgramError, match="division by zero"):
        entry.reciprocals([1, 0])
    with pytest.raises(ProgramError, match="Assertion is false"):
        entry.root(-1.0)
    with pytest.raises(ProgramError, match=r"Index \[3\] out of bounds"):
        entry.element([1, 2, 3], 3)
    with pytest.raises(
        ArgumentError,
        match=r"invalid sizes: xs.* must be equal .n.; got xs: \[\]f32 of shape",
    ):
        entry.dot([1.0], [1.0, 2.0])
    with pytest.raises(ArgumentError, match="invalid sizes"):
        entry.cross([1.0], [1.0])
    # 8 * 2**61 is 0 in 64 bits.
    for n in (2**42, 2**61, 2**62, 2**63 - 1):
        for call in (entry.scratch, entry.allocate):
            with pytest.raises(OutOfMemoryError, match="Failed to alloc") as lacking:
                call(n)
            assert lacking.value.status == 3
    with pytest.raises(OutOfMemoryError, match=r"(?s)row_sums: .*4398046511104 by"):
        entry.row_sums(np.zeros((2**40, 0), np.float32))
    # Each size is in range, but their product is not.
    with pytest.raises(OutOfMemoryError, match="matmul: Failed to allocate memory"):
        entry.matmul(np.zeros((2**31, 0)), np.zeros((0, 2**30)))
    assert entry.allocate(2).to_list() == [0, 1]
    assert entry.positive(1) == 1


def test_a_value_of_another_module_is_refused(programs: Any) -> None:
    with load(programs("errors")) as one, load(programs("errors")) as two:
        value = one.to_futhark("[]i32", [1])
        with pytest.raises(ValueStateError, match="another module") as caught:
            two.entry.same(value)
        assert caught.value.code == "wrong-module"
        assert one.entry.same(value).to_list() == [1]


def test_records_in_a_list_may_be_handles_of_their_type(
    types: FutharkModule,
) -> None:
    entry = types.entry
    place = entry.middle({"lat": 1, "lon": 2}, {"lat": 3, "lon": 4})
    assert entry.north([place, {"lat": 9, "lon": 0}, place]) == 9.0
    # A corner has the same fields, but is not a place.
    corner = entry.place_grid(1, 1).at(0, 0)
    with pytest.raises(
        ArgumentError, match=r"ps\) at \[1\]: expected place, got a handle of corner"
    ):
        entry.north([place, corner])
    place.free()
    with pytest.raises(ValueStateError, match=r"north argument 1 \(ps\) at \[0\]"):
        entry.north([place])
