"""Entry points as Python functions: signatures, names, and what help shows."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import futhark_bridge
from futhark_bridge import ArgumentError

Module = futhark_bridge.FutharkModule


def test_arguments_can_be_given_by_name(types: Module) -> None:
    entry = types.entry
    xs = np.arange(3, dtype=np.int32)
    assert entry.overwrite(v=9, xs=xs).to_list() == [9, 1, 2]
    assert entry.overwrite(xs, v=9).to_list() == [9, 1, 2]
    whole = [1, 2, 3, 4, 5, 6, 7, 8]
    named = dict(zip("abcdefgh", whole, strict=True))
    assert entry.scalars(**named) == tuple(whole)
    assert entry.scalars(*whole[:3], **{k: named[k] for k in "hgfed"}) == tuple(whole)
    assert entry.close() == 5


@pytest.mark.parametrize(
    ("args", "named", "message"),
    [
        ((), {}, "expected 2 arguments (xs, v), got 0"),
        (([1],), {}, "expected 2 arguments (xs, v), got 1"),
        (([1], 2, 3), {}, "expected 2 arguments (xs, v), got 3"),
        (([1], 2), {"v": 3}, "got v by position and by name"),
        (([1],), {"vs": 3}, "no parameter vs; it has xs, v (did you mean v?)"),
        ((), {"v": 3}, "missing xs"),
        (([1], 2, 3), {"v": 3}, "expected 2 arguments (xs, v), got 4"),
    ],
)
def test_wrong_names_and_counts_are_told(
    types: Module, args: Any, named: Any, message: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        types.entry.overwrite(*args, **named)
    assert str(caught.value) == f"overwrite: {message}"
    assert caught.value.entry == "overwrite"
    with pytest.raises(ArgumentError, match=r"^close: no parameter x; it has none$"):
        types.entry.close(x=1)


def test_signature_and_docstring_give_names_and_types(types: Module) -> None:
    overwrite = types.entry.overwrite
    assert str(inspect.signature(overwrite)) == "(xs: *[]i32, v: i32) -> *[]i32"
    assert str(inspect.signature(types.entry.twin)) == "(xs: []i32) -> ([]i32, []i32)"
    assert str(inspect.signature(types.entry.close)) == "() -> i32"
    assert overwrite.__name__ == "overwrite"
    assert inspect.getdoc(overwrite) == (
        "overwrite(xs: *[]i32, v: i32) -> *[]i32\n\n"
        "Parameters\n----------\nxs : []i32\n    Consumed by the call.\nv : i32\n\n"
        "Returns\n-------\n*[]i32"
    )
    bound = inspect.signature(overwrite).bind([1], v=2)
    assert bound.arguments == {"xs": [1], "v": 2}
    assert isinstance(overwrite, futhark_bridge.EntryFunction)


def test_the_programs_own_comment_and_odd_names(tmp_path: Path) -> None:
    program = tmp_path / "odd.fut"
    program.write_text("entry add (class: i32) (x': i32) : i32 = class + x'\n")
    with futhark_bridge.load(program, backend="c") as module:
        add = module.entry.add
        assert str(inspect.signature(add)) == "(arg0: i32, arg1: i32, /) -> i32"
        # Compilers from 0.26 on put it into the manifest.
        point = dataclasses.replace(add.point, doc="Adds.\n\nTwice.\n")
        documented = futhark_bridge.EntryFunction(module.program, point)
        assert str(documented.__doc__).split("\n")[2:5] == ["Adds.", "", "Twice."]
        assert add(**{"class": 1, "x'": 2}) == 3
        with pytest.raises(ArgumentError, match=r"did you mean x'\?"):
            add(1, x=2)


def test_help_in_ipython_shows_the_signature(types: Module) -> None:
    make: Any = InteractiveShell
    shell = make()
    shell.push({"fut": types})
    text = shell.object_inspect("fut.entry.overwrite")
    assert text["definition"] == "fut.entry.overwrite(xs: *[]i32, v: i32) -> *[]i32"
    assert "Consumed by the call." in text["docstring"]


def test_the_names_of_a_module_can_be_copied(types: Module) -> None:
    assert list(copy.copy(types.entry)) == list(types.entry)


def test_an_entry_point_is_made_once(types: Module) -> None:
    assert types.entry.alias is types.entry.alias
    assert types.entry.alias is types.entry["alias"]
    assert "alias" in dir(types.entry)


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("overwrite", ([1], 2.5), "argument 2 (v): expected i32, got 2.5"),
        ("overwrite", ([1], True), "argument 2 (v): expected i32, got True"),
        ("overwrite", ([1], 2**31), "argument 2 (v): expected i32 (-2147483648 to"),
        (
            "overwrite",
            (np.zeros(1, "i8"), 1),
            "argument 1 (xs): expected []i32, got i64",
        ),
        ("overwrite", (np.zeros((1, 1), "i4"), 1), "argument 1 (xs): expected []i32"),
        (
            "floats",
            (65520.0, 0.0, 0.0, True),
            "argument 1 (a): expected f16, got 65520",
        ),
        (
            "floats",
            (0.0, 3.5e38, 0.0, True),
            "argument 2 (b): expected f32, got 3.5e+38",
        ),
        ("floats", (0.0, 0.0, 0.0, 1), "argument 4 (d): expected bool, got 1"),
    ],
)
def test_what_is_not_the_usual_is_refused_as_before(
    types: Module, name: str, args: Any, message: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        types.entry[name](*args)
    assert str(caught.value).startswith(f"{name} {message}")


def test_numbers_at_the_ends_of_their_ranges_pass(types: Module) -> None:
    lowest = (-128, -32768, -(2**31), -(2**63), 0, 0, 0, 0)
    highest = (127, 32767, 2**31 - 1, 2**63 - 1, 255, 65535, 2**32 - 1, 2**64 - 1)
    assert types.entry.scalars(*lowest) == lowest
    assert types.entry.scalars(*highest) == highest
    inf = float("inf")
    assert types.entry.floats(-inf, inf, -inf, False) == (-inf, inf, -inf, False)
    nan = types.entry.floats(*[float("nan")] * 3, True)
    assert np.isnan(nan[:3]).all()


def test_arrays_of_any_layout_are_taken_by_value(types: Module) -> None:
    xs = np.arange(12, dtype=np.int32)
    for data in (
        xs[::3],
        xs[::-1],
        xs.astype(">i4"),
        memoryview(xs.data),
        xs.view(Sub),
    ):
        wanted = np.asarray(data).astype(np.int32)
        assert (types.entry.alias(data).to_numpy() == wanted).all()
    with pytest.raises(ArgumentError, match="a masked array"):
        types.entry.alias(np.ma.masked_array(xs))
    read_only = xs.copy()
    read_only.flags.writeable = False
    assert types.entry.alias(read_only).to_list() == list(range(12))


class Sub(np.ndarray[Any, Any]):
    pass


def test_a_handle_of_another_module_or_type_is_refused(types: Module) -> None:
    program = os.fspath(types.program.path)
    with futhark_bridge.load(program) as other:
        stranger = other.entry.fresh(2)
        with pytest.raises(futhark_bridge.ValueStateError) as caught:
            types.entry.alias(stranger)
        assert caught.value.code == "wrong-module"
    with pytest.raises(ArgumentError, match="a handle of \\[\\]i32"):
        types.entry.north(types.entry.fresh(2))
    freed = types.entry.fresh(2)
    freed.free()
    with pytest.raises(futhark_bridge.ValueStateError, match="was freed") as caught:
        types.entry.alias(freed)
    assert str(caught.value) == "alias argument 1 (xs): the []i32 was freed"
