import assert from "node:assert/strict";
import { test } from "node:test";
import ndarray from "ndarray";
import * as np from "numpy-ts";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../../ts/elemtypes.ts";
import {
  ArgumentError,
  fromNested,
  fromNpy,
  fromNumpyTs,
  NdArray,
  nd,
  open,
  toNpy,
  toNumpyTs,
  toScijs,
} from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";
import { runPythonBytes } from "../support/python.ts";

const elemtypes = (Object.keys(ELEMTYPES) as Elemtype[]).filter((name) => name !== "f16");

function sample(elemtype: Elemtype, shape: readonly number[]): NdArray {
  const { array, scalar } = ELEMTYPES[elemtype];
  const size = shape.reduce((product, length) => product * length, 1);
  const numbers = Array.from({ length: size }, (_, i) => (elemtype === "bool" ? i % 2 : i + 1));
  const data: TypedArray = new array(size);
  data.set((scalar === "bigint" ? numbers.map(BigInt) : numbers) as never); // of one kind
  return new NdArray(elemtype, data, shape);
}

test("scijs reads the elements of an array and of a view, in the same memory", async () => {
  for (const elemtype of elemtypes) {
    const array = sample(elemtype, [2, 3, 4]);
    for (const view of [array, array.transpose(2, 0, 1), array.slice(1, [2, 0, -1], [1, 3])]) {
      const scijs = await toScijs(view);
      assert.equal(scijs.data, array.data);
      assert.deepEqual(scijs.shape, [...view.shape]);
      assert.equal(scijs.dimension, view.rank);
      const last = view.shape.map((size) => size - 1);
      const element = view.get(...last);
      assert.equal(scijs.get(...last), elemtype === "bool" ? Number(element) : element);
      const back = nd(scijs as never, undefined, elemtype);
      assert.deepEqual(back.toNested(), view.toNested());
    }
  }
});

test("views that scijs makes are read in place", () => {
  const whole = ndarray(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [3, 4],
  );
  const view = whole.transpose(1, 0).lo(1, 0).step(2, -1);
  assert.deepEqual(nd(view as never).toNested(), [
    [view.get(0, 0), view.get(0, 1), view.get(0, 2)],
    [view.get(1, 0), view.get(1, 1), view.get(1, 2)],
  ]);
  assert.deepEqual(nd(view as never).toNested(), [
    [9, 5, 1],
    [11, 7, 3],
  ]);
});

test("numpy-ts reads the elements, and they come back", async () => {
  for (const elemtype of elemtypes) {
    for (const shape of [[], [0], [3], [2, 3], [2, 0, 3], [2, 3, 4]]) {
      const array = sample(elemtype, shape);
      const numpy = await toNumpyTs(array);
      assert.deepEqual([numpy.dtype, numpy.shape], [array.dtype, shape]);
      if (!shape.includes(0)) {
        const shown = elemtype === "bool" ? numpy.astype("int8").tolist() : numpy.tolist();
        assert.deepEqual(shown, numbers(array.toNested()));
      }
      const back = fromNumpyTs(numpy);
      assert.deepEqual([back.elemtype, back.shape], [elemtype, shape]);
      assert.deepEqual(back.data, array.data);
      assert.notEqual(back.data.buffer, (numpy.data as Uint8Array).buffer, "copied");
    }
  }
  const view = sample("f64", [3, 2]).transpose();
  assert.deepEqual((await toNumpyTs(view)).tolist(), view.toNested());
});

function numbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numbers);
  return typeof value === "boolean" ? Number(value) : value;
}

test("views that numpy-ts makes are read in place, also as arguments", async () => {
  const view = np.arange(10).slice("2:9:3");
  assert.deepEqual(view.tolist(), [2, 5, 8]);
  assert.deepEqual(fromNumpyTs(view).toNested(), [2, 5, 8]);
  assert.deepEqual(nd(view as never).toNested(), [2, 5, 8]);
  const fut = await open(programPath("identity"), { backend: "c" });
  try {
    assert.deepEqual(await (await fut.entry.id_f64_1(view)).toNested(), [2, 5, 8]);
    const table = np.arange(6).reshape([2, 3]).transpose();
    assert.deepEqual(await (await fut.entry.id_f64_2(table)).toNested(), table.tolist());
  } finally {
    await fut.close();
  }
});

test("elemtypes that another library lacks or represents differently are refused", async () => {
  const halves = nd(Uint16Array.of(0x3c00), [1], "f16");
  const refuses = (message: RegExp) => (error: unknown) =>
    error instanceof ArgumentError && message.test(error.message);
  await assert.rejects(toScijs(halves), refuses(/elemtype of scijs, got f16/));
  if (!("Float16Array" in globalThis)) {
    await assert.rejects(toNumpyTs(halves), refuses(/f16, which it stores in more bytes/));
    assert.throws(() => fromNumpyTs(np.zeros([2], "float16")), refuses(/Uint16Array for f16/));
  }
  assert.throws(() => fromNumpyTs(np.zeros([2], "complex128")), refuses(/got complex128/));
});

test("the elemtype and rank of nested arrays are inferred, or given", () => {
  const facts = (array: NdArray) => [array.elemtype, array.shape, array.toNested()];
  assert.deepEqual(facts(fromNested([[1, 2.5]])), ["f64", [1, 2], [[1, 2.5]]]);
  assert.deepEqual(facts(fromNested([1n, 2])), ["i64", [2], [1n, 2n]]);
  assert.deepEqual(facts(fromNested([[[true]]])), ["bool", [1, 1, 1], [[[true]]]]);
  assert.deepEqual(facts(fromNested([Int8Array.of(1, 2)])), ["i8", [1, 2], [[1, 2]]]);
  assert.deepEqual(facts(fromNested([[], []], "f32")), ["f32", [2, 0], [[], []]]);
  assert.deepEqual(facts(fromNested(7)), ["f64", [], 7]);
  assert.throws(() => fromNested([]), ArgumentError);
  assert.throws(() => fromNested(["x"]), ArgumentError);
  assert.throws(() => fromNested([1, [2]]), ArgumentError);
});

test("numpy reads our .npy bytes and we read numpy's", async () => {
  const array = sample("u16", [2, 3]).transpose();
  const doubled = await runPythonBytes(
    "import io, sys, numpy as np\n" +
      // By way of memory: numpy asks for its position in a file, and a pipe has none.
      "np.save(made := io.BytesIO(), np.load(io.BytesIO(sys.stdin.buffer.read())) * 2)\n" +
      "sys.stdout.buffer.write(made.getvalue())",
    toNpy(array),
  );
  assert.deepEqual(fromNpy(doubled).toNested(), [
    [2, 8],
    [4, 10],
    [6, 12],
  ]);
});
