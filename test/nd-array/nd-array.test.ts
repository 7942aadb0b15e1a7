import assert from "node:assert/strict";
import { test } from "node:test";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { ArgumentError } from "../../ts/errors.ts";
import { isScijsLike, nd } from "../../ts/nd-array/nd.ts";
import { NdArray } from "../../ts/nd-array/nd-array.ts";
import { runPython } from "../support/python.ts";

const refused = (run: () => unknown, message: RegExp) =>
  assert.throws(run, (error) => error instanceof ArgumentError && message.test(error.message));

test("the kind of a typed array determines the elemtype", () => {
  const kinds: [ArrayBufferView, Elemtype][] = [
    [new Int8Array(2), "i8"],
    [new Int16Array(2), "i16"],
    [new Int32Array(2), "i32"],
    [new BigInt64Array(2), "i64"],
    [new Uint8Array(2), "u8"],
    [Buffer.alloc(2), "u8"],
    [new Uint8ClampedArray(2), "u8"],
    [new Uint16Array(2), "u16"],
    [new Uint32Array(2), "u32"],
    [new BigUint64Array(2), "u64"],
    [new Float32Array(2), "f32"],
    [new Float64Array(2), "f64"],
  ];
  for (const [data, elemtype] of kinds) {
    const array = nd(data, [2, 1]);
    assert.equal(array.elemtype, elemtype);
    assert.equal(array.dtype, ELEMTYPES[elemtype].dtype);
    assert.equal(array.data.buffer, data.buffer, "shares the memory");
    assert.deepEqual(
      [array.shape, array.strides, array.stride],
      [
        [2, 1],
        [1, 1],
        [1, 1],
      ],
    );
    assert.deepEqual([array.size, array.rank, array.offset], [2, 2, 0]);
  }
});

test("f16 and bool are requested explicitly, and read as numbers and booleans", () => {
  const halves = nd(Uint16Array.of(0x3c00, 0xfc00, 0x7e00), undefined, "f16");
  assert.deepEqual(halves.toNested(), [1, Number.NEGATIVE_INFINITY, Number.NaN]);
  assert.equal(halves.get(0), 1);
  const bools = nd(Uint8Array.of(0, 1), [1, 2], "bool");
  assert.deepEqual(bools.toNested(), [[false, true]]);
  assert.equal(bools.get(0, 1), true);
  refused(() => nd(Uint8Array.of(0, 2), [2], "bool"), /0 and 1 for bool, got 2 at 1/);
  refused(() => nd(new Float32Array(1), [1], "f16"), /Uint16Array for f16, got Float32Array/);
});

test("elements of 64 bits are bigints", () => {
  const array = nd(BigUint64Array.of(2n ** 64n - 1n), [1, 1]);
  assert.equal(array.get(0, 0), 2n ** 64n - 1n);
  assert.deepEqual(array.toNested(), [[2n ** 64n - 1n]]);
});

test("rank 0 and empty dimensions", () => {
  const scalar = nd(Float64Array.of(2.5), []);
  assert.equal(scalar.get(), 2.5);
  assert.equal(scalar.toNested(), 2.5);
  assert.deepEqual(nd(new Int8Array(0), [2, 0]).toNested(), [[], []]);
  assert.deepEqual(nd(new Int8Array(0), [0, 2]).toNested(), []);
  assert.equal(nd(new Int8Array(0), [2 ** 52, 2 ** 52, 0]).size, 0);
});

test("what does not fit is refused", () => {
  refused(() => nd(new Int8Array(5), [2, 3]), /expected 6 elements for shape \[2, 3\], got 5/);
  refused(() => nd(new Int8Array(2), [-2]), /got shape \[-2\]/);
  refused(() => nd(new Int8Array(2), [0.5, 4]), /got shape \[0.5, 4\]/);
  refused(() => nd([1, 2] as never), /expected a typed array/);
  refused(() => nd(new DataView(new ArrayBuffer(2)) as never), /expected a typed array/);
  refused(() => new NdArray("f32", new Float64Array(1) as never, [1]), /Float32Array for f32/);
  refused(() => new NdArray("i8", new Int8Array(6), [2, 3], [3, 2]), /reaches element 7 of 6/);
  refused(() => new NdArray("i8", new Int8Array(6), [2], [-1]), /reaches element -1 of 6/);
  refused(() => new NdArray("i8", new Int8Array(6), [2], [1, 1]), /1 strides/);
});

test("the error for a wrong index names it and the shape", () => {
  const array = nd(new Int8Array(6), [2, 3]);
  refused(() => array.get(0, 3), /index 3 is out of range for dimension 1 of shape \[2, 3\]/);
  refused(() => array.get(-1, 0), /index -1 .* dimension 0/);
  refused(() => array.get(0.5, 0), /index 0.5/);
  refused(() => array.get(0), /expected 2 indices for shape \[2, 3\], got 1/);
  refused(() => array.slice(2), /index 2 is out of range for dimension 0/);
  refused(() => array.slice(0, 0, 0), /2 ranges at most/);
  refused(() => array.slice([0, 1, 0]), /a step other than 0/);
  refused(() => array.transpose(0, 0), /each dimension/);
});

test("other libraries' n-d arrays are used with their strides", () => {
  const data = Float32Array.of(0, 1, 2, 3, 4, 5, 6);
  const scijs = { data, shape: [3, 2], stride: [1, 3], offset: 1, dtype: "float32" };
  assert.ok(isScijsLike(scijs));
  assert.deepEqual(nd(scijs).toNested(), [
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  assert.equal(nd(scijs).data, data);
  assert.deepEqual(nd(scijs, [6]).toNested(), [1, 4, 2, 5, 3, 6]);
  const named = { data: Uint8Array.of(1, 0), shape: [2], strides: [1], dtype: "bool" };
  assert.deepEqual(nd(named).toNested(), [true, false]);
  assert.ok(isScijsLike(nd(data)), "and ours are taken by them");
  assert.ok(!isScijsLike({ data: [1], shape: [1], stride: [1] }));
  assert.ok(!isScijsLike(data));
});

test("contiguous copies only what is not in row-major order", () => {
  const array = nd(Int32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  assert.equal(array.contiguous(), array);
  const row = array.slice(1).contiguous();
  assert.deepEqual([...row.data], [4, 5, 6]);
  assert.equal(row.data.buffer, array.data.buffer);
  const copy = array.transpose().contiguous();
  assert.deepEqual([...copy.data], [1, 4, 2, 5, 3, 6]);
  assert.notEqual(copy.data.buffer, array.data.buffer);
  assert.deepEqual(copy.strides, [2, 1]);
  assert.equal(nd(array).contiguous(), array);
});

test("views have the elements that numpy's have", async () => {
  const python = `
import itertools, json
import numpy as np
a = np.arange(60).reshape(3, 4, 5)
ranges = [None, 1, (0, 2), (-2, None), (None, None, -1), (None, None, 2), (3, 0, -2), (5, 9), (9, -9, -3)]
cases = []
for picked in itertools.product(ranges, repeat=3):
    index = tuple(r if isinstance(r, int) else slice(*(r or (None,))) for r in picked)
    for axes in (None, (0, 1, 2), (2, 0, 1)):
        view = a.transpose(axes or (2, 1, 0))[index]
        cases.append([picked, axes or [], view.tolist(), list(view.shape), view.ravel().tolist()])
print(json.dumps(cases))
`;
  const cases = JSON.parse(await runPython(python));
  assert.ok(cases.length > 2000);
  const array = nd(
    Int32Array.from({ length: 60 }, (_, i) => i),
    [3, 4, 5],
  );
  for (const [ranges, axes, nested, shape, flat] of cases) {
    const view = array.transpose(...axes).slice(...ranges);
    assert.deepEqual(view.toNested(), nested, JSON.stringify([ranges, axes]));
    assert.deepEqual(view.shape, shape);
    assert.deepEqual([...view.contiguous().data], flat);
  }
});

test("types are inferred from the data", () => {
  const floats: NdArray<"f32"> = nd(Float32Array.of(1));
  const bigints: bigint = nd(BigInt64Array.of(1n)).get(0);
  const bytes: Uint8Array = nd(Buffer.of(1)).data;
  const flag: boolean = nd(Uint8Array.of(1), [1], "bool").get(0);
  const any: NdArray = floats;
  assert.deepEqual([any.get(0), bigints, bytes[0], flag], [1, 1n, 1, true]);
});

const noFloat16Array = !("Float16Array" in globalThis) && "this engine has no Float16Array";
test("the engine's own Float16Array is f16", { skip: noFloat16Array }, () => {
  const Float16Array = Reflect.get(globalThis, "Float16Array") as typeof Float32Array;
  const array = nd(Float16Array.of(1.5, -0) as ArrayBufferView);
  assert.equal(array.elemtype, "f16");
  assert.deepEqual(array.data, Uint16Array.of(0x3e00, 0x8000));
});
