"""Errors for names that do not exist suggest similar ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

import futhark_bridge
from futhark_bridge import ArgumentError, BuildError, FutharkModule
from futhark_bridge.spelling import did_you_mean

PROGRAM = Path(__file__).parents[1] / "programs" / "types.fut"


@pytest.fixture(scope="module")
def module() -> Iterator[FutharkModule]:
    with futhark_bridge.load(PROGRAM, backend="c") as opened:
        yield opened


def test_a_suggestion_is_the_nearest_name_if_it_is_near() -> None:
    known = ["energy", "forces", "x", "num_threads"]
    for name in ("energyy", "enregy", "Energy", "enrg"):
        assert did_you_mean(name, known) == " (did you mean energy?)"
    assert did_you_mean("numThreads", known) == " (did you mean num_threads?)"
    for name in ("y", "", "pressure", "e" * 10_000):
        assert did_you_mean(name, known) == ""
    assert did_you_mean("energy", []) == ""


PLACE = {"lat": 1.0, "lon": 2.0}
CASES: list[tuple[str, type[Exception], Callable[[FutharkModule], object]]] = [
    ("middle", AttributeError, lambda m: m.entry.midle),
    ("middle", ArgumentError, lambda m: m.entry["midle"]),
    ("place", AttributeError, lambda m: m.types.plaec),
    ("lon", ArgumentError, lambda m: m.entry.middle({"lat": 1.0, "lonn": 2.0}, PLACE)),
    ("lon", ArgumentError, lambda m: m.entry.north([{"lat": 1.0, "lonn": 2.0}])),
    ("lat", ArgumentError, lambda m: m.entry.middle(PLACE, PLACE).project("latt")),
    (
        "box",
        ArgumentError,
        lambda m: m.entry.area(futhark_bridge.variant("bax", PLACE)),
    ),
    (
        "num_threads",
        ArgumentError,
        lambda _: futhark_bridge.load(PROGRAM, numThreads=1),
    ),
    ("opencl", BuildError, lambda _: futhark_bridge.load(PROGRAM, backend="opncl")),
]


@pytest.mark.parametrize(("meant", "error", "use"), CASES)
def test_an_error_for_a_name_that_does_not_exist_suggests_a_similar_name(
    module: FutharkModule,
    meant: str,
    error: type[Exception],
    use: Callable[[FutharkModule], object],
) -> None:
    with pytest.raises(error, match=rf"\(did you mean {meant}\?\)$"):
        use(module)


@dataclass
class Place:
    lat: float
    lon: float


class NamedPlace(NamedTuple):
    lat: float
    lon: float


def test_dataclasses_and_named_tuples_are_records(module: FutharkModule) -> None:
    middle = module.entry.middle(Place(1.0, 2.0), NamedPlace(3.0, 4.0))
    assert middle.to_object() == {"lat": 2.0, "lon": 3.0}
    assert module.entry.north([Place(1.0, 2.0), NamedPlace(3.0, 4.0)]) == 3.0
    with pytest.raises(ArgumentError, match="expected place, a dict, got"):
        module.entry.middle(Place, PLACE)
