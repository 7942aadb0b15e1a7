import assert from "node:assert/strict";
import { type FutharkModule, isFutharkError, nd } from "../../ts/index.ts";

const LARGE = Int32Array.from({ length: 100_000 }, (_, i) => i);

/** Uses of a module over all data paths; each checks its results. */
export const STEPS: Record<string, (fut: FutharkModule) => Promise<void>> = {
  scalar: async ({ entry }) => assert.equal(await entry.positive(3), 3),
  small: async ({ entry }) => {
    const xs = await entry.same([5, 6]);
    assert.deepEqual([...(await xs.values())], [5, 6]);
    xs.free();
  },
  large: async ({ entry }) => {
    const xs = await entry.same(LARGE);
    assert.deepEqual(await xs.values(), LARGE);
    xs.free();
  },
  consumed: async ({ entry }) => {
    const xs = await entry.put(LARGE, 1n, 77);
    assert.equal(await entry.element(xs, 1n), 77);
    xs.free();
  },
  made: async ({ entry }) => {
    const xs = await entry.allocate(100_000n);
    assert.equal((await xs.values())[99_999], 99_999n);
    xs.free();
  },
  product: async ({ entry }) => {
    const ones = nd(new Float64Array(40_000).fill(1), [200, 200]);
    const xs = await entry.matmul(ones, ones);
    assert.equal((await xs.values())[7], 200);
    xs.free();
  },
  borrowed: async (fut) => {
    using filled = fut.alloc("i32", [LARGE.length]);
    filled.data.set(LARGE);
    const xs = await fut.entry.same(filled);
    using array = await xs.borrow();
    assert.deepEqual(array.data, LARGE);
    xs.free();
  },
};

/** What a step came to where it did not go right: the code of a typed error, or a fault. */
export async function outcome(run: () => unknown): Promise<string> {
  try {
    await run();
    return "";
  } catch (error) {
    if (isFutharkError(error)) return error.code;
    throw error;
  }
}

/** Waits, but not for ever. */
export async function within<T>(what: string, result: Promise<T>, ms = 30_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}
