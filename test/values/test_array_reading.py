"""Reading arrays as numpy users do: indices, slices, dtype, sizes, ``out``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

import futhark_bridge
from futhark_bridge import ArgumentError, FutharkError, ValueStateError
from futhark_bridge.elemtypes import ELEMTYPES

Module = futhark_bridge.FutharkModule
NUMBERS = np.arange(24, dtype=np.float64).reshape(2, 3, 4)


@pytest.fixture
def identity(programs: Callable[[str], Path]) -> Iterator[Module]:
    with futhark_bridge.load(programs("identity")) as module:
        yield module


@pytest.fixture
def cube(identity: Module) -> Any:
    return identity.to_futhark("[][][]f64", NUMBERS)


class Three:
    def __index__(self) -> int:
        return 3


@pytest.mark.parametrize(
    "key",
    [
        (0, 0, 0),
        (1, 2, 3),
        (-1, -3, -4),
        (np.int8(1), np.uint64(2), Three()),
        0,
        -1,
        ...,
        (),
        slice(None),
        slice(1, None),
        (slice(None), 1),
        (..., -1),
        (0, slice(None, None, -1), [0, 2]),
        (None, 1),
        NUMBERS > 7,
    ],
)
def test_brackets_read_what_numpy_reads(cube: Any, key: Any) -> None:
    index: Any = key
    found, wanted = cube[index], NUMBERS[index]
    np.testing.assert_array_equal(found, wanted)
    assert np.shape(found) == np.shape(wanted)
    if isinstance(found, np.ndarray):
        assert found.base is None


@pytest.mark.parametrize("key", [(2, 0, 0), (0, 0, -5), 2, (0, 0, 0, 0), (0, 3)])
def test_an_index_out_of_bounds_is_pythons_own_error(cube: Any, key: Any) -> None:
    with pytest.raises(IndexError):
        cube[key]


@pytest.mark.parametrize("bad", [True, 1.0, None, "0", 2, -3, np.bool_(False), 10**30])
def test_at_takes_integers_within_the_shape(cube: Any, bad: Any) -> None:
    assert cube.at(-2, Three().__index__() - 1, np.int32(-1)) == NUMBERS[0, 2, 3]
    with pytest.raises(ArgumentError, match="expected indices within shape"):
        cube.at(bad, 0, 0)
    with pytest.raises(ArgumentError, match="expected indices within shape"):
        cube.at(0, 0)
    with pytest.raises(FutharkError) as caught:
        cube[5, 0, 0]
    assert isinstance(caught.value, IndexError)


def test_sizes_and_dtype_are_numpys(identity: Module, cube: Any) -> None:
    assert (cube.ndim, cube.rank, cube.size) == (3, 3, 24)
    assert (cube.nbytes, cube.shape) == (NUMBERS.nbytes, NUMBERS.shape)
    for elem in ELEMTYPES.values():
        empty = np.zeros(3, elem.dtype)
        handle = identity.to_futhark(f"[]{elem.name}", empty)
        assert handle.dtype == empty.dtype
        assert handle.dtype == elem.dtype
        assert str(handle.dtype) == elem.dtype
        assert handle.nbytes == empty.nbytes
    assert [row.tolist() for row in cube] == NUMBERS.tolist()
    assert 23.0 in cube


def test_to_numpy_fills_what_the_user_has(cube: Any) -> None:
    out = np.full(NUMBERS.shape, -1.0)
    assert cube.to_numpy(out=out) is out
    np.testing.assert_array_equal(out, NUMBERS)
    strided = np.full((4, 3, 2), -1.0).T
    assert cube.to_numpy(strided) is strided
    np.testing.assert_array_equal(strided, NUMBERS)
    inner = np.zeros((2, 3, 9))
    cube.to_numpy(inner[..., ::2][..., :4])
    np.testing.assert_array_equal(inner[..., :8:2], NUMBERS)
    assert not inner[..., 1::2].any()


@pytest.mark.parametrize(
    ("out", "got"),
    [
        (np.zeros((2, 3, 4), np.float32), "float32 of shape [2, 3, 4]"),
        (np.zeros((2, 3, 4), ">f8"), ">f8 of shape [2, 3, 4]"),
        (np.zeros((2, 12)), "float64 of shape [2, 12]"),
        (np.broadcast_to(np.zeros(4), (2, 3, 4)), "a read-only array"),
        ([0.0], "list [0.0]"),
        (np.ma.MaskedArray(np.zeros((2, 3, 4))), "float64 of shape [2, 3, 4]"),
        (
            as_strided(np.zeros(24), (2, 3, 4), (32, 8, 8)),
            "one whose elements overlap",
        ),
    ],
)
def test_an_out_that_does_not_match_is_refused(cube: Any, out: Any, got: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        cube.to_numpy(out=out)
    wanted = (
        "[][][]f64.to_numpy at out: expected an array of float64 of shape [2, 3, 4]"
    )
    assert str(caught.value) == f"{wanted}, got {got}"


def test_a_freed_array_fills_nothing(cube: Any) -> None:
    out = np.zeros(NUMBERS.shape)
    cube.free()
    reads: list[Callable[[], Any]] = [
        lambda: cube.to_numpy(out=out),
        lambda: cube[0, 0, 0],
        lambda: cube[0],
    ]
    for read in reads:
        with pytest.raises(ValueStateError, match="was freed"):
            read()
    assert not out.any()


def test_arrays_of_records_have_elements_by_index(types: Module) -> None:
    places = types.entry.places(3)
    assert places[-1].to_object() == {"lat": 2.0, "lon": -2.0}
    assert [place.to_object()["lat"] for place in places] == [0.0, 1.0, 2.0]
    grid = types.entry.place_grid(2, 3)
    assert (grid.ndim, grid.size) == (2, 6)
    assert grid[1, -1].to_object() == grid.to_objects()[1][2]
    for key in (3, -4, (0, 0), slice(None), "lat"):
        with pytest.raises(IndexError):
            places[key]
    with pytest.raises(TypeError, match="only arrays of rank 1"):
        list(grid)


@pytest.mark.parametrize(
    ("elemtype", "given", "wanted"),
    [
        ("i32", np.int64(-5), -5),
        ("u8", np.float64(255), 255),
        ("i64", Three(), 3),
        ("i8", np.array(7, ">i2"), 7),
        ("f32", np.float64(0.5), 0.5),
        ("f32", np.int64(2**24), 2.0**24),
        ("f32", np.float64("inf"), np.inf),
        ("f64", np.float32(1.5), 1.5),
        ("f16", np.int8(-3), -3.0),
        ("u64", np.uint8(9), 9),
    ],
)
def test_a_scalar_of_another_type_that_fits_is_taken(
    identity: Module, elemtype: str, given: Any, wanted: Any
) -> None:
    found = identity.entry[f"id_{elemtype}_0"](given)
    assert (type(found), found) == (type(wanted), wanted)
    assert identity.to_futhark(f"[]{elemtype}", [given]).to_list() == [wanted]
