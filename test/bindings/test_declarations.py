"""Modules without a manifest, described by their C declarations."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from unmarked import copy_unmarked

from futhark_bridge import ArgumentError, BuildError, FutharkModule, FutharkOpaque, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def bare(
    programs: Callable[[str], Path], tmp_path: Path
) -> Iterator[Callable[[str], FutharkModule]]:
    """Open a program whose manifest nobody kept."""
    opened = []

    def open_bare(name: str) -> FutharkModule:
        copy_unmarked(programs(name), tmp_path)
        opened.append(load(tmp_path / name))
        return opened[-1]

    yield open_bare
    for module in opened:
        module.close()


def test_arrays_scalars_and_results_are_as_with_a_manifest(
    bare: Callable[[str], FutharkModule], programs: Callable[[str], Path]
) -> None:
    module = bare("errors")
    with load(programs("errors")) as full:
        expected = {
            e.name: (
                [p.type for p in e.inputs],
                [r.type for r in e.outputs],
            )
            for e in full.entry_points
        }
        assert module.backend == full.backend
        arrays = {t.name: t for t in full.type_infos}
    assert {
        e.name: ([p.type for p in e.inputs], [r.type for r in e.outputs])
        for e in module.entry_points
    } == expected
    for info in module.type_infos:
        assert info.to_json() == arrays[info.name].to_json()
    assert module.compiler_version is None
    names = {e.name: [p.name for p in e.inputs] for e in module.entry_points}
    assert (names["dot"], names["constant"]) == (["arg0", "arg1"], [])
    assert not any(p.unique for e in module.entry_points for p in e.inputs)


def test_calls_work_and_are_checked(bare: Callable[[str], FutharkModule]) -> None:
    module = bare("errors")
    assert module.entry.dot([1.0, 2.0], np.array([3, 4], "float32")) == 11.0
    quotient, rest = module.entry.div_mod(7, 2)
    assert (quotient, rest) == (3, 1)
    tail, head, total = module.entry.head_tail_sum([1, 2, 3])
    assert (tail.to_list(), head, total) == ([2, 3], 1, 6)
    with pytest.raises(ArgumentError, match=r"dot argument 1 \(arg0\): expected \[\]f"):
        module.entry.dot(np.array([1.0]), [1.0])


def test_half_arrays_are_recognized_by_their_name(
    bare: Callable[[str], FutharkModule],
) -> None:
    module = bare("identity")
    data = np.array([1.5, -2.25], "float16")
    out = module.entry.id_f16_1(data).to_numpy()
    assert (out.dtype, out.tolist()) == (np.float16, [1.5, -2.25])
    assert module.entry.id_bool_1([True, False]).to_list() == [True, False]


def test_other_types_are_opaque_with_a_warning(
    bare: Callable[[str], FutharkModule], recwarn: pytest.WarningsRecorder
) -> None:
    bare("errors")
    assert list(recwarn) == []
    with pytest.warns(UserWarning, match=r"and no manifest types\.json beside it"):
        module = bare("types")
    middle = module.entry.places(2)
    assert isinstance(middle, FutharkOpaque)
    assert middle.type == "arr1d_place"
    assert module.entry.north(middle) == 1.0
    stored = module.entry.trip(2).store()
    assert module.entry.trip_home(module.types.trip.restore(stored)) == 3.0
    with pytest.raises(ArgumentError, match=r"trip\.restore"):
        module.types.trip.restore(stored[:-1])
    assert module.entry.primezq(1) == 5


def test_a_module_of_ours_misses_its_manifest(
    programs: Callable[[str], Path], tmp_path: Path
) -> None:
    module = shutil.copy(programs("errors"), tmp_path)
    expected = r"_errors\..* was built with a manifest, and there is no errors\.json"
    for name in (module, tmp_path / "errors"):
        with pytest.raises(BuildError, match=expected):
            load(name)
    shutil.copy(programs("errors").with_name("errors.json"), tmp_path)
    with load(module) as found:
        assert found.entry.positive(1) == 1
