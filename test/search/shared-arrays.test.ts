import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { heldMemory } from "../memory/held.ts";
import { programPath } from "../support/programs.ts";
import { startThread } from "../support/thread.ts";
import { Random } from "./random.ts";
import { seed, steps } from "./scale.ts";
import { SharedArrays } from "./shared-arrays.ts";

const identity = programPath("identity");

test("shared arrays of several modules keep their values", async (t) => {
  const from = seed();
  t.diagnostic(`TEST_SEED=${from}`);
  const arrays = await SharedArrays.open(identity, from, 3);
  try {
    await arrays.run(steps(400, 20_000));
  } finally {
    await arrays.close();
  }
});

/** What a thread, or a child process, does; it reports when it has started and when it is done. */
const USE = `
const { SharedArrays } = await load("./test/search/shared-arrays.ts");
const arrays = await SharedArrays.open(workerData.program, workerData.seed, 2);
parentPort.postMessage("started");
try {
  await arrays.run(workerData.steps);
  parentPort.postMessage("right");
} catch (error) {
  parentPort.postMessage(error.message);
}
if (workerData.end === "close") await arrays.close();
else if (workerData.end === "exit") process.exit();
else setInterval(() => {}, 1000);
`;

test("threads that end at any instant leave the others' arrays intact and no memory behind", async (t) => {
  const from = seed();
  t.diagnostic(`TEST_SEED=${from}`);
  const random = new Random(from);
  const arrays = await SharedArrays.open(identity, from, 1);
  await arrays.run(20);
  const before = heldMemory();
  for (let round = 0; round < steps(1, 100); round++) {
    const threads = Array.from({ length: 3 }, () => {
      const end = random.pick(["close", "exit", "terminate"]);
      const data = { program: identity, seed: random.below(2 ** 31), steps: 40, end };
      return { end, thread: startThread(USE, data), steps: random.below(60) };
    });
    const ended = threads.map(async ({ end, thread, steps: wait }) => {
      const exit = once(thread, "exit");
      const said: string[] = [];
      thread.on("message", (text: string) => said.push(text));
      if (end === "terminate") {
        // During opening, during calls, or when all is done.
        if (wait > 10) await once(thread, "message");
        await arrays.run(wait);
        await thread.terminate();
      }
      await exit;
      assert.ok(end === "terminate" || said.length === 2, `${end}: ${said}`);
      for (const text of said) assert.match(text, /^(started|right)$/);
    });
    await Promise.all(ended);
  }
  await arrays.run(40);
  await arrays.close();
  const now = heldMemory();
  // This thread's own may have grown meanwhile.
  assert.ok(now.open <= before.open + 30, `${now.open} descriptors, ${before.open} before`);
});

test("forked child processes share no memory with their parent", async (t) => {
  const from = seed();
  t.diagnostic(`TEST_SEED=${from}`);
  const arrays = await SharedArrays.open(identity, from, 1);
  await arrays.run(50);
  const script = fileURLToPath(new URL("shared-arrays-child.ts", import.meta.url));
  const children = Array.from({ length: 2 }, (_, i) => {
    const args = [identity, String(from + i), String(steps(40, 3000))];
    return fork(script, args, { execArgv: ["--import", "tsx"] });
  });
  const ended = Promise.all(children.map((child) => once(child, "exit")));
  let running = true;
  void ended.then(() => {
    running = false;
  });
  while (running) await arrays.run(20);
  for (const [status] of await ended) assert.equal(status, 0);
  await arrays.close();
});
