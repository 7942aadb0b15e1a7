import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { isAlive, until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { startThread } from "../support/thread.ts";

/** Opens a module in each way, prints the pids of their workers, and ends as requested. */
const USE = `
const { program, last } = workerData;
const fut = await bridge.open(program, { backend: "c" });
const sync = bridge.openSync(program, { backend: "c" });
parentPort.postMessage([fut.pid, sync.pid, sync.entry.positive(await fut.entry.positive(3))]);
if (last === "terminate") await new Promise(() => setInterval(() => {}, 1000));
if (last === "close") { sync.close(); await fut.close(); }
if (last === "exit") process.exit();
`;

// Node waits for a child in the event loop of the thread that started it, and nowhere else: where
// the thread ends first, the system keeps the entry of a process that is over until another worker
// is started. That holds nothing but its number; no process goes on, which is what these tests show.
describe("the workers of a thread end with it", () => {
  for (const last of ["close", "exit", "terminate"]) {
    test(`by ${last}`, async () => {
      const thread = startThread(USE, { program: programPath("errors"), last });
      const exit = once(thread, "exit");
      const [[first, second, result]] = await once(thread, "message");
      assert.equal(result, 3);
      if (last === "terminate") await thread.terminate();
      else await exit;
      await until("both have ended", () => !isAlive(first) && !isAlive(second));
      assert.deepEqual(
        workersOf().filter((pid) => isAlive(pid)),
        [],
      );
    });
  }
});
