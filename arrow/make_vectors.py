"""Generate the golden vectors: ``vectors/*.arrows`` and their index ``vectors.json``.

The values come from numpy, and pyarrow must read them back from each message: only the
choice among equivalent encodings is the encoder's. Requires the Python environment of
the project. With ``--check`` nothing is written, and the exit status is 1 if a file is
not up to date.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "py"))

from futhark_bridge.arrow.codec import encode_footer, encode_header  # noqa: E402
from futhark_bridge.elemtypes import ELEMTYPES, ElemType  # noqa: E402

SHAPES: list[tuple[int, ...]] = [
    (),
    (0,),
    (2, 3),
    (0, 2),
    (2, 0, 3),
    (2, 3, 4),
    (2, 1, 2, 2),
]
"""Each elemtype also has a vector of its special values."""

FLAT_SHAPES: list[tuple[int, ...]] = [(2**31,), (3, 2**30), (2, 0, 2**52)]
"""Shapes with large dimensions; only their headers are stored, in the index."""

NAN_BITS = {
    2: [0x7E00, 0xFE00, 0x7C01, 0x7DFF, 0xFFFF],
    4: [0x7FC00000, 0xFFC00000, 0x7F800001, 0x7FBFFFFF, 0xFFFFFFFF],
    8: [
        0x7FF8000000000000,
        0xFFF8000000000000,
        0x7FF0000000000001,
        0x7FF7FFFFFFFFFFFF,
        0xFFFFFFFFFFFFFFFF,
    ],
}
"""Quiet and signalling NaNs of both signs, with payloads."""


def special_values(row: ElemType) -> np.ndarray[Any, Any]:
    """Return extreme values; for floats also zeros, infinities and NaNs."""
    dtype = np.dtype(row.dtype)
    if row.kind == "bool":
        return np.array([False, True, True])
    if row.kind != "float":
        least, greatest = np.iinfo(dtype).min, np.iinfo(dtype).max
        return np.array([least, least + 1, 0, 1, greatest - 1, greatest], dtype)
    info = np.finfo(dtype)
    numbers = [0.0, -0.0, 1.0, -1.5, np.inf, -np.inf, info.max, info.min]
    small = [info.smallest_normal, info.smallest_subnormal]
    nans = np.array(NAN_BITS[row.bytes], f"u{row.bytes}").view(dtype)
    return np.concatenate([np.array(numbers + small, dtype), nans])


def ordinary_values(row: ElemType, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return values that differ by position, where the elemtype allows it."""
    count = np.arange(math.prod(shape)).reshape(shape)
    if row.kind == "bool":
        return np.asarray(count % 3 == 0)
    scale = {"int": -3, "uint": 5, "float": -0.75}[row.kind]
    return np.asarray(count * scale).astype(row.dtype)


def message(elemtype: str, values: np.ndarray[Any, Any]) -> bytes:
    """Encode values; fail if pyarrow reads different ones."""
    body = values.tobytes()
    header = encode_header(elemtype, values.shape)
    encoded = header + body + encode_footer(len(body))
    table = pa.ipc.open_stream(encoded).read_all()
    table.validate(full=True)
    tensors = table.column("data").chunk(0)
    read = np.frombuffer(
        tensors.storage.buffers()[-1] or b"", values.dtype, values.size
    )
    shape = tuple(tensors.type.shape)
    if read.tobytes() != body or shape != values.shape or len(tensors) != 1:
        raise SystemExit(f"pyarrow reads a different {elemtype} {values.shape}")
    return encoded


def make() -> dict[str, bytes]:
    """Return the contents of all files, by name."""
    files: dict[str, bytes] = {}
    vectors = []
    headers = []
    for elemtype, row in ELEMTYPES.items():
        arrays = [special_values(row)]
        arrays += [ordinary_values(row, shape) for shape in SHAPES]
        for values in arrays:
            name = f"{elemtype}-{'x'.join(map(str, values.shape)) or 'scalar'}.arrows"
            files[f"vectors/{name}"] = message(elemtype, values)
            shape = list(values.shape)
            entry = {"file": name, "elemtype": elemtype, "shape": shape}
            vectors.append(entry | {"values": values.tobytes().hex()})
        for shape_ in FLAT_SHAPES:
            header = encode_header(elemtype, shape_).hex()
            entry = {"elemtype": elemtype, "shape": list(shape_), "header": header}
            headers.append(entry)
    parts = {"vectors": vectors, "headers": headers}
    lines = [
        f'  "{key}": [\n'
        + ",\n".join(f"    {json.dumps(e)}" for e in entries)
        + "\n  ]"
        for key, entries in parts.items()
    ]
    files["vectors.json"] = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    return files


def main() -> int:
    """Write or check the files; return the exit status."""
    files = make()
    old = {
        path.relative_to(HERE).as_posix(): path.read_bytes()
        for path in [HERE / "vectors.json", *HERE.glob("vectors/*")]
        if path.exists()
    }
    changed = sorted(name for name in files | old if files.get(name) != old.get(name))
    if "--check" in sys.argv[1:]:
        for name in changed:
            print(f"arrow/{name} is stale: run arrow/make_vectors.py", file=sys.stderr)
        return 1 if changed else 0
    (HERE / "vectors").mkdir(exist_ok=True)
    for name in changed:
        if name in files:
            (HERE / name).write_bytes(files[name])
        else:
            (HERE / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
