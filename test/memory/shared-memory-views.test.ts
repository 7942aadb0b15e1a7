import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { isFutharkError, open } from "../../ts/index.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { runScript } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const LENGTH = 100_003;
const skip = slabPool() === undefined ? "memory cannot be shared here" : false;
const fut = await open(programPath("identity"), { backend: "c" });
after(() => fut.close());

/** Every way to take a buffer's memory away from it, or to change its size, that this Node has. */
const TAKE: Record<string, (buffer: ArrayBuffer) => unknown> = {
  structuredClone: (buffer) => structuredClone(buffer, { transfer: [buffer] }),
  postMessage: (buffer) => {
    const { port1 } = new MessageChannel();
    try {
      port1.postMessage(buffer, [buffer]);
    } finally {
      port1.close();
    }
  },
  "a stream of bytes": (buffer) =>
    new ReadableStream({
      type: "bytes",
      start: (controller) => controller.enqueue(new Uint8Array(buffer)),
    }),
};
for (const name of ["transfer", "transferToFixedLength", "transferToImmutable", "resize"]) {
  const method = Reflect.get(ArrayBuffer.prototype, name) as
    | ((size: number) => unknown)
    | undefined;
  if (method !== undefined) TAKE[name] = (buffer) => method.call(buffer, buffer.byteLength);
}

describe("a buffer of shared memory stays with its array", { skip }, () => {
  for (const [name, take] of Object.entries(TAKE)) {
    test(`whatever is tried: ${name}`, () => {
      const array = fut.alloc("i32", [LENGTH]);
      array.data.fill(3);
      const { buffer } = array.data;
      try {
        take(buffer as ArrayBuffer); // a copy, or an error
      } catch (error) {
        assert.match((error as Error).name, /TypeError|DataCloneError/);
      }
      assert.equal(array.data.buffer, buffer);
      assert.deepEqual(array.data, new Int32Array(LENGTH).fill(3));
      array.release();
    });
  }
});

test("views of a released array are empty, and never show another array", { skip }, async () => {
  const array = fut.alloc("f64", [LENGTH]);
  array.data.fill(1);
  const { data } = array;
  const part = data.subarray(10);
  const slice = array.slice([10, 20]);
  array.release();
  // It takes the same memory.
  const next = fut.alloc("f64", [LENGTH]);
  next.data.fill(2);
  assert.deepEqual([data.length, data[0], part.length, part[0]], [0, undefined, 0, undefined]);
  const freed = (error: unknown): boolean => isFutharkError(error, "freed");
  assert.throws(() => slice.get(0), freed);
  assert.throws(() => slice.toNested(), freed);
  assert.throws(() => slice.contiguous());
  await assert.rejects(fut.entry.id_f64_1(data), { code: "bad-argument" });
  await assert.rejects(fut.entry.id_f64_1(slice), { code: "bad-argument" });
  assert.ok(next.data.every((value) => value === 2));
});

test("a buffer holds zeros beyond its array, not earlier contents", { skip }, () => {
  for (const length of [LENGTH, LENGTH - 100, LENGTH - 9000, LENGTH]) {
    const array = fut.alloc("u8", [length * 8]);
    assert.equal(array.data.byteOffset, 0);
    const rest = new Uint8Array(array.data.buffer).subarray(length * 8);
    assert.ok(rest.every((byte) => byte === 0));
    array.data.fill(255);
    array.release();
  }
});

test("bytes written beyond an array do not reach the call that takes it", {
  skip,
}, async () => {
  const array = fut.alloc("u8", [LENGTH]);
  new Uint8Array(array.data.buffer).fill(7);
  const result = await fut.entry.id_u8_1(array);
  assert.deepEqual(await result.values(), new Uint8Array(LENGTH).fill(7));
});

test("a process that still holds shared arrays exits normally", async () => {
  const ended = await runScript(`
    const fut = await open(program("identity"), { backend: "c" });
    const filled = fut.alloc("i32", [${LENGTH}]);
    filled.data.fill(5);
    const borrowed = await (await fut.entry.id_i32_1(filled)).borrow();
    process.on("exit", () => process.stdout.write(String(borrowed.data[${LENGTH} - 1])));
  `);
  assert.deepEqual(ended, { status: 0, signal: null, stdout: "5", stderr: "" });
});
