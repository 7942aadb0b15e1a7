import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FutharkModule, nd, open } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

let fut: FutharkModule;
before(async () => {
  fut = await open(programPath("errors"), { backend: "c" });
});
after(() => fut.close());

test("JSON.stringify writes an n-d array as nested arrays", () => {
  const matrix = nd(Int8Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  assert.equal(JSON.stringify({ matrix }), '{"matrix":[[1,2,3],[4,5,6]]}');
  assert.equal(JSON.stringify(matrix.transpose()), "[[1,4],[2,5],[3,6]]");
  assert.equal(JSON.stringify(nd(BigInt64Array.of(2n ** 53n - 1n, -5n))), "[9007199254740991,-5]");
  assert.equal(JSON.stringify(nd(Float64Array.of(0.1, Number.NaN))), "[0.1,null]");
  assert.equal(JSON.stringify(nd(new Float32Array(0), [0, 3])), "[]");
});

test("an integer that JSON cannot hold exactly is an error", () => {
  assert.throws(() => JSON.stringify(nd(BigInt64Array.of(2n ** 53n))), {
    name: "ArgumentError",
    message: /within 2\^53.*got 9007199254740992/,
  });
});

test("JSON.stringify of a handle says how to get its data", async () => {
  const array = await fut.entry.same([1, 2]);
  assert.throws(() => JSON.stringify({ array }), {
    name: "ArgumentError",
    message: /\[\]i32 stays in Futhark's memory; .*await fut\.fromFuthark\(value\)/,
  });
  array.free();
});
