"""Uses of stubs, right and wrong, for mypy: nothing runs them.

Each `type: ignore` must be needed, or mypy says that it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type, cast

import numpy as np

import futhark_bridge
from futhark_bridge import variant

if TYPE_CHECKING:
    import new_form
    import odd_names
    import old_form


def right(new: new_form.Module, odd: odd_names.Module) -> None:
    module = cast("old_form.Module", futhark_bridge.load("types"))
    with module:
        entry = module.entry
        assert_type(entry.area(variant("disc", 1.0)), float)
        assert_type(entry.floats(1, 2, 3.5, True), tuple[float, float, float, bool])
        assert_type(entry.to_unit(1), tuple[()])
        assert_type(entry.fresh(3).to_numpy(), np.typing.NDArray[np.int32])
        place = entry.middle({"lat": 1, "lon": 2}, {"lat": 3, "lon": 4})
        assert_type(place.project("lat"), float)
        assert_type(place.to_object()["lon"], float)
        assert_type(entry.middle(place, place), "old_form.Place")
        assert_type(entry.mark(1).project(1), bool)
        assert_type(entry.mark(1).to_object(), tuple[int, bool])
        assert_type(entry.north([{"lat": 1, "lon": 2}]), float)
        assert_type(entry.places(3).at(1), "old_form.Place")
        assert_type(entry["prime'"](1), int)
        entry.alias(np.zeros(3, np.int32))
        entry.overwrite(v=1, xs=[1]).to_numpy(out=np.zeros(1, np.int32))
        entry.flip_grid([[{"lat": 1, "lon": 2}]])
        entry.halves({"a": 1.5, "b": [1.5]})
    new.entry.norm(new.entry.make_point(1, 2))
    new.entry.shapes(3).set(variant("empty"), 1)
    odd.entry.paint(odd.entry.plot({"x": 1, "y": 2}))


def wrong(module: old_form.Module, new: new_form.Module, odd: odd_names.Module) -> None:
    entry = module.entry
    entry.types("1")  # type: ignore[arg-type]
    entry.types(1, 2)  # type: ignore[call-arg]
    entry.overwrite(xs=[1], vs=2)  # type: ignore[call-arg]
    entry.tpyes(1)  # type: ignore[attr-defined]
    floats = np.zeros(3, np.float64)
    entry.alias(floats)  # type: ignore[arg-type]
    entry.alias([[1]])  # type: ignore[list-item]
    new.entry.dot(new.entry.at, [1.0])  # type: ignore[arg-type]
    odd.entry.paint(odd.entry.paint({"x": 1, "y": 2}))  # type: ignore[arg-type]
    odd.entry.paint({"x": 1})  # type: ignore[arg-type]
    entry.unmark((True, 1.5))  # type: ignore[arg-type]
    entry.north(entry.place_grid(1, 2))  # type: ignore[arg-type]
    entry.loudness(entry.same_figure(variant("nothing")))  # type: ignore[arg-type]
    entry.places(1).project("height")  # type: ignore[call-overload]
    entry.places(1).at(0).project("z")  # type: ignore[call-overload]
    text: str = entry.types(1)  # type: ignore[assignment]
    del text
