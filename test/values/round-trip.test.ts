import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as arrow from "apache-arrow";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../../ts/elemtypes.ts";
import { type FutharkArray, type FutharkModule, nd, open } from "../../ts/index.ts";
import { BACKENDS, programPath } from "../support/programs.ts";
import { runPython } from "../support/python.ts";

interface Case {
  readonly elemtype: Elemtype;
  /** Finite floats as numbers, all else as Python writes it. */
  readonly scalars: readonly (number | string)[];
  /** Bytes in base64: as numpy made them, and as they came back within Python. */
  readonly arrays: readonly { shape: number[]; made: string; inProcess: string }[];
}

const identity = programPath("identity");
const script = fileURLToPath(new URL("round_trip_values.py", import.meta.url));

async function makeCases(backend: string): Promise<Case[]> {
  const args = JSON.stringify([script, identity, backend]);
  const py = fileURLToPath(new URL("../../py", import.meta.url));
  const code = `import runpy, sys; sys.path.insert(0, ${JSON.stringify(py)}); sys.argv = ${args}; runpy.run_path(sys.argv[0], run_name="__main__")`;
  return JSON.parse(await runPython(code)) as Case[];
}

function scalarOf(elemtype: Elemtype, text: number | string): number | bigint | boolean {
  if (typeof text === "number") return text;
  if (text === "nan") return Number.NaN;
  if (text.endsWith("inf")) return text === "inf" ? Infinity : -Infinity;
  if (elemtype === "bool") return text === "True";
  return ELEMTYPES[elemtype].scalar === "bigint" ? BigInt(text) : Number(text);
}

/** A typed array over an aligned copy of the bytes. */
function elements(elemtype: Elemtype, bytes: Uint8Array): TypedArray {
  return new ELEMTYPES[elemtype].array(Uint8Array.from(bytes).buffer);
}

function bytesOf(array: TypedArray): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
}

for (const backend of BACKENDS) {
  let fut: FutharkModule;
  let cases: Case[];
  before(async () => {
    [fut, cases] = await Promise.all([open(identity, { backend }), makeCases(backend)]);
  });
  after(() => fut.close());

  test(`${backend}: the module has the requested back end`, () => {
    assert.equal(fut.backend, backend);
    assert.equal(fut.entryPoints.length, 60);
  });

  for (const elemtype of Object.keys(ELEMTYPES) as Elemtype[]) {
    test(`${backend}: ${elemtype} of rank 0 comes back unchanged`, async () => {
      const { scalars } = cases.find((found) => found.elemtype === elemtype) as Case;
      const values = scalars.map((text) => scalarOf(elemtype, text));
      assert.ok(values.length >= 2);
      const back = await Promise.all(values.map((value) => fut.entry[`id_${elemtype}_0`](value)));
      values.forEach((value, i) => {
        assert.ok(Object.is(back[i], value), `${String(value)} came back as ${String(back[i])}`);
      });
    });

    test(`${backend}: ${elemtype} of rank 1 to 4 comes back bit for bit, and as within Python`, async () => {
      const { arrays } = cases.find((found) => found.elemtype === elemtype) as Case;
      assert.equal(arrays.length, 8);
      for (const { shape, made, inProcess } of arrays) {
        const data = elements(elemtype, Buffer.from(made, "base64"));
        const identityOf = fut.entry[`id_${elemtype}_${shape.length}`];
        const handle: FutharkArray = await identityOf(nd(data, shape, elemtype));
        assert.deepEqual([...handle.shape], shape);
        assert.equal(handle.elemtype, elemtype);
        assert.equal(handle.dtype, ELEMTYPES[elemtype].dtype);
        assert.equal(handle.type, `${"[]".repeat(shape.length)}${elemtype}`);
        const back = await handle.values();
        assert.equal(back.constructor, ELEMTYPES[elemtype].array);
        assert.equal(bytesOf(back), made, `shape ${shape}`);
        assert.equal(bytesOf(back), inProcess, `shape ${shape}`);
        const array = await handle.toNdArray();
        assert.deepEqual([...array.shape], shape);
        assert.equal(bytesOf(array.data), made);
        handle.free();
      }
    });
  }
}

let fut: FutharkModule;
before(async () => {
  fut = await open(identity, { backend: "c" });
});
after(() => fut.close());

test("a typed array is an array of rank 1, at any offset of its buffer", async () => {
  const all = Float64Array.of(9, 1.5, -0, Number.NaN, 9);
  const back = await fut.entry.id_f64_1(all.subarray(1, 4));
  assert.deepEqual(await back.values(), Float64Array.of(1.5, -0, Number.NaN));
  assert.deepEqual(
    await (await fut.entry.id_u8_1(Buffer.from("hi"))).values(),
    Uint8Array.of(104, 105),
  );
  const shared = new Int32Array(new SharedArrayBuffer(8));
  shared.set([1, -1]);
  assert.deepEqual(await (await fut.entry.id_i32_1(shared)).values(), Int32Array.of(1, -1));
});

test("arguments can be overwritten as soon as the call returns", async () => {
  const small = Int32Array.of(1, 2, 3);
  const large = new Int32Array(1e6).fill(7);
  const results = [fut.entry.id_i32_1(small), fut.entry.id_i32_1(large)];
  small.fill(-1);
  large.fill(-1);
  const [a, b] = (await Promise.all(results)) as [FutharkArray<"i32">, FutharkArray<"i32">];
  assert.deepEqual(await a.values(), Int32Array.of(1, 2, 3));
  assert.ok((await b.values()).every((value) => value === 7));
});

test("so can arguments of a call that waits for a pending scalar", async () => {
  await using errors = await open(programPath("errors"), { backend: "c" });
  const array = Int32Array.of(10, 20, 30);
  const index = errors.entry.scratch(2n); // 0, 1: the sums 0 and 1
  const put = errors.entry.put(array, index, errors.entry.positive(7));
  array.fill(-1);
  assert.equal(await index, 2n);
  assert.deepEqual(await (await put).values(), Int32Array.of(10, 20, 7));
});

test("n-d arrays of other layouts are passed in row-major order", async () => {
  const array = nd(Int16Array.of(0, 1, 2, 3, 4, 5), [2, 3]);
  const turned = await fut.entry.id_i16_2(array.transpose());
  assert.deepEqual(await turned.toNested(), [
    [0, 3],
    [1, 4],
    [2, 5],
  ]);
  const part = await fut.entry.id_i16_2(array.slice([null, null, -1], [1, 3]));
  assert.deepEqual(await part.toNested(), [
    [4, 5],
    [1, 2],
  ]);
});

test("nested arrays take the parameter's elemtype", async () => {
  const cube = [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ];
  for (const elemtype of ["i8", "u32", "f16", "f32", "f64"]) {
    assert.deepEqual(await (await fut.entry[`id_${elemtype}_3`](cube)).toNested(), cube);
  }
  const big = [[2n ** 63n - 1n, -5]];
  assert.deepEqual(await (await fut.entry.id_i64_2(big)).toNested(), [[2n ** 63n - 1n, -5n]]);
  assert.deepEqual(await (await fut.entry.id_bool_1([true, false])).toNested(), [true, false]);
  const empty = await fut.entry.id_f32_2([[], []]);
  assert.deepEqual(empty.shape, [2, 0]);
  assert.deepEqual(await empty.toNested(), [[], []]);
});

test("a half is rounded to the nearest, ties to even", async () => {
  // 2049 lies between 2048 and 2050, 2051 between 2050 and 2052; 2^-25 between 0 and 2^-24.
  assert.equal(await fut.entry.id_f16_0(2049), 2048);
  assert.equal(await fut.entry.id_f16_0(2051), 2052);
  assert.equal(await fut.entry.id_f16_0(2 ** -25), 0);
  assert.equal(await fut.entry.id_f16_0(65519), 65504);
  const bits = await (await fut.entry.id_f16_1(Uint16Array.of(0x7e01, 0xfbff))).values();
  assert.deepEqual(bits, Uint16Array.of(0x7e01, 0xfbff));
});

test("a single f32 is rounded to the nearest", async () => {
  assert.equal(await fut.entry.id_f32_0(0.1), Math.fround(0.1));
  assert.equal(await fut.entry.id_f32_0(1e-46), 0);
});

test("integers of 64 bits are taken as safe numbers too", async () => {
  assert.equal(await fut.entry.id_i64_0(2 ** 53 - 1), 2n ** 53n - 1n);
  assert.equal(await fut.entry.id_u64_0(7), 7n);
  assert.equal(await fut.entry.id_i8_0(-5n), -5);
});

test("vectors of apache-arrow go in and come out", async () => {
  const vectors: [string, arrow.Vector, unknown[]][] = [
    ["f64", arrow.vectorFromArray([1.5, -2], new arrow.Float64()), [1.5, -2]],
    ["i64", arrow.makeVector(BigInt64Array.of(2n ** 63n - 1n)), [2n ** 63n - 1n]],
    ["u8", arrow.makeVector(Uint8Array.of(1, 255)), [1, 255]],
    ["bool", arrow.vectorFromArray([true, false, true], new arrow.Bool()), [true, false, true]],
  ];
  for (const [elemtype, vector, expected] of vectors) {
    const handle: FutharkArray = await fut.entry[`id_${elemtype}_1`](vector);
    assert.deepEqual(await handle.toNested(), expected);
    const out = (await handle.toArrow()) as arrow.Vector;
    assert.deepEqual([...out], expected);
    assert.equal(out.nullCount, 0);
  }
});

test("one element is read by its indices", async () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i / 2);
  const array: FutharkArray<"f32"> = await fut.entry.id_f32_3(nd(data, [2, 3, 4]));
  assert.equal(await array.at(1, 2, 3), 11.5);
  assert.equal(await array.at(0, 0, 0), 0);
  assert.equal(await array.at(1, 0, 2), (12 + 2) / 2);
  const big = await fut.entry.id_u64_1(BigUint64Array.of(2n ** 64n - 1n));
  assert.equal(await big.at(0), 2n ** 64n - 1n);
  assert.equal(await (await fut.entry.id_bool_1([false, true])).at(1), true);
  assert.equal(await (await fut.entry.id_f16_1([1.5])).at(0), 1.5);
});

test("toFuthark and fromFuthark are aliases with futhark_ffi's names", async () => {
  const one = (await fut.toFuthark("[][]i32", [
    [1, 2],
    [3, 4],
  ])) as FutharkArray;
  const two = (await fut.toFuthark("[]u8", Uint8Array.of(7))) as FutharkArray;
  assert.deepEqual(one.shape, [2, 2]);
  const array = await fut.fromFuthark(one);
  assert.deepEqual((array as ReturnType<typeof nd>).toNested(), [
    [1, 2],
    [3, 4],
  ]);
  const both = (await fut.fromFuthark(one, two)) as ReturnType<typeof nd>[];
  assert.deepEqual(
    both.map((each) => each.shape),
    [[2, 2], [1]],
  );
  assert.equal(one.state, "live");
  assert.equal(await fut.toFuthark("[][]i32", one), one);
});

test("get is toNdArray, for code that comes from PyOpenCL", async () => {
  const handle: FutharkArray<"i32"> = await fut.entry.id_i32_1([1, 2]);
  assert.deepEqual(await handle.get(), await handle.toNdArray());
  assert.equal(handle.size, 2);
  assert.equal(String(handle), "[2]i32");
});

test("arrays of every size around the buffers' sizes come back unchanged", async () => {
  // Many replies in one chunk, and replies that chunks split: 64 and 128 KiB are where small arrays
  // and buffers end.
  const sizes = [
    ...[0, 1, 100, 500, 3000, 4000, 4095, 4096, 7000, 8150, 8160, 8170, 8180, 8192, 8193, 9000],
    ...[16_370, 16_380, 16_384, 16_385],
  ];
  const handles: FutharkArray<"f64">[] = await Promise.all(
    sizes.map((n) => fut.entry.id_f64_1(Float64Array.from({ length: n }, (_, i) => n + i))),
  );
  for (let round = 0; round < 5; round++) {
    const all = await Promise.all([...handles, ...handles].map((handle) => handle.values()));
    all.forEach((values, k) => {
      const n = sizes[k % sizes.length] as number;
      assert.equal(values.length, n);
      assert.ok(
        values.every((value, i) => value === n + i),
        `${n} elements`,
      );
    });
  }
});
