"""Prints, as JSON, arrays that numpy made and what Futhark's identity makes of them.

For each elemtype and each shape: the bytes that numpy made, and the bytes that came
back from the program, called in this process. For rank 0: values, written out exactly.

    python round_trip_values.py PROGRAM.fut BACKEND
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import futhark_bridge
from futhark_bridge.setup.build import build

DTYPES = {
    **{f"{k}{n}": f"{k.replace('i', 'int').replace('u', 'uint')}{n}"
       for k in "iu" for n in (8, 16, 32, 64)},
    "f16": "float16",
    "f32": "float32",
    "f64": "float64",
    "bool": "bool",
}  # fmt: skip
SHAPES = (
    ((23,), (3, 7), (2, 3, 5), (2, 1, 3, 4)),
    ((0,), (3, 0), (2, 0, 4), (0, 2, 1, 3)),
)
# Quiet and signalling NaNs with payloads, -0, infinities, the least and the greatest.
BITS = {
    "f16": [0x7E01, 0x7C01, 0xFE55, 0x8000, 0x7C00, 0xFC00, 0x0001, 0x7BFF],
    "f32": [0x7FC00001, 0x7F800001, 0xFFC12345, 0x80000000, 0x7F800000, 0xFF800000,
            0x00000001, 0x7F7FFFFF],
    "f64": [0x7FF8000000000001, 0x7FF0000000000001, 0xFFF8DEADBEEF1234, 1 << 63,
            0x7FF0000000000000, 0xFFF0000000000000, 1, 0x7FEFFFFFFFFFFFFF],
}  # fmt: skip


def special(elemtype: str) -> np.ndarray[Any, Any]:
    dtype = np.dtype(DTYPES[elemtype])
    if elemtype == "bool":
        return np.array([True, False])
    if elemtype in BITS:
        return np.array(BITS[elemtype], f"u{dtype.itemsize}").view(dtype)
    info = np.iinfo(dtype)
    return np.array([info.min, info.max, 0, 1, info.max - 1, info.min + 1], dtype)


def make(elemtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Fill with the special values first, then with any bits."""
    dtype = np.dtype(DTYPES[elemtype])
    size = int(np.prod(shape))
    random = np.random.default_rng([size, *elemtype.encode()])
    data = random.integers(0, 256, size * dtype.itemsize, np.uint8)
    data = (data & 1).view(dtype) if elemtype == "bool" else data.view(dtype)
    first = special(elemtype)[:size]
    data[: len(first)] = first
    return data.reshape(shape)


def text(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(array.tobytes()).decode()


def scalar(value: Any) -> float | int:
    return float(value) if isinstance(value, np.floating) else value.item()


def exact(value: float) -> float | str:
    """Return a form that is exact in JSON: finite floats unchanged, others as text."""
    finite = isinstance(value, float) and np.isfinite(value)
    return value if finite else str(value)


def main() -> None:
    program, backend = sys.argv[1:]
    cases = []
    with futhark_bridge.load(build(Path(program), backend)) as module:
        for elemtype in DTYPES:
            scalars = [scalar(value) for value in special(elemtype)]
            identity = getattr(module.entry, f"id_{elemtype}_0")
            np.testing.assert_array_equal([identity(v) for v in scalars], scalars)
            arrays = []
            for shape in (shape for row in SHAPES for shape in row):
                array = make(elemtype, shape)
                result = getattr(module.entry, f"id_{elemtype}_{len(shape)}")(array)
                back = result.to_numpy()
                assert back.dtype == array.dtype, (back.dtype, array.dtype)
                assert back.shape == shape, (back.shape, shape)
                arrays.append(
                    {"shape": shape, "made": text(array), "inProcess": text(back)}
                )
            written = [exact(value) for value in scalars]
            cases.append({"elemtype": elemtype, "scalars": written, "arrays": arrays})
    json.dump(cases, sys.stdout)


main()
