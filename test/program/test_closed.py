"""After `close` nothing reads what Futhark has freed: each use says what happened."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from futhark_bridge import ValueStateError, load, variant

if TYPE_CHECKING:
    from pathlib import Path

    from futhark_bridge import FutharkModule

# What shows or compares a handle needs nothing of C, and works for ever.
HARMLESS = {
    "bound", "atoms", "owner", "ptr", "shape", "dtype", "elemtype", "end",
    "fields", "free", "info", "set", "program", "rank", "refusal", "size", "state",
    "type", "type_index", "ndim", "nbytes",
}  # fmt: skip
MISSING = {"array": {"store"}, "array of sums": {"project"}, "unit": {"project"}}
ARGUMENTS: dict[str, tuple[Any, ...]] = {"at": (0,)}


def one_of_each(module: FutharkModule) -> dict[str, Any]:
    entry = module.entry
    return {
        "array": entry.fresh(3),
        "record": entry.middle({"lat": 1, "lon": 2}, {"lat": 3, "lon": 4}),
        "tuple": entry.mark(1),
        "sum": module.types.figure.construct("box", {"w": 1, "h": 2}),
        "record array": entry.places(3),
        "array of sums": entry.figures(3),
        "abstract": entry.counter_start(3),
        "unit": module.types["()"].new(),
    }


def test_no_method_of_a_handle_reads_freed_memory(types: FutharkModule) -> None:
    values = one_of_each(types)
    types.close()
    for kind, value in values.items():
        names = {n for n in dir(value) if not n.startswith("_")} - HARMLESS
        for name in names - MISSING.get(kind, set()):
            arguments = (
                (value.fields[0],) if name == "project" else ARGUMENTS.get(name, ())
            )
            with pytest.raises(ValueStateError) as caught:
                getattr(value, name)(*arguments)
            assert caught.value.code == "freed", (kind, name)
        assert value.state == "freed"
        assert repr(value).endswith(", freed>")
        assert value._repr_mimebundle_() == {"text/plain": repr(value)}
        value.free()


def test_a_sum_cannot_be_read_after_close(types: FutharkModule) -> None:
    figure = types.entry.same_figure(variant("disc", 1.0))
    types.close()
    for use in (
        figure.variant,
        figure.destruct,
        figure.to_object,
        lambda: figure.destruct("disc"),
        lambda: types.from_futhark(figure),
        lambda: types.entry.area(figure),
    ):
        with pytest.raises(ValueStateError, match="the module is closed"):
            use()


def test_nothing_of_a_closed_module_reaches_c(types: FutharkModule) -> None:
    array, sizes = types.entry.fresh(3), [1, 2]
    data = types.entry.mark(1).store()
    types.close()
    uses: list[Callable[[], Any]] = [
        lambda: np.asarray(array),
        lambda: types.to_futhark("[]i32", sizes),
        lambda: types.restore("mark", data),
        types.types["()"].new,
        lambda: types.types.figure.construct("nothing"),
        lambda: types.types["[]place"].zip([1.0], [2.0]),
        types.sync,
        types.clear_caches,
        types.report,
        types.pause_profiling,
    ]
    for use in uses:
        with pytest.raises(ValueStateError, match="the module is closed"):
            use()
    for duplicate in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            duplicate(array)
    assert len(array) == 3


def test_close_waits_for_readers_in_other_threads(
    programs: Callable[[str], Path],
) -> None:
    """Each reader sees whole values until it gets the error of a closed module."""
    for _ in range(20):
        with load(programs("types")) as module:
            figure = module.types.figure.construct("path", 1, 2, True)
            array = module.entry.fresh(1000)
            started = threading.Barrier(5)
            seen: list[str] = []

            def read(use: Callable[[], Any], good: object) -> None:
                started.wait()  # noqa: B023 - joined within this turn
                try:
                    while use() == good:
                        pass
                    seen.append("another value")  # noqa: B023
                except ValueStateError as error:
                    seen.append(error.message)  # noqa: B023

            threads = [
                threading.Thread(target=read, args=job)
                for job in (
                    (figure.variant, "path"),
                    (figure.to_object, {"variant": "path", "payload": [1, 2, True]}),
                    (array.to_list, list(range(1000))),
                    (figure.store, figure.store()),
                )
            ]
            for thread in threads:
                thread.start()
            started.wait()
            module.close()
            for thread in threads:
                thread.join()
            assert seen == ["the module is closed"] * 4
