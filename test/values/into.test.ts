import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type FutharkArray, NdArray, nd, open, openSync } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

const fut = await open(programPath("errors"), { backend: "c" });
after(() => fut.close());

/** Arrays that come in a reply, and in shared memory where there is such. */
const SIZES = [0, 5, 40_000];
const ramp = (size: number): Int32Array => Int32Array.from({ length: size }, (_, i) => i - 7);

for (const size of SIZES) {
  const xs = ramp(size);
  test(`values fills an array of ${size} elements of the user's, and nothing beside it`, async () => {
    const y = await fut.entry.same(xs);
    const around = new Int32Array(size + 4).fill(-1);
    const into = around.subarray(2, size + 2);
    for (let i = 0; i < 5; i++) {
      into.fill(0);
      const z = await fut.entry.same(xs.map((x) => x + i));
      assert.equal(await z.values({ into }), into);
      assert.deepEqual(around, Int32Array.of(-1, -1, ...xs.map((x) => x + i), -1, -1));
      z.free();
    }
    assert.deepEqual(await y.values({}), xs);
    assert.equal(await fut.entry.same(y).values({ into }), into);
    assert.deepEqual(into, xs);
  });

  test(`toNdArray and get fill an NdArray of ${size} elements`, async () => {
    const y = await fut.entry.same(xs);
    const into = nd(new Int32Array(size));
    assert.equal(await y.toNdArray({ into }), into);
    assert.deepEqual(into.data, xs);
    into.data.fill(0);
    assert.equal(await y.get({ into }), into);
    assert.deepEqual(into.data, xs);
    into.data.fill(0);
    assert.equal(await fut.entry.same(xs).toNdArray({ into }), into);
    assert.deepEqual(into.data, xs);
    // A row of a larger array, and memory from alloc.
    const rows = nd(new Int32Array(3 * size).fill(-1), [3, size]);
    await y.toNdArray({ into: rows.slice(1) });
    assert.deepEqual(
      rows.data,
      Int32Array.of(...new Array(size).fill(-1), ...xs, ...new Array(size).fill(-1)),
    );
    using shared = fut.alloc("i32", [size]);
    assert.equal(await y.toNdArray({ into: shared }), shared);
    assert.deepEqual(shared.data, xs);
    assert.deepEqual(await fut.entry.same(shared).values(), xs);
  });
}

test("the array to fill must be of the right kind and length, in memory of this thread", async () => {
  const y = await fut.entry.same(ramp(5));
  const moved = new Int32Array(5);
  structuredClone(moved, { transfer: [moved.buffer] });
  const cases: [unknown, RegExp][] = [
    [new Float32Array(5), /^\[\]i32 values into: expected Int32Array for i32, got Float32Array/],
    [new Uint32Array(5), /expected Int32Array for i32, got Uint32Array/],
    [[1, 2, 3, 4, 5], /expected Int32Array for i32, got \[/],
    [null, /expected Int32Array for i32, got null/],
    [new DataView(new ArrayBuffer(20)), /expected Int32Array for i32, got DataView/],
    [new Int32Array(4), /expected 5 elements for shape \[5\], got 4/],
    [new Int32Array(6), /expected 5 elements for shape \[5\], got 6/],
    [moved, /the buffer of the Int32Array is detached/],
    [new Int32Array(new SharedArrayBuffer(20)), /got one in a SharedArrayBuffer/],
  ];
  for (const [into, message] of cases) {
    const wrong = { into } as { into: Int32Array };
    await assert.rejects(y.values(wrong), { code: "bad-argument", message });
    await assert.rejects(fut.entry.same(y).values(wrong), { code: "bad-argument", message });
  }
  for (const options of [new Int32Array(5), 5, null]) {
    const message = /^\[\]i32 values: expected options \{ into \}, got/;
    await assert.rejects(y.values(options as never), { code: "bad-argument", message });
  }
  const message = /unknown option int; known is into \(did you mean into\?\)/;
  await assert.rejects(y.values({ int: new Int32Array(5) } as never), { message });
  assert.deepEqual(await y.values(), ramp(5));
});

test("the NdArray to fill must have the elemtype, shape and order", async () => {
  const y = await fut.entry.same(ramp(6));
  const every = new NdArray("i32", new Int32Array(12), [6], [2]);
  const cases: [unknown, RegExp][] = [
    [nd(new Float32Array(6)), /expected an NdArray i32 of shape \[6\], got f32 of shape \[6\]/],
    [nd(new Int32Array(6), [2, 3]), /expected an NdArray i32 of shape \[6\], got i32 of shape/],
    [new Int32Array(6), /expected an NdArray i32 of shape \[6\], got Int32Array of length 6/],
    [every, /expected row-major order, got strides \[2\]/],
  ];
  for (const [into, message] of cases) {
    await assert.rejects(y.toNdArray({ into } as never), { code: "bad-argument", message });
  }
  const released = fut.alloc("i32", [6]);
  released.release();
  await assert.rejects(y.toNdArray({ into: released }), { code: "freed" });
});

test("an array that loses its memory before the elements arrive is not filled", async () => {
  // No result has been read from it, so none comes with its call.
  await using own = await open(programPath("errors"), { backend: "c" });
  for (const size of [5, 40_000]) {
    const y = await own.entry.put(ramp(size), 0n, -7);
    const z = await own.entry.same(y);
    const into = new Int32Array(size);
    const filled = y.values({ into });
    const moved = structuredClone(into, { transfer: [into.buffer] });
    await assert.rejects(filled, { code: "bad-argument", message: /memory was taken away/ });
    assert.deepEqual(moved, new Int32Array(size));
    const shared = own.alloc("i32", [size]);
    const late = z.toNdArray({ into: shared });
    if (shared.data.buffer.byteLength !== 4 * size) {
      shared.release();
      await assert.rejects(late, { code: "bad-argument", message: /memory was taken away/ });
    } else await late;
    assert.deepEqual(await y.values(), ramp(size));
    y.free();
  }
});

test("results that are freed, consumed or lost leave the array as it is", async () => {
  const into = new Int32Array(5);
  const freed = await fut.entry.same(ramp(5));
  freed.free();
  await assert.rejects(freed.values({ into }), { code: "freed" });
  await using own = await open(programPath("errors"), { backend: "c" });
  const lost = await own.entry.same(ramp(5));
  own.kill();
  await assert.rejects(lost.values({ into }), { code: "freed" });
  assert.deepEqual(into, new Int32Array(5));
});

test("blocking calls fill arrays too, and throw", () => {
  const own = openSync(programPath("errors"), { backend: "c" });
  try {
    for (const size of SIZES) {
      const y: FutharkArray<"i32", 1, "blocking"> = own.entry.same(ramp(size));
      const into = new Int32Array(size);
      assert.equal(y.values({ into }), into);
      assert.deepEqual(into, ramp(size));
      assert.throws(() => y.values({ into: new Int32Array(size + 1) }), { code: "bad-argument" });
    }
  } finally {
    own.close();
  }
});
