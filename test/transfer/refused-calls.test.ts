import assert from "node:assert/strict";
import { test } from "node:test";
import { open, openSync } from "../../ts/index.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const pool = slabPool();
const skip = pool === undefined ? "memory cannot be shared here" : false;
const types = programPath("types");
const walk = { steps: new Int32Array(2 ** 20), at: 1 };

test("memory shared with a call that fails before it is sent is released", { skip }, async () => {
  const fut = await open(types, { backend: "c" });
  const free = () => until("no block is in use", () => pool?.usedBytes === 0);
  await assert.rejects(fut.entry.walk_step(walk, "far"), { code: "bad-argument" });
  await free();
  // Here the call waits for a number, which does not come.
  const number = fut.entry.types("none");
  await assert.rejects(fut.entry.walk_step(walk, number), { code: "bad-argument" });
  await free();
  await fut.close();
});

test("refused calls keep no shared memory, even if the event loop never runs", {
  skip,
}, async () => {
  const fut = await open(types, { backend: "c" });
  for (let i = 0; i < 20; i++) {
    // Awaiting a rejection runs only microtasks, so no reply of the worker is read.
    await assert.rejects(fut.entry.walk_step(walk, "far"), { code: "bad-argument" });
    assert.equal(pool?.usedBytes, 0);
  }
  await fut.close();
});

test("the same with blocking calls", { skip }, () => {
  const fut = openSync(types, { backend: "c" });
  assert.throws(() => fut.entry.walk_step(walk, "far"), { code: "bad-argument" });
  assert.equal(pool?.usedBytes, 0);
  fut.close();
});
