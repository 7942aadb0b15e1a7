import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { open, openSync } from "../../ts/index.ts";
import { runScript, until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const identity = programPath("identity");
const LENGTH = 100_000;

/** The one worker that `make` starts. */
async function newWorker<T>(make: () => T | Promise<T>): Promise<[T, number]> {
  const before = new Set(workersOf());
  const made = await make();
  const pid = workersOf().find((each) => !before.has(each));
  assert.ok(pid !== undefined);
  return [made, pid];
}

/** Bytes that a process has read, from whatever. */
function readBytes(pid: number): number {
  return Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}

test("a free is sent though no call follows", async () => {
  const [fut, pid] = await newWorker(() => open(identity, { backend: "c" }));
  const large = await fut.entry.id_f64_1(new Float64Array(LENGTH));
  assert.equal(large.shape[0], LENGTH);
  const before = readBytes(pid);
  large.free();
  await until("the worker has read it", () => readBytes(pid) > before);
  await fut.close();
});

test("the same with blocking calls, when the thread becomes idle", async () => {
  const [fut, pid] = await newWorker(() => openSync(identity, { backend: "c" }));
  const large = fut.entry.id_f64_1(new Float64Array(LENGTH));
  const before = readBytes(pid);
  large.free();
  await until("the worker has read it", () => readBytes(pid) > before);
  fut.close();
});

test("a free does not keep Node running, and is harmless after the worker's exit", async () => {
  const ended = await runScript(`
    for (const make of [open, openSync]) {
      const fut = await make(program("identity"), { backend: "c" });
      const first = await fut.entry.id_f64_1(new Float64Array(1e5));
      const second = await fut.entry.id_f64_1(new Float64Array(1e5));
      first.free();
      if (make === openSync) { await new Promise(setImmediate); second.free(); fut.close(); }
      else second.free();
    }
    process.stdout.write("end");
  `);
  assert.deepEqual(ended, { status: 0, signal: null, stdout: "end", stderr: "" });
});
