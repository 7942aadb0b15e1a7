import assert from "node:assert/strict";
import { test } from "node:test";
import { type FutharkPool, openPool, variant } from "../../ts/index.ts";
import { workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
const FOREVER = 2n ** 62n;

/** Keeps the only worker busy, so that calls made meanwhile wait in the queue. */
function occupy(pool: FutharkPool): () => Promise<void> {
  let done = (): void => {};
  const wait = new Promise<void>((resolve) => {
    done = resolve;
  });
  const task = pool.run(() => wait);
  return () => {
    done();
    return task;
  };
}

test("a worker that stays down takes no task from the others", async () => {
  const pool = await openPool(errors, { backend: "c", workers: 2, restart: false });
  const [first, second] = pool.modules as [(typeof pool.modules)[0], (typeof pool.modules)[0]];
  first.kill();
  await first.workerEnd;
  assert.deepEqual([pool.size, pool.idle], [2, 1]);
  const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
  assert.deepEqual(await pool.map("positive", numbers), numbers);
  // When no worker is left, all tasks fail with the reason.
  second.kill();
  await second.workerEnd;
  const down = { code: "worker-exit", message: /^no other is started \(option restart\)/ };
  await Promise.all(numbers.map((x) => assert.rejects(pool.entry.positive(x), down)));
  assert.deepEqual([pool.idle, pool.queued], [0, 0]);
  await pool.close();
});

test("tasks that wait when the last worker goes down fail with its error", async () => {
  const pool = await openPool(errors, { backend: "c", workers: 2, restart: false });
  const calls = Array.from({ length: 6 }, () => pool.entry.spin(FOREVER));
  for (const fut of pool.modules) fut.kill();
  await Promise.all(calls.map((call) => assert.rejects(call, { code: "worker-exit" })));
  await pool.close();
});

test("a module that a task closed takes no task from the others", async () => {
  const pool = await openPool(errors, { backend: "c", workers: 2 });
  await pool.run((fut) => fut.close());
  const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
  assert.deepEqual(await pool.map("positive", numbers), numbers);
  await pool.close();
});

test("closing with a limit ends tasks that wait for something else than a worker", async () => {
  const pool = await openPool(errors, { backend: "c", workers: 1 });
  const stuck = pool.run(() => new Promise(() => {}));
  const unlimited = pool.close();
  await Promise.all([
    pool.close({ timeoutMs: 20 }),
    assert.rejects(stuck, {
      name: "ValueStateError",
      message: "pool.run: the pool was closed while it ran, for more than 20 ms",
    }),
  ]);
  await unlimited;
  assert.deepEqual(workersOf(), []);
});

test("closing with a limit waits for a task of several calls within it", async () => {
  const pool = await openPool(errors, { backend: "c", workers: 1 });
  const task = pool.run(async (fut) => {
    for (let i = 1; i < 20; i++) await fut.entry.positive(i);
    return await fut.entry.positive(20);
  });
  await Promise.all([
    pool.close({ timeoutMs: 60_000 }),
    task.then((value) => assert.equal(value, 20)),
  ]);
  await assert.rejects(pool.close({ timeoutMs: "1" } as never), { code: "bad-argument" });
});

test("arguments in the queue are copies, of every kind of data", async () => {
  const pool = await openPool(programPath("types"), { backend: "c", workers: 1 });
  const release = occupy(pool);
  const shared = new Int32Array(new SharedArrayBuffer(8)).fill(1);
  const plain = new Int32Array(2).fill(1);
  // An n-d array of another library.
  class View {
    readonly data = plain;
    readonly shape = [2];
    readonly stride = [1];
    readonly offset = 0;
  }
  const wave = Float32Array.of(1, 2);
  const calls = [
    pool.entry.alias(shared),
    pool.entry.alias(new View()),
    pool.entry.loudness(variant("wave", wave, 2)),
  ];
  shared.fill(9);
  plain.fill(9);
  wave.fill(9);
  await release();
  const [first, second, loudness] = await Promise.all(calls);
  assert.deepEqual([...first.data], [1, 1]);
  assert.deepEqual([...second.data], [1, 1]);
  assert.equal(loudness, 6);
  await pool.close();
});

test("a small view of a large buffer is copied alone", async () => {
  const pool = await openPool(programPath("types"), { backend: "c", workers: 1 });
  const release = occupy(pool);
  const before = process.memoryUsage().arrayBuffers;
  const large = new Uint8Array(2 ** 26);
  const calls = Array.from({ length: 8 }, (_, i) =>
    pool.entry.alias(new Int32Array(large.buffer, 4 * i, 2)),
  );
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 27);
  await release();
  for (const { data } of await Promise.all(calls)) assert.deepEqual([...data], [0, 0]);
  await pool.close();
});

test("arguments that cannot be copied are refused by their name", async () => {
  const pool = await openPool(errors, { backend: "c", workers: 1 });
  const circular: unknown[] = [];
  circular.push(circular);
  const where = /^same argument 1 \(xs\): expected/;
  for (const value of [circular, new Array(2 ** 32 - 1)]) {
    await assert.rejects(pool.entry.same(value), { code: "bad-argument", message: where });
  }
  await assert.rejects(pool.map("same", [[1]], null as never), { code: "bad-argument" });
  await assert.rejects(openPool(errors, null as never), { code: "bad-argument" });
  await pool.close();
});
