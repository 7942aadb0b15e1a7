"""Errors travel between processes; what lives in this one says how to take it along."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest

from futhark_bridge import FutharkError, errors
from futhark_bridge.notebook.cells import CellError

if TYPE_CHECKING:
    from futhark_bridge import FutharkModule

ERRORS = [
    errors.FutharkError("odd", "a text", shape=3),
    errors.ProgramError("failed", 2, "#0 f.fut:1"),
    errors.OutOfMemoryError("none left", 3),
    errors.ArgumentError("no", entry="f", parameter="x", expected="i32", got="1.5"),
    errors.ValueStateError("consumed", "it is gone", "f"),
    errors.BuildError("no module"),
    errors.ProtocolError("what?"),
    errors.TimeoutError_("late"),
    CellError("line 1"),
]


def test_each_class_has_an_example() -> None:
    classes = {c for c in vars(errors).values() if isinstance(c, type)}
    assert {c for c in classes if issubclass(c, FutharkError)} <= set(map(type, ERRORS))


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_an_error_is_the_same_after_pickling_and_copying(error: FutharkError) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(error, protocol))
        assert type(back) is type(error)
        assert back.args == error.args
        assert vars(back) == vars(error)
        assert back.to_wire() == error.to_wire()
        assert str(back) == str(error)
    assert vars(copy.copy(error)) == vars(error)


def test_a_handle_says_how_its_value_can_travel(types: FutharkModule) -> None:
    array, record = types.entry.fresh(2), types.entry.mark(2)
    for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"handle of \[\]i32 .* use its to_numpy"):
            duplicate(array)
        with pytest.raises(TypeError, match=r"handle of mark .*store\(\)"):
            duplicate(record)
    assert array.to_list() == [0, 1]


def test_errors_of_pickling_a_module_or_its_parts_say_to_load_it(
    types: FutharkModule,
) -> None:
    for thing in (types, types.entry.fresh, types.types.figure):
        with pytest.raises(TypeError, match=r"open program _types.* load it in"):
            pickle.dumps(thing)
