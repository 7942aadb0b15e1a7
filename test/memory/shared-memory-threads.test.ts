import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { programPath } from "../support/programs.ts";
import { startThread } from "../support/thread.ts";
import { heldMemory } from "./held.ts";

/** Uses arrays of every kind, says whether they held the right values, and waits if asked to. */
const USE = `
const fut = await bridge.open(workerData.program, { backend: "c" });
const { length, last } = workerData;
const filled = fut.alloc("f64", [length]);
filled.data.forEach((_, i) => { filled.data[i] = i; });
const result = await fut.entry.id_f64_1(filled);
const copy = await result.values();
const borrowed = await result.borrow();
const right = [copy, borrowed.data].every((data) => data.every((x, i) => x === i));
globalThis.kept = borrowed.data; // until the thread ends
parentPort.postMessage(right);
if (last === "wait") await new Promise(() => setInterval(() => {}, 1000));
if (last === "close") await fut.close();
if (last === "exit") process.exit();
`;

const identity = programPath("identity");

async function use(last: string): Promise<Worker> {
  const thread = startThread(USE, { program: identity, length: 200_003, last });
  const [right] = await once(thread, "message");
  assert.equal(right, true);
  return thread;
}

describe("a worker thread with shared arrays leaks none of their memory", () => {
  for (const last of ["close", "exit"]) {
    test(`when it ends by ${last}`, async () => {
      const before = heldMemory();
      const thread = await use(last);
      assert.deepEqual(await once(thread, "exit"), [0]);
      assert.deepEqual(heldMemory(), before);
    });
  }

  test("when it is terminated", async () => {
    const before = heldMemory();
    const thread = await use("wait");
    await thread.terminate();
    assert.deepEqual(heldMemory(), before);
  });
});
