import assert from "node:assert/strict";
import { test } from "node:test";
import type { Elemtype } from "../../ts/elemtypes.ts";
import { ArgumentError } from "../../ts/errors.ts";
import { NdArray } from "../../ts/nd-array/nd-array.ts";
import { copyNested, fromNested as nestedOf } from "../../ts/nd-array/nested.ts";

const from = (value: unknown, elemtype: Elemtype, rank: number) =>
  copyNested(value, elemtype, rank, "x");

test("nested arrays become row-major elements of the elemtype", () => {
  const array = from(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    "f32",
    2,
  );
  assert.deepEqual(array.shape, [2, 3]);
  assert.deepEqual(array.data, Float32Array.of(1, 2, 3, 4, 5, 6));
  assert.deepEqual(from([[[7]], [[8]]], "i8", 3).shape, [2, 1, 1]);
  assert.deepEqual(from(5, "i32", 0).toNested(), 5);
  assert.deepEqual(from([true, false], "bool", 1).data, Uint8Array.of(1, 0));
  assert.deepEqual(
    from([1, 65504, Number.NaN], "f16", 1).data,
    Uint16Array.of(0x3c00, 0x7bff, 0x7e00),
  );
});

test("integers of 64 bits are bigints or safe numbers", () => {
  const values = [2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 63n - 1n, -(2n ** 63n)];
  const expected = [2n ** 53n - 1n, 1n - 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];
  assert.deepEqual(from(values, "i64", 1).toNested(), expected);
  assert.deepEqual(from([2n ** 64n - 1n], "u64", 1).toNested(), [2n ** 64n - 1n]);
  assert.deepEqual(from([3n], "i8", 1).toNested(), [3]);
});

test("empty arrays have the dimensions that are known, and 0 below", () => {
  const shape = (value: unknown, rank: number) => from(value, "i32", rank).shape;
  assert.deepEqual(shape([], 1), [0]);
  assert.deepEqual(shape([], 3), [0, 0, 0]);
  assert.deepEqual(shape([[], []], 2), [2, 0]);
  assert.deepEqual(shape([[[], []]], 3), [1, 2, 0]);
});

test("rows may be typed arrays of the elemtype's kind", () => {
  const rows = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
  assert.deepEqual(from(rows, "f32", 2).toNested(), [
    [1, 2],
    [3, 4],
  ]);
  assert.deepEqual(from([Uint8Array.of(1, 0)], "bool", 2).toNested(), [[true, false]]);
  assert.deepEqual(from([[1, 2], Float32Array.of(3, 4)], "f32", 2).toNested(), [
    [1, 2],
    [3, 4],
  ]);
});

test("special floats stay what they are", () => {
  const values = [Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-46];
  assert.deepEqual(from(values, "f64", 1).toNested(), values);
  assert.deepEqual(from(values, "f32", 1).toNested(), [...values.slice(0, 4), 0]);
  assert.deepEqual(from(values, "f16", 1).toNested(), [...values.slice(0, 4), 0]);
});

const wrong: [string, unknown, Elemtype, number, string][] = [
  [
    "a ragged array",
    [[1, 2], [3]],
    "i32",
    2,
    "x[1]: expected 2 elements, as in the previous arrays, got 1",
  ],
  [
    "a ragged empty row",
    [[], [3]],
    "i32",
    2,
    "x[1]: expected 0 elements, as in the previous arrays, got 1",
  ],
  [
    "raggedness deep down",
    [
      [[1], [2]],
      [[3], []],
    ],
    "i32",
    3,
    "x[1][1]: expected 1 elements, as in the previous arrays, got 0",
  ],
  ["too shallow", [1, 2], "i32", 2, "x[0]: expected []i32, got the number 1"],
  ["too shallow further on", [[1], 2], "i32", 2, "x[1]: expected []i32, got the number 2"],
  ["too deep", [[1]], "i32", 1, "x[0]: expected i32, got an array of length 1"],
  ["no array", 7, "f32", 1, "x: expected []f32, got the number 7"],
  [
    "out of range above",
    [127, 128],
    "i8",
    1,
    "x[1]: expected i8 from -128 to 127, got the number 128",
  ],
  [
    "out of range below",
    [-1],
    "u32",
    1,
    "x[0]: expected u32 from 0 to 4294967295, got the number -1",
  ],
  [
    "a bigint out of range",
    [2n ** 63n],
    "i64",
    1,
    "x[0]: expected i64 from -9223372036854775808 to 9223372036854775807, got the bigint 9223372036854775808n",
  ],
  ["a fraction", [[1], [1.5]], "i32", 2, "x[1][0]: expected i32, got the number 1.5"],
  ["NaN for an integer", [Number.NaN], "i32", 1, "x[0]: expected i32, got the number NaN"],
  [
    "infinity for an integer",
    [Number.POSITIVE_INFINITY],
    "u8",
    1,
    "x[0]: expected u8, got the number Infinity",
  ],
  [
    "a number beyond 2^53",
    [2 ** 53],
    "i64",
    1,
    "x[0]: expected i64 as a bigint, since the number is not exact, got the number 9007199254740992",
  ],
  ["a bigint for a float", [1n], "f64", 1, "x[0]: expected f64, got the bigint 1n"],
  ["a number for a boolean", [1], "bool", 1, "x[0]: expected a boolean, got the number 1"],
  ["a boolean for a number", [true], "i32", 1, "x[0]: expected i32, got the boolean true"],
  ["a string", ["1"], "f32", 1, 'x[0]: expected f32, got the string "1"'],
  ["a hole", new Array(1), "f32", 1, "x[0]: expected f32, got undefined"],
  ["null", [[null]], "f32", 2, "x[0][0]: expected f32, got null"],
  ["an overflow of f32", [3.5e38], "f32", 1, "x[0]: expected f32 in range, got the number 3.5e+38"],
  ["an overflow of f16", [65520], "f16", 1, "x[0]: expected f16 in range, got the number 65520"],
  [
    "another kind of row",
    [Float64Array.of(1)],
    "f32",
    2,
    "x[0]: expected []f32, got Float64Array of length 1",
  ],
  [
    "a typed array too high up",
    [Float32Array.of(1)],
    "f32",
    3,
    "x[0]: expected [][]f32, got Float32Array of length 1",
  ],
  [
    "bytes that are no bool",
    [Uint8Array.of(1, 2)],
    "bool",
    2,
    "x[0]: expected bytes of 0 and 1 for bool, got 2 at 1",
  ],
];

for (const [name, value, elemtype, rank, message] of wrong) {
  test(`${name} is refused, and the message says where`, () => {
    assert.throws(() => from(value, elemtype, rank), { message, code: "bad-argument" });
    assert.throws(() => from(value, elemtype, rank), ArgumentError);
  });
}

test("nested arrays of more than 2^25 elements and rows are refused before the attempt", () => {
  const limit = /at most 33554432 elements/;
  const isLimit = (error: unknown) => error instanceof ArgumentError && limit.test(error.message);
  // No elements, but a thousand million rows; and few elements that show often.
  assert.throws(() => new NdArray("f32", new Float32Array(0), [1e9, 0]).toNested(), isLimit);
  assert.throws(() => new NdArray("u8", new Uint8Array(1), [1e5, 1e5], [0, 0]).toNested(), isLimit);
  for (const rank of [1, 2])
    assert.throws(() => from(new Array(2 ** 32 - 1), "i32", rank), isLimit);
  assert.throws(() => from([[1], new Array(2 ** 32 - 1)], "i32", 2), /expected 1 elements/);
});

test("lengths are checked before memory for the elements is allocated", () => {
  // Of this shape there would be 10^12 elements.
  const rows = Array.from({ length: 1e6 }, () => []) as number[][];
  rows[0] = Array.from({ length: 1e6 }, () => 1);
  assert.throws(() => from(rows, "f64", 2), /^ArgumentError: x\[1\]: expected 1000000 elements/);
});

test("arrays within themselves are refused", () => {
  const within: unknown[] = [];
  within.push(within);
  assert.throws(() => nestedOf(within), /^ArgumentError: expected at most 64 levels of arrays/);
  assert.throws(() => from(within, "i32", 2), /^ArgumentError: x/);
});
