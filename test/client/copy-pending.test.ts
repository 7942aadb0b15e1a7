import assert from "node:assert/strict";
import { test } from "node:test";
import { isFutharkError, NdArray, nd, open } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

const options = { backend: "c" } as const;

// Small ones are in the call's reply; those larger than 64 KiB are requested separately.
for (const length of [0, 1, 1000, 8000, 8200, 100_003]) {
  test(`fromFuthark of a pending call resolves to its array: ${length} elements`, async () => {
    await using fut = await open(programPath("identity"), options);
    const data = Float64Array.from({ length }, (_, i) => i / 7);
    const pending = fut.entry.id_f64_1(data);
    const array = (await fut.fromFuthark(pending)) as NdArray<"f64">;
    assert.deepEqual(array.shape, [length]);
    assert.deepEqual(array.data, data);
    // Its bytes are its own: writing to them changes nothing in Futhark.
    array.data.fill(-1);
    assert.deepEqual(await (await pending).values(), data);
  });
}

test("fromFuthark of a pending call keeps the shape", async () => {
  await using fut = await open(programPath("identity"), options);
  const given = nd(Int32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  const array = (await fut.fromFuthark(fut.entry.id_i32_2(given))) as NdArray;
  assert.ok(array instanceof NdArray);
  assert.deepEqual(array.toNested(), [
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

test("fromFuthark of a call that fails rejects with its error, once", async () => {
  await using fut = await open(programPath("identity"), options);
  const failing = fut.entry.id_f64_1("no array");
  const isBadArgument = (error: unknown) => isFutharkError(error, "bad-argument");
  await assert.rejects(fut.fromFuthark(failing), isBadArgument);
  await assert.rejects(failing, isBadArgument);
});

test("fromFuthark takes pending calls and handles side by side, and no scalars", async () => {
  await using fut = await open(programPath("types"), options);
  const handle = await fut.entry.leaf(7);
  const both = await fut.fromFuthark(fut.entry.leaf(8), handle);
  assert.deepEqual(both, [{ v: 8 }, { v: 7 }]);
  await assert.rejects(fut.fromFuthark(fut.entry.unmark([3, true])), (error: unknown) =>
    isFutharkError(error, "bad-argument"),
  );
});

for (const length of [3, 100_003]) {
  test(`fromFuthark reads a value that is freed or consumed meanwhile: ${length} elements`, async () => {
    await using fut = await open(programPath("errors"), options);
    const data = Int32Array.from({ length }, (_, i) => i);
    const freed = fut.entry.same(data);
    const copy = fut.fromFuthark(freed);
    freed.free();
    assert.deepEqual(((await copy) as NdArray<"i32">).data, data);
    const consumed = fut.entry.same(data);
    const before = fut.fromFuthark(consumed);
    const put = fut.entry.put(consumed, 0n, 5);
    assert.deepEqual(((await before) as NdArray<"i32">).data, data);
    assert.deepEqual([...(await (await put).values()).subarray(0, 3)], [5, 1, 2]);
    // It is still to be sent: it waits for another call's scalar.
    const waiting = fut.entry.put(data, 0n, fut.entry.positive(8));
    const later = fut.fromFuthark(waiting);
    waiting.free();
    assert.deepEqual([...((await later) as NdArray<"i32">).data.subarray(0, 3)], [8, 1, 2]);
    await assert.rejects(fut.fromFuthark(consumed), (error: unknown) =>
      isFutharkError(error, "consumed"),
    );
  });
}
