// Printed arrays against numpy's own text: numpy makes the cases.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { NdArray } from "../../ts/nd-array/nd-array.ts";
import { runPython } from "../support/python.ts";

interface Case {
  readonly elemtype: Elemtype;
  readonly shape: number[];
  readonly hex: string;
  readonly str: string;
  readonly repr: string;
}

const CASES = `
import json
import numpy as np

rng = np.random.default_rng(20)
names = {
    "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64",
    "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
    "f16": "float16", "f32": "float32", "f64": "float64", "bool": "bool",
}
shapes = [(), (1,), (5,), (30,), (0,), (0, 3), (2, 0), (2, 3), (7, 11), (1, 40), (2, 3, 4),
    (2, 1, 3, 2), (1000,), (1001,), (3, 400), (400, 3), (12, 10, 10), (2, 2, 17, 20), (1100, 1, 1)]

def show(elemtype, a):
    a = np.ascontiguousarray(a, dtype=names[elemtype]).reshape(np.shape(a))
    print(json.dumps(dict(elemtype=elemtype, shape=a.shape, hex=a.tobytes().hex(),
        str=str(a), repr=repr(a))))

for elemtype, name in names.items():
    dtype = np.dtype(name)
    for shape in shapes:
        size = int(np.prod(shape))
        show(elemtype, np.frombuffer(rng.bytes(size * dtype.itemsize), dtype).reshape(shape)
            if elemtype != "bool" else rng.random(shape) < 0.5)
        show(elemtype, (rng.integers(0, 100, shape)).astype(name))
        if dtype.kind == "f":
            with np.errstate(all="ignore"):
                for scale in (1, 100, 1e3, 1e6, 1e8, 1e-4, 1e-6, 1e20):
                    show(elemtype, (rng.standard_normal(shape) * scale).astype(name))
                show(elemtype, np.round(rng.standard_normal(shape) * 100, 2).astype(name))

for elemtype in ("f16", "f32", "f64"):
    for values in (
        [np.nan], [np.inf], [-np.inf, 1], [np.nan, -1.5], [np.nan, -0.0, np.inf, -np.inf, 1e3],
        [0.0], [-0.0, 0], [1e-4], [9.9e-5], [1e-5, 1], [999, 1000], [1, 1000.5], [0.001953125],
        [1e5, 1e-3], [999999, 1], [1e6], [99999999.0], [1e8], [0.1, 0.2, 0.30000000000000004],
        [1 / 3, 2 / 3, 1], [3.1e-5, 1.23456789e-5], [1e15, 1e16, 123456789012345680.0],
        [np.finfo(names[elemtype]).max, np.finfo(names[elemtype]).tiny],
        [np.finfo(names[elemtype]).smallest_subnormal], [5e-324, 1.7976931348623157e308],
        [0.5, 1.5, 2.5, 0.123456785, 0.123456775], [2.0 ** -9 * k for k in range(9)],
    ):
        with np.errstate(all="ignore"):
            show(elemtype, np.array(values).astype(names[elemtype]))
            for value in values:
                show(elemtype, np.array(value).astype(names[elemtype]))
    # Powers of two have neighbours at two distances.
    for power in range(-150, 128, 3 if elemtype == "f16" else 1):
        with np.errstate(all="ignore"):
            show(elemtype, np.array(2.0 ** power).astype(names[elemtype]))
            show(elemtype, np.array([2.0 ** power]).astype(names[elemtype]))
bits = np.arange(0, 65536, 7, dtype=np.uint16).view("float16")
for start in range(0, len(bits), 60):
    show("f16", bits[start : start + 60])
for value in bits[::9]:
    show("f16", value)
`;

test("arrays print as numpy's str and repr", async () => {
  const output = await runPython(CASES);
  const cases = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Case);
  assert.ok(cases.length > 3000, `only ${cases.length} cases`);
  for (const { elemtype, shape, hex, str, repr } of cases) {
    const bytes = new Uint8Array(Buffer.from(hex, "hex"));
    const data = new ELEMTYPES[elemtype].array(bytes.buffer);
    const array = new NdArray(elemtype, data, shape);
    assert.equal(String(array), str, `str of ${elemtype} [${shape}] ${hex.slice(0, 64)}`);
    assert.equal(inspect(array), repr, `repr of ${elemtype} [${shape}] ${hex.slice(0, 64)}`);
  }
});

test("a view prints its own elements", () => {
  const array = new NdArray("i64", BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 6n), [2, 3]);
  assert.equal(String(array.transpose()), "[[1 4]\n [2 5]\n [3 6]]");
  assert.equal(String(array.slice(1, [null, null, -1])), "[6 5 4]");
  assert.equal(`${array.slice(1, 2)}`, "6");
});
