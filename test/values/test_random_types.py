"""Random values of random types go into Futhark and come back equal."""

from __future__ import annotations

import os
import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import random_types
from conftest import PROGRAMS
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from futhark_bridge import FutharkModule, Value, VariantValue, load
from futhark_bridge.elemtypes import ELEMTYPES, ElemType
from futhark_bridge.program.stored_format import split
from futhark_bridge.program.stored_layout import fits

SEEDS = (5, 8, 16)
CASES = 1000  # for each program
CHOSEN = int(os.environ.get("FUTHARK_BRIDGE_SEED") or time.time_ns() % 2**32)


@pytest.fixture(scope="module", params=SEEDS)
def module(request: pytest.FixtureRequest) -> Iterator[FutharkModule]:
    with load(PROGRAMS / f"random_{request.param}.fut", backend="c") as opened:
        yield opened


@pytest.mark.parametrize("number", SEEDS)
def test_the_programs_are_those_of_their_seeds(number: int) -> None:
    written = Path(PROGRAMS, f"random_{number}.fut").read_text()
    assert written == random_types.program(number)


def scalars(elem: ElemType) -> st.SearchStrategy[Any]:
    if elem.kind == "bool":
        return st.booleans()
    if elem.kind == "float":
        widths = {"f16": st.floats(width=16), "f32": st.floats(width=32)}
        return widths.get(elem.name, st.floats())
    return st.integers(int(elem.min or 0), int(elem.max or 0))


def nested(part: st.SearchStrategy[Any], shape: tuple[int, ...]) -> Any:
    for size in reversed(shape):
        part = st.lists(part, min_size=size, max_size=size)
    return part


def values(module: FutharkModule, name: str, *, fixed: bool) -> st.SearchStrategy[Any]:
    """Make values of a type: arrays in an f have 2 elements, others any number."""
    if name in ELEMTYPES:
        return scalars(ELEMTYPES[name])
    info = module.types[name].info
    fixed = fixed or re.fullmatch(r"f\d", name) is not None
    if info.rank:
        in_array = fixed or info.kind != "array"
        part = values(module, info.elemtype, fixed=in_array)
        size = st.just(2) if fixed else st.integers(0, 3)
        shapes = st.tuples(*[size] * info.rank)
        array: st.SearchStrategy[Any] = shapes.flatmap(
            lambda shape: nested(part, shape)
        )
        return array
    if info.kind == "sum":
        variants = [
            st.builds(
                VariantValue,
                st.just(v.name),
                st.tuples(*(values(module, p, fixed=fixed) for p in v.payload)),
            )
            for v in info.variants
        ]
        return st.one_of(variants)
    fields = {f.name: values(module, f.type, fixed=fixed) for f in info.fields}
    if info.is_tuple:
        return st.tuples(*fields.values())
    return st.fixed_dictionaries(fields)


def sent(module: FutharkModule, name: str, data: Any) -> Any:
    """Make an argument: arrays of sums element by element, by the program's entries."""
    if name in ELEMTYPES:
        return data
    info = module.types[name].info
    if info.kind == "array":
        return list(data)
    if info.kind == "sum":
        payload = next(v.payload for v in info.variants if v.name == data.name)
        parts = zip(payload, data.payload, strict=True)
        return VariantValue(data.name, tuple(sent(module, t, x) for t, x in parts))
    if info.kind == "record":
        keys = (
            range(len(info.fields)) if info.is_tuple else [f.name for f in info.fields]
        )
        made = [
            sent(module, f.type, data[k])
            for f, k in zip(info.fields, keys, strict=True)
        ]
        return tuple(made) if info.is_tuple else dict(zip(keys, made, strict=True))
    # An empty list does not determine the sizes of arrays within its elements.
    if data and not holds_sums(module, info.elemtype):
        return [sent(module, info.elemtype, x) for x in data]
    whole = module.entry[f"none_{info.elemtype}"]()
    for x in data:
        one = module.entry[f"one_{info.elemtype}"](sent(module, info.elemtype, x))
        whole = module.entry[f"join_{info.elemtype}"](whole, one) if len(whole) else one
    return whole


def holds_sums(module: FutharkModule, name: str) -> bool:
    if name in ELEMTYPES:
        return False
    info = module.types[name].info
    parts = [info.elemtype] if info.elemtype else [f.type for f in info.fields]
    return info.kind == "sum" or any(holds_sums(module, p) for p in parts)


def bits(data: Any) -> Any:
    """Make values comparable: floats by their bits, all NaN as one."""
    if isinstance(data, VariantValue):
        return {"variant": data.name, "payload": bits(data.payload)}
    if isinstance(data, np.ndarray):
        return bits(data.tolist())
    if isinstance(data, (list, tuple)):
        return [bits(x) for x in data]
    if isinstance(data, dict):
        return {k: bits(x) for k, x in data.items()}
    if isinstance(data, float):
        return "nan" if np.isnan(data) else struct.pack("<d", data)
    return data


def restored(module: FutharkModule, value: Value) -> Value:
    """Store a value and restore it; its bytes are just what its type says."""
    data = value.store()
    storage = module.program.storage
    layout = storage.layout(value.type)
    parts = split(memoryview(data)[48:-32])
    assert layout is not None
    assert parts is not None
    assert fits(layout, parts)
    back: Value = module.restore(value.type, data)
    assert back.store() == data
    return back


def test_random_values_of_random_types_come_back_equal(module: FutharkModule) -> None:
    print(f"FUTHARK_BRIDGE_SEED={CHOSEN}")
    entries = [e for e in module.entry if e.startswith("same_")]
    run = 0

    @seed(CHOSEN)
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(entries), st.data())
    def comes_back(name: str, data: st.DataObject) -> None:
        nonlocal run
        run += 1
        entry = module.entry[name]
        (parameter,) = entry.inputs
        value = data.draw(values(module, parameter.type, fixed=False))
        result = entry(sent(module, parameter.type, value))
        if isinstance(result, tuple):  # a tuple that is the whole result
            found: Any = [
                module.from_futhark(r) if isinstance(r, Value) else r for r in result
            ]
        else:
            found = module.from_futhark(result)
        assert bits(found) == bits(value)
        if isinstance(result, Value) and result.info.kind != "array":
            assert bits(module.from_futhark(restored(module, result))) == bits(value)

    comes_back()
    assert run >= CASES
    assert len(module.program.context.live) < 20  # the last ones, until collected
