import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  type BorrowedArray,
  type FutharkArray,
  isFutharkError,
  nd,
  open,
  openSync,
} from "../../ts/index.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { BACKENDS, programPath } from "../support/programs.ts";

const identity = programPath("identity");
// Well above what goes down the pipe, and no multiple of 64 bytes.
const LENGTH = 100_003;

const shared = slabPool() !== undefined && existsSync("/proc/self/fd");
const needsSharing = shared ? false : "memory cannot be shared here";

for (const sharedMemory of [true, false]) {
  describe(`large arrays, sharedMemory: ${sharedMemory}`, () => {
    test("go in and come back unchanged", async () => {
      await using fut = await open(identity, { backend: "c", sharedMemory });
      const data = Float64Array.from({ length: LENGTH }, (_, i) => i / 7);
      const array: FutharkArray<"f64"> = await fut.entry.id_f64_1(data);
      assert.deepEqual(await array.values(), data);
      assert.deepEqual((await array.borrow()).data, data);
    });

    test("may change as soon as the call returns, as they were copied", async () => {
      await using fut = await open(identity, { backend: "c", sharedMemory });
      const data = new Int32Array(LENGTH).fill(3);
      const pending = fut.entry.id_i32_1(data);
      data.fill(4);
      const values: Int32Array = await (await pending).values();
      assert.ok(values.every((value) => value === 3));
    });

    test("of alloc are read in place, of any elemtype and shape", async () => {
      await using fut = await open(identity, { backend: "c", sharedMemory });
      const array = fut.alloc("u16", [3, LENGTH]);
      array.data.set(Uint16Array.from({ length: 3 * LENGTH }, (_, i) => i % 65521));
      const copy = array.data.slice();
      const result: FutharkArray<"u16"> = await fut.entry.id_u16_2(array);
      assert.deepEqual(result.shape, [3, LENGTH]);
      assert.deepEqual(await result.values(), copy);
      const view = await result.borrow();
      assert.deepEqual(view.data, copy);
      // A borrowed array can be an argument again, without a copy.
      const again: FutharkArray<"u16"> = await fut.entry.id_u16_2(view);
      view.release();
      assert.deepEqual(await again.values(), copy);
    });

    test("of alloc are not changed, and values made from them do not change with them", async () => {
      for (const backend of BACKENDS) {
        await using fut = await open(programPath("errors"), { backend, sharedMemory });
        const array = fut.alloc("i32", [LENGTH]);
        array.data.fill(1);
        const results: FutharkArray<"i32">[] = [
          await fut.entry.same(array),
          ...(await fut.entry.twice(array)),
          await fut.entry.put(array, 5n, 1),
        ];
        await fut.entry.put(array, 0n, 9);
        assert.ok(array.data.every((value) => value === 1));
        array.data.fill(-1);
        for (const result of results) {
          assert.ok((await result.values()).every((value) => value === 1));
        }
      }
    });

    test("are refused after release, by every member", async () => {
      await using fut = await open(identity, { backend: "c", sharedMemory });
      const array = fut.alloc("f32", [LENGTH]);
      array.data.fill(1);
      array.release();
      array.release();
      assert.equal(array.released, true);
      const freed = (error: unknown): boolean => isFutharkError(error, "freed");
      assert.throws(() => array.data, freed);
      assert.throws(() => array.get(0), freed);
      assert.throws(() => array.slice(0), freed);
      assert.throws(() => array.toNested(), freed);
      await assert.rejects(fut.entry.id_f32_1(array), freed);
      assert.equal(await fut.entry.id_i32_0(5), 5);
    });

    test("released during a call are still read by it", async () => {
      await using fut = await open(identity, { backend: "c", sharedMemory });
      const results = [];
      for (let i = 0; i < 20; i++) {
        using array: BorrowedArray<"i32"> = fut.alloc("i32", [LENGTH]);
        array.data.fill(i);
        results.push(fut.entry.id_i32_1(array));
      }
      for (const [i, pending] of results.entries()) {
        const values: Int32Array = await (await pending).values();
        assert.ok(
          values.every((value) => value === i),
          `call ${i}`,
        );
      }
    });

    test("are the same with blocking calls", () => {
      using fut = openSync(identity, { backend: "c", sharedMemory });
      const data = BigInt64Array.from({ length: LENGTH }, (_, i) => BigInt(i) ** 3n);
      assert.deepEqual(fut.entry.id_i64_1(data).values(), data);
      const array = fut.alloc("bool", [LENGTH]);
      array.data.fill(1);
      assert.ok(
        fut.entry
          .id_bool_1(array)
          .borrow()
          .data.every((byte: number) => byte === 1),
      );
      array.data[7] = 2;
      assert.throws(() => fut.entry.id_bool_1(array), /bool/);
    });
  });
}

test("a refused call releases its memory once", { skip: needsSharing }, async () => {
  await using fut = await open(programPath("weigh"), { backend: "c" });
  const xs = new Int32Array(LENGTH).fill(1);
  await assert.rejects(fut.entry.weigh({ xs, n: 1n }, "bad"), { code: "bad-argument" });
  await assert.rejects(fut.entry.weigh({ xs, n: "bad" }, 1n), { code: "bad-argument" });
  const first = fut.alloc("i32", [LENGTH]);
  first.data.fill(7);
  assert.equal(await fut.entry.sum([1]), 1);
  const second = fut.alloc("i32", [LENGTH]);
  second.data.fill(9);
  assert.ok(first.data.every((value) => value === 7));
});

test("a borrowed buffer is copied when sent to another thread", {
  skip: needsSharing,
}, async () => {
  await using fut = await open(identity, { backend: "c" });
  const array = fut.alloc("i32", [LENGTH]);
  array.data.fill(3);
  const { buffer } = array.data;
  try {
    // Before Node 21 this is a copy, since then an error.
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  } catch (error) {
    assert.equal((error as Error).name, "DataCloneError");
  }
  assert.equal(array.data.length, LENGTH);
  assert.deepEqual(structuredClone(array.data), new Int32Array(LENGTH).fill(3));
});

test("the memory of released arrays is used again", { skip: needsSharing }, async () => {
  await using fut = await open(identity, { backend: "c" });
  const before = openMemory();
  for (let i = 0; i < 50; i++) {
    const array: FutharkArray = await fut.entry.id_f64_2(nd(new Float64Array(1e6), [1000, 1000]));
    const view = await array.borrow();
    view.release();
    array.free();
  }
  assert.ok(openMemory() - before <= 2, `${openMemory() - before} slabs for one array at a time`);
});

test("nothing is left in /dev/shm", { skip: needsSharing }, async () => {
  const names = (): string[] => readdirSync("/dev/shm").filter((name) => name.includes("futhark"));
  const fut = await open(identity, { backend: "c" });
  await fut.entry.id_f64_1(new Float64Array(LENGTH));
  assert.deepEqual(names(), []);
  await fut.close();
});

test("a collected array's memory is released, but not while a view of it is reachable", {
  skip: needsSharing,
}, async () => {
  const script = fileURLToPath(new URL("forgotten.ts", import.meta.url));
  const flags = ["--expose-gc", "--import", "tsx", script, identity];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  assert.equal(stdout, "view kept: 42, taken back: true\n");
});

test("a worker that cannot map shared memory receives the same through the pipe", async () => {
  // The probe of another process: what a worker of another user, or in a container, sees.
  const script = fileURLToPath(new URL("unreachable.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--import",
    "tsx",
    script,
    identity,
  ]);
  assert.equal(stdout, "shared: false, equal: true\n");
});

/** Number of slabs that this process has open. */
function openMemory(): number {
  return readFileSync("/proc/self/maps", "utf8").split("memfd:futhark-bridge").length - 1;
}
