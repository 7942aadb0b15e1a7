"""Values of every kind, made and read in Python, against numpy and plain arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from futhark_bridge import (
    ArgumentError,
    FutharkArray,
    FutharkModule,
    FutharkOpaque,
    FutharkOpaqueArray,
    FutharkRecord,
    FutharkSum,
    variant,
)


def test_scalars_keep_their_extremes(types: FutharkModule) -> None:
    low = (-(2**7), -(2**15), -(2**31), -(2**63), 0, 0, 0, 0)
    high = (
        2**7 - 1,
        2**15 - 1,
        2**31 - 1,
        2**63 - 1,
        2**8 - 1,
        2**16 - 1,
        2**32 - 1,
        2**64 - 1,
    )
    assert types.entry.scalars(*low) == low
    assert types.entry.scalars(*high) == high


def test_floats_keep_infinities_negative_zero_and_nan(types: FutharkModule) -> None:
    floats = types.entry.floats
    assert floats(1.5, 0.1, 0.1, True) == (1.5, float(np.float32(0.1)), 0.1, True)
    assert floats(-math.inf, math.inf, -math.inf, False)[:3] == (
        -math.inf,
        math.inf,
        -math.inf,
    )
    zeros = floats(-0.0, -0.0, -0.0, False)
    assert [math.copysign(1, x) for x in zeros[:3]] == [-1, -1, -1]
    assert all(math.isnan(x) for x in floats(math.nan, math.nan, math.nan, True)[:3])
    assert type(zeros[3]) is bool


def test_an_array_knows_its_shape_and_type(types: FutharkModule) -> None:
    array = types.entry.fresh(3)
    assert isinstance(array, FutharkArray)
    assert (array.type, array.elemtype) == ("[]i32", "i32")
    assert array.dtype == np.int32
    assert (array.rank, array.shape, array.size, len(array)) == (1, (3,), 3, 3)
    assert (array.to_list(), array.get().tolist()) == ([0, 1, 2], [0, 1, 2])
    assert [array.at(i) for i in range(3)] == [0, 1, 2]
    assert repr(array) == "<FutharkArray []i32 of shape [3]>"


@pytest.mark.parametrize(
    "indices", [(3,), (-4,), (), (0, 0), (1.0,), (True,), (2**70,)]
)
def test_an_index_out_of_bounds_is_refused(
    types: FutharkModule, indices: tuple[Any, ...]
) -> None:
    with pytest.raises(ArgumentError, match=r"\[\]i32.at: expected indices"):
        types.entry.fresh(3).at(*indices)


def test_numpy_reads_an_array_and_copies_unless_told(types: FutharkModule) -> None:
    array = types.entry.fresh(3)
    first, second = np.asarray(array), np.asarray(array, dtype="float64")
    assert (str(first.dtype), first.tolist()) == ("int32", [0, 1, 2])
    assert (str(second.dtype), second.tolist()) == ("float64", [0.0, 1.0, 2.0])
    first[0] = 9
    assert array.at(0) == 0
    assert np.asarray(array, copy=False).base is not None


def test_arrow_arrays_make_a_round_trip(types: FutharkModule) -> None:
    vector = types.to_futhark("[]i32", np.array([1, 2, 3], "int32"))
    assert vector.to_arrow() == pa.array([1, 2, 3], pa.int32())
    matrix = types.to_futhark("[][]f64", np.arange(6.0).reshape(2, 3))
    tensor = matrix.to_arrow()
    assert tensor.to_numpy_ndarray().tolist() == [[0, 1, 2], [3, 4, 5]]
    back = types.to_futhark("[][]f64", tensor)
    assert back.to_list() == matrix.to_list()
    flags = types.to_futhark("[]bool", pa.array([True, False]))
    assert flags.to_list() == [True, False]


def test_records_are_made_of_dicts_and_handles(types: FutharkModule) -> None:
    home = types.types.place.new({"lat": 1.0, "lon": 2.0})
    assert isinstance(home, FutharkRecord)
    assert (home.fields, home.project("lon")) == (("lat", "lon"), 2.0)
    named = types.types.place.new(lat=3.0, lon=6.0)
    middle = types.entry.middle(home, named)
    assert middle.to_object() == {"lat": 2.0, "lon": 4.0}
    direct = types.entry.middle({"lat": 0, "lon": 0}, home)
    assert direct.to_object() == {"lat": 0.5, "lon": 1.0}


def test_half_floats_work_in_records(types: FutharkModule) -> None:
    pair = {"a": 1.5, "b": np.array([0.25, -2.0], "float16")}
    made = types.entry.halves(pair).to_object()
    assert made["a"] == 2.5
    assert made["b"].dtype == np.float16
    assert made["b"].tolist() == [1.75, -0.5]


def test_tuples_are_python_tuples(types: FutharkModule) -> None:
    numbers, count = types.entry.swap((7, [0.5, 1.5]))
    assert (numbers.to_list(), count) == ([0.5, 1.5], 7)
    mark = types.entry.mark(-3)
    assert mark.to_object() == (-3, False)
    assert (mark.fields, mark.project(0), mark.project("1")) == (("0", "1"), -3, False)
    assert types.entry.unmark((5, False)) == -5
    assert types.types.mark.new(5, True).to_object() == (5, True)
    assert types.types.mark.new((6, True)).to_object() == (6, True)


def test_records_nest_and_need_no_name(types: FutharkModule) -> None:
    record = types.entry.anonymous(4)
    assert record.to_object() == {"count": 4, "parts": {"low": 4.0, "high": 5.0}}
    with record.project("parts") as parts:
        assert parts.project("high") == 5.0
    assert types.entry.leaf(9).to_object() == {"v": 9}


@pytest.mark.parametrize(
    ("figure", "payload", "area"),
    [
        (variant("disc", 2.0), [2.0], float(np.float32(np.pi) * 4)),
        (variant("box", {"w": 2.0, "h": 3.0}), [{"w": 2.0, "h": 3.0}], 6.0),
        (variant("path", 4, 6, False), [4, 6, False], -10.0),
        (variant("nothing"), [], 0.0),
    ],
)
def test_sums_are_made_read_and_taken_apart(
    types: FutharkModule, figure: Any, payload: list[Any], area: float
) -> None:
    value = types.types.figure.construct(figure.name, *figure.payload)
    assert isinstance(value, FutharkSum)
    assert value.variant() == figure.name
    assert len(value.destruct()) == len(value.destruct(figure.name)) == len(payload)
    found = value.to_object()
    assert found == {"variant": figure.name, "payload": payload}
    for argument in (value, figure, found):
        assert types.entry.area(argument) == pytest.approx(area, rel=1e-6)


def test_sums_carry_arrays_and_records(types: FutharkModule) -> None:
    loudness = types.entry.loudness
    assert loudness(variant("wave", [0.5, 1.0], 4)) == 6.0
    assert loudness(variant("note", {"pitch": 2.5, "letters": [1, 2, 3]})) == 5.5
    assert loudness(variant("silence")) == 0.0
    wave = types.types.signal.construct("wave", np.array([0.5, 1.0], "float32"), 4)
    numbers, count = wave.destruct("wave")
    assert (numbers.to_list(), count) == ([0.5, 1.0], 4)


def test_a_sum_is_not_taken_apart_as_another_variant(types: FutharkModule) -> None:
    value = types.types.figure.construct("disc", 1.0)
    with pytest.raises(ArgumentError, match="expected variant box, got disc"):
        value.destruct("box")
    with pytest.raises(ArgumentError, match="has no variant ball"):
        value.destruct("ball")
    take_apart = types.program.operation_table["destruct", "figure", "nothing"]
    with pytest.raises(ArgumentError, match="expected variant nothing"):
        take_apart.invoke(value)
    assert value.destruct("disc") == [1.0]


def test_arrays_of_records_have_elements_and_columns(types: FutharkModule) -> None:
    places = types.entry.places(3)
    assert isinstance(places, FutharkOpaqueArray)
    assert (places.shape, places.elemtype, places.fields) == (
        (3,),
        "place",
        ("lat", "lon"),
    )
    assert places.at(2).to_object() == {"lat": 2.0, "lon": -2.0}
    assert places.project("lon").to_list() == [0.0, -1.0, -2.0]
    assert places.to_objects()[1] == {"lat": 1.0, "lon": -1.0}
    with pytest.raises(ArgumentError, match="expected indices"):
        places.at(3)


def test_arrays_of_records_are_made_of_rows_or_columns(types: FutharkModule) -> None:
    rows = [{"lat": 1.0, "lon": 2.0}, {"lat": 5.0, "lon": 6.0}]
    columns = {"lat": np.array([1.0, 5.0]), "lon": [2.0, 6.0]}
    zipped = types.types["[]place"].zip([1.0, 5.0], [2.0, 6.0])
    for argument in (rows, columns, zipped, [zipped.at(0), rows[1]]):
        assert types.entry.north(argument) == 5.0
        made = types.to_futhark("[]place", argument)
        assert made.to_objects() == rows


def test_arrays_of_records_have_any_rank_and_may_be_empty(types: FutharkModule) -> None:
    grid = types.entry.place_grid(2, 3)
    assert grid.shape == (2, 3)
    objects = grid.to_objects()
    assert objects == [
        [{"lat": float(i), "lon": float(j)} for j in range(3)] for i in range(2)
    ]
    flipped = types.entry.flip_grid(objects)
    assert flipped.at(1, 2).to_object() == {"lat": 2.0, "lon": 1.0}
    assert types.entry.place_grid(0, 3).to_objects() == []
    assert types.entry.place_grid(2, 0).to_objects() == [[], []]
    assert types.entry.flip_grid([[], []]).shape == (2, 0)
    assert types.entry.flip_grid([]).shape == (0, 0)


def test_arrays_of_tuples_are_lists_of_tuples(types: FutharkModule) -> None:
    marks = types.entry.marks([3, -1])
    assert marks.to_objects() == [(3, True), (-1, False)]
    assert types.entry.count_marks([(3, True), (-1, False), (2, True)]) == 2
    assert types.entry.count_marks([]) == 0


def test_arrays_of_sums_have_elements(types: FutharkModule) -> None:
    figures = types.entry.figures(3)
    assert figures.shape == (3,)
    assert [figures.at(i).variant() for i in range(3)] == ["disc", "nothing", "disc"]
    assert figures.to_objects()[2] == {"variant": "disc", "payload": [2.0]}
    assert types.entry.total_area(figures) == 4.0


def test_arrays_of_sums_are_made_if_the_compiler_supports_it(
    types: FutharkModule,
) -> None:
    figures = [variant("disc", 2.0), variant("box", {"w": 2.0, "h": 3.0})]
    if types.types["[]figure"].info.can_new:
        assert types.entry.total_area(figures) == 10.0
        array = types.to_futhark("[]figure", figures)
        array.set(variant("nothing"), 0)
        assert [f["variant"] for f in array.to_objects()] == ["nothing", "box"]
        return
    with pytest.raises(ArgumentError, match=r"cannot make \[\]figure"):
        types.entry.total_area(figures)
    with pytest.raises(ArgumentError, match="does not support it"):
        types.entry.figures(1).set(figures[0], 0)


def test_nested_values_are_copied_completely(types: FutharkModule) -> None:
    trip = types.entry.trip(2)
    found = trip.to_object()
    assert bytes(found.pop("name")) == b"hi"
    assert found == {
        "stops": [{"lat": 0.0, "lon": 0.5}, {"lat": 1.0, "lon": 0.5}],
        "best": {"variant": "box", "payload": [{"w": 2.0, "h": 3.0}]},
        "home": {"lat": 1.0, "lon": 2.0},
    }
    again = {**trip.to_object(), "home": {"lat": 10.0, "lon": 0.0}}
    assert types.entry.trip_home(again) == 12.0


def test_abstract_values_pass_through(types: FutharkModule) -> None:
    counter = types.entry.counter_start(3)
    later = types.entry.counter_next(counter)
    assert types.entry.counter_total(counter) == 3 + 4 * 3
    assert types.entry.counter_total(later) == 4 + 4 * 6
    if isinstance(counter, FutharkOpaque):
        assert types.from_futhark(counter) is counter
        with pytest.raises(ArgumentError, match="a handle of counter"):
            types.entry.counter_total({"count": 3})


def test_values_without_arrays_and_units(types: FutharkModule) -> None:
    walk = types.entry.walk_start()
    for step in (3, -1):
        walk = types.entry.walk_step(walk, step)
    at, steps = types.entry.walk_end(walk)
    assert (at, steps.to_list()) == (2, [3, -1])
    assert types.entry.to_unit(1) == ()
    assert types.entry.from_unit(()) == 7
    assert types.entry.from_unit(types.types["()"].new()) == 7
    with pytest.raises(ArgumentError, match="a tuple of 0"):
        types.entry.from_unit((1,))


def test_from_futhark_returns_plain_data_and_keeps_the_handles(
    types: FutharkModule,
) -> None:
    array, record = types.entry.fresh(2), types.entry.mark(1)
    numbers, mark, scalar = types.from_futhark(array, record, 5)
    assert (numbers.tolist(), mark, scalar) == ([0, 1], (1, True), 5)
    assert types.from_futhark(array).tolist() == [0, 1]
    assert (array.state, record.state) == ("live", "live")
