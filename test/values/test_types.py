"""Every kind of type, by the table of cases that TypeScript runs too.

In the table, integers of 64 bits and unusual floats are strings, sums are objects of a
variant and a payload, and ``{"call": entry, "args": [...]}`` stands for the result
of that call, as a handle. All results were worked out by hand.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends import BACKENDS, options
from conftest import PROGRAMS

from futhark_bridge import FutharkError, FutharkModule, Value, VariantValue, load
from futhark_bridge.elemtypes import ELEMTYPES

CASES = json.loads((Path(__file__).parents[1] / "cases" / "types.json").read_text())
NAMED = [
    pytest.param(program, case, id=f"{program}-{k}-{case['entry']}")
    for program, cases in CASES.items()
    for k, case in enumerate(cases)
]


@pytest.fixture(scope="module", params=BACKENDS)
def modules(request: pytest.FixtureRequest) -> Iterator[dict[str, FutharkModule]]:
    backend = request.param
    opened = {
        name: load(PROGRAMS / f"{name}.fut", backend=backend, **options(backend))
        for name in CASES
    }
    yield opened
    for module in opened.values():
        module.close()


def data_of(module: FutharkModule, type_name: str, data: Any) -> Any:
    """Make a case's data into what Python has for a type."""
    if isinstance(data, dict) and "call" in data:
        entry = module.entry[data["call"]]
        args = zip(entry.inputs, data["args"], strict=True)
        return entry(*(data_of(module, p.type, arg) for p, arg in args))
    if type_name in ELEMTYPES:
        if ELEMTYPES[type_name].kind == "float":
            return float(data)
        return int(data) if isinstance(data, str) else data
    info = module.types[type_name].info
    if info.rank:
        return rows_of(module, info.elemtype, info.rank, data)
    if info.kind == "record" and info.is_tuple:
        types = [f.type for f in info.fields]
        return tuple(data_of(module, t, x) for t, x in zip(types, data, strict=True))
    if isinstance(data, dict) and "variant" in data:
        payloads = {v.name: v.payload for v in info.variants}
        # Elements of another type are not converted: the call must refuse them.
        types = list(payloads.get(data["variant"], ()))[: len(data["payload"])]
        payload = [
            data_of(module, t, x) for t, x in zip(types, data["payload"], strict=False)
        ]
        return VariantValue(data["variant"], tuple(payload or data["payload"]))
    field_types = {f.name: f.type for f in info.fields}
    return {k: data_of(module, field_types[k], x) for k, x in data.items()}


def rows_of(module: FutharkModule, element: str, rank: int, data: list[Any]) -> Any:
    if rank == 1:
        return [data_of(module, element, x) for x in data]
    return [rows_of(module, element, rank - 1, row) for row in data]


def plain(data: Any) -> Any:
    """Make results comparable: every number by its bits, so that NaN and -0 count."""
    if isinstance(data, VariantValue):
        return {"variant": data.name, "payload": plain(list(data.payload))}
    if isinstance(data, np.ndarray):
        return plain(data.tolist())
    if isinstance(data, (list, tuple)):
        return list(map(plain, data))
    if isinstance(data, dict):
        return {k: plain(x) for k, x in data.items()}
    if isinstance(data, float):
        return ("nan",) if math.isnan(data) else ("float", struct.pack("<d", data))
    return data


def result_of(module: FutharkModule, result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(result_of(module, part) for part in result)
    return module.from_futhark(result) if isinstance(result, Value) else result


@pytest.mark.parametrize(("program", "case"), NAMED)
def test_a_case_returns_its_result(
    modules: dict[str, FutharkModule], program: str, case: dict[str, Any]
) -> None:
    module = modules[program]
    entry = module.entry[case["entry"]]
    types = [p.type for p in entry.inputs]
    args = [data_of(module, t, x) for t, x in zip(types, case["args"], strict=True)]
    if "error" in case:
        with pytest.raises(FutharkError) as caught:
            entry(*args)
        assert caught.value.code == case["error"]
        return
    outputs = [r.type for r in entry.outputs]
    expected = case["result"]
    if len(outputs) == 1:
        outputs, expected = [outputs[0]], [expected]
    wanted = [data_of(module, t, x) for t, x in zip(outputs, expected, strict=True)]
    result = result_of(module, entry(*args))
    results = [result] if len(outputs) == 1 else list(result)
    assert plain(results) == plain(wanted)


def test_the_table_calls_every_entry_point(modules: dict[str, FutharkModule]) -> None:
    for program, cases in CASES.items():
        called = set()
        todo: list[Any] = list(cases)
        while todo:
            part = todo.pop()
            if isinstance(part, dict):
                called |= {part.get("entry"), part.get("call")}
                todo += part.values()
            elif isinstance(part, list):
                todo += part
        assert called - {None} == set(modules[program].entry)
