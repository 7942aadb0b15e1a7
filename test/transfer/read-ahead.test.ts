import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type FutharkArray, type FutharkModule, open } from "../../ts/index.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import * as messages from "../../ts/wire/messages.ts";
import { Packer } from "../../ts/wire/packer.ts";
import { Unpacker } from "../../ts/wire/unpacker.ts";
import { backendsToTest, openOptions } from "../support/backends.ts";
import { programPath } from "../support/programs.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

// The kinds of requests in each write.
let writes: number[][] = [];
const { take } = Packer.prototype;
let fut: FutharkModule;
before(() => {
  Packer.prototype.take = function (): Uint8Array {
    const bytes = take.call(this);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const kinds: number[] = [];
    for (let at = 0; at < bytes.byteLength; at += 12 + view.getUint32(at, true)) {
      kinds.push(view.getUint32(at + 8, true));
    }
    if (kinds.length > 0) writes.push(kinds);
    return bytes;
  };
});
after(() => {
  Packer.prototype.take = take;
});
beforeEach(async (t) => {
  fut = await open(programPath("errors"), { backend: "c" });
  (t as { after: typeof after }).after(() => fut.close());
  writes = [];
});

const reads = (): number => writes.flat().filter((kind) => kind === messages.VALUES).length;
const XS = Int32Array.from({ length: 1000 }, (_, i) => i * i);

test("the elements of a result are read with the call after earlier results were read", async () => {
  const y = await fut.entry.same(XS);
  assert.equal(reads(), 0);
  assert.deepEqual(await y.values(), XS);
  writes = [];
  for (let i = 0; i < 10; i++) {
    const y = await fut.entry.same(XS.map((x) => x + i));
    const values = await y.values();
    assert.deepEqual(
      values,
      XS.map((x) => x + i),
    );
    // Its second reader has a copy of its own.
    if (i === 9) {
      values.fill(0);
      assert.deepEqual([...(await y.values()).subarray(0, 3)], [9, 10, 13]);
    }
    y.free();
  }
  assert.equal(writes.length, 10 + 1);
  assert.equal(reads(), 10 + 1);
});

test("unread results soon stop being read ahead", async () => {
  await (await fut.entry.same(XS)).values();
  writes = [];
  for (let i = 0; i < 20; i++) await fut.entry.same(XS);
  assert.equal(reads(), 4);
  let chain = fut.entry.same(XS);
  for (let i = 0; i < 20; i++) chain = fut.entry.same(chain);
  assert.equal(reads(), 4);
  assert.deepEqual(await (await chain).values(), XS);
});

test("elements read ahead are not returned for a freed value", async () => {
  for (let i = 0; i < 3; i++) await (await fut.entry.same(XS)).values();
  const freed = await fut.entry.same(XS);
  const values = freed.values();
  freed.free();
  assert.deepEqual(await values, XS);
  await assert.rejects(freed.values(), { code: "freed" });
  const consumed = await fut.entry.same(XS);
  const put = await fut.entry.put(consumed, 0n, 77);
  await assert.rejects(consumed.values(), { code: "consumed" });
  assert.equal((await put.values())[0], 77);
  const lost = await fut.entry.same(XS);
  fut.kill();
  await assert.rejects(lost.values(), { code: "freed", message: /is lost/ });
});

test("a reply of another size than the call's is not taken for the result", async (t) => {
  await (await fut.entry.same(XS)).values();
  const { dims } = Unpacker.prototype;
  for (const wrong of [[999], [1001], [10], []]) {
    let asked = 0;
    // The first sizes are those of the call's reply, the second those of what is read ahead.
    const mocked = t.mock.method(Unpacker.prototype, "dims", function (this: Unpacker, n: number) {
      const found = dims.call(this, n);
      if (++asked !== 2) return found;
      if (wrong[0] === 999) this.scalar("i32");
      return wrong.length === 0 ? [-1] : wrong;
    });
    const y = await fut.entry.same(XS);
    assert.deepEqual(await y.values(), XS);
    mocked.mock.restore();
    assert.ok(asked >= 2);
  }
});

test("what was read ahead is not kept for a value that is gone", async () => {
  const large = new Int32Array(8000);
  const kept: unknown[] = [];
  const round = async (): Promise<void> => {
    await (await fut.entry.same(large)).values();
    const freed = await fut.entry.same(large);
    freed.free();
    const consumed = await fut.entry.same(large);
    (await fut.entry.put(consumed, 0n, 1)).free();
    kept.push(freed, consumed);
  };
  const held = async (): Promise<number> => {
    for (let i = 0; i < 4; i++) {
      collect();
      await setImmediate();
    }
    return process.memoryUsage().arrayBuffers;
  };
  await round();
  const before = await held();
  for (let i = 0; i < 50; i++) await round();
  const more = (await held()) - before;
  assert.ok(more < 50 * large.byteLength, `${more} bytes`);
  assert.equal(kept.length, 102);
});

test("failing calls and large results are the same with reading ahead", async () => {
  const large = new Int32Array(100_000).fill(3);
  for (let i = 0; i < 3; i++) await (await fut.entry.same(XS)).values();
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await (await fut.entry.same(large)).values(), large);
    assert.deepEqual(await (await fut.entry.same(XS)).values(), XS);
    await assert.rejects(fut.entry.put(XS, -1n, 0), { code: "program-error" });
  }
});

for (const { backend, skip } of backendsToTest) {
  test(`whoever reads a result, or what was made of it, gets the failure of its call, on ${backend}`, {
    skip,
  }, async () => {
    await using own = await open(programPath("errors"), openOptions(backend));
    const ones = new Int32Array(500).fill(1);
    const withZero = ones.with(77, 0);
    const failed = { code: "program-error", message: /division by zero/ };
    for (let i = 0; i < 3; i++) {
      const y = await own.entry.reciprocals(ones);
      assert.deepEqual(await y.values(), new Int32Array(500).fill(1000));
      const read = async () => (await own.entry.reciprocals(withZero)).values();
      await assert.rejects(read(), failed);
      const made = async () => (await own.entry.same(own.entry.reciprocals(withZero))).values();
      await assert.rejects(made(), failed);
    }
  });

  test(`a result of a failed call never shows elements, on ${backend}`, { skip }, async () => {
    await using own = await open(programPath("errors"), openOptions(backend));
    const ones = new Int32Array(500).fill(1);
    const failed = { code: "program-error", message: /division by zero/ };
    const before = await own.entry.reciprocals(ones);
    await own.sync();
    for (let i = 0; i < 3; i++) {
      // On a device the call itself succeeds, and the failure is reported once, later.
      const bad = own.entry.reciprocals(ones.with(77, 0));
      const made = own.entry.same(bad);
      const [value, other] = await Promise.allSettled([bad, made]);
      assert.equal(value.status, other.status);
      assert.equal(value.status, backend === "opencl" ? "fulfilled" : "rejected");
      for (let k = 0; k < 3; k++) {
        await assert.rejects(async () => (await made).values(), failed);
        await assert.rejects(async () => (await bad).values(), failed);
        await assert.rejects(async () => (await own.entry.same(bad)).values(), failed);
      }
      assert.deepEqual(await before.values(), new Int32Array(500).fill(1000));
      const after = await own.entry.reciprocals(ones);
      assert.deepEqual(await after.values(), new Int32Array(500).fill(1000));
    }
  });
}

const LARGE = Int32Array.from({ length: 40_000 }, (_, i) => i * 3);

test("large results are read with the call once two in a row had the same shape", {
  skip: slabPool() === undefined && "they are only read ahead into shared memory",
}, async () => {
  for (let i = 0; i < 2; i++) await (await fut.entry.same(LARGE)).values();
  writes = [];
  for (let i = 0; i < 10; i++) {
    const xs = LARGE.map((x) => x + i);
    const y = await fut.entry.same(xs);
    const values = await y.values();
    assert.deepEqual(values, xs);
    assert.equal(values.buffer.byteLength, values.byteLength);
    // The second reader has a copy of its own.
    values.fill(0);
    if (i % 5 === 4) assert.deepEqual(await y.values(), xs);
    y.free();
  }
  assert.equal(writes.length, 10 + 2);
  assert.equal(reads(), 10 + 2);
});

test("a borrowed result can come with the call, and stays when later ones do", {
  skip: slabPool() === undefined && "they are only read ahead into shared memory",
}, async () => {
  for (let i = 0; i < 2; i++) (await (await fut.entry.same(LARGE)).borrow()).release();
  writes = [];
  const kept: { xs: Int32Array; data: Int32Array }[] = [];
  for (let i = 0; i < 10; i++) {
    const xs = LARGE.map((x) => x ^ i);
    using y = await fut.entry.same(xs);
    kept.push({ xs, data: (await y.borrow()).data });
  }
  assert.equal(writes.length, 10);
  for (const { xs, data } of kept) assert.deepEqual(data, xs);
});

test("an unread large result stops reading ahead, and gives its memory back", async () => {
  const pool = slabPool();
  const read = async (n: number): Promise<void> => {
    const xs = LARGE.subarray(0, n);
    const y = await fut.entry.same(xs);
    assert.deepEqual(await y.values(), xs);
    y.free();
  };
  for (let i = 0; i < 3; i++) await read(40_000);
  const before = pool?.usedBytes;
  writes = [];
  const unread = [];
  for (let i = 0; i < 5; i++) unread.push(await fut.entry.same(LARGE));
  assert.equal(reads(), pool === undefined ? 0 : 1);
  const [first, second] = unread;
  assert.deepEqual(await first?.values(), LARGE);
  assert.deepEqual(await second?.values(), LARGE);
  // One that is consumed, one that is freed before its elements have arrived, and one that stays.
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 2; k++) await read(40_000);
    const y = fut.entry.same(LARGE);
    if (i === 0) (await fut.entry.put(y, 0n, 7)).free();
    if (i === 1) y.free();
    if (i === 2) (await y).free();
  }
  for (const y of unread) y.free();
  await fut.sync();
  usesAtMost(before);
});

/** What earlier tests left for the collector may have gone meanwhile. */
function usesAtMost(bytes = 0): void {
  assert.ok((slabPool()?.usedBytes ?? 0) <= bytes);
}

test("results of other shapes and sizes are right after some were read ahead", async () => {
  const sizes = [
    40_000, 40_000, 40_000, 30_000, 30_000, 30_000, 10, 40_000, 50_000, 50_000, 50_000,
  ];
  const pool = slabPool();
  const before = pool?.usedBytes;
  for (const [i, size] of [...sizes, ...sizes].entries()) {
    const xs = Int32Array.from({ length: size }, (_, k) => k * i);
    const y = await fut.entry.same(xs);
    if (i % 3 === 0) {
      using borrowed = await y.borrow();
      assert.deepEqual(borrowed.data, xs);
    } else assert.deepEqual(await y.values(), xs);
    y.free();
  }
  await fut.sync();
  usesAtMost(before);
});

test("large elements that came with a call are gone with the worker", async () => {
  for (let i = 0; i < 3; i++) await (await fut.entry.same(LARGE)).values();
  const lost = await fut.entry.same(LARGE);
  const coming = fut.entry.same(LARGE).then((y: FutharkArray<"i32">) => y.values());
  fut.kill();
  await assert.rejects(lost.values(), { code: "freed", message: /is lost/ });
  await assert.rejects(coming);
});

test("a typed array that came with a call can be moved to another thread", async () => {
  for (let i = 0; i < 4; i++) {
    const values = await (await fut.entry.same(LARGE)).values();
    const moved = structuredClone(values, { transfer: [values.buffer as ArrayBuffer] });
    assert.equal(values.length, 0);
    assert.deepEqual(moved, LARGE);
  }
});
