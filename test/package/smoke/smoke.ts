// What works on every JavaScript engine, in about a second: run by each with the packed package.
//
//   ENGINE smoke.mjs PROGRAM PART...    writes `ok PART` for each part that does as it should

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import cluster from "node:cluster";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type FutharkModule, isFutharkError, nd, open, openPool, openSync } from "futhark-bridge";

const [program = "", ...parts] = isMainThread
  ? process.argv.slice(2)
  : (workerData as { args: string[] }).args;
const options = { backend: "c" } as const;

/** More than goes inline, so it is shared instead. */
const LARGE = 300_000;

async function withModule(use: (fut: FutharkModule) => Promise<void>): Promise<void> {
  const fut = await open(program, options);
  try {
    await use(fut);
  } finally {
    await fut.close();
  }
}

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  calls: () =>
    withModule(async (fut) => {
      assert.equal(await fut.entry.add(2, 3), 5);
      assert.equal(
        await fut.entry.sum([
          [1n, 2n],
          [3n, 4n],
        ]),
        10n,
      );
      assert.equal(await fut.entry.at(fut.entry.twice([1, 2, 3]), 2), 6);
      const swapped = await fut.entry.swap({ x: 1, y: 2 });
      assert.deepEqual(await swapped.toObject(), { x: 2, y: 1 });
      const [x, xs] = await fut.entry.both(1, [1, 2]);
      assert.equal(x, 1);
      assert.deepEqual(await xs.toNested(), [2, 3]);
    }),

  arrays: () =>
    withModule(async (fut) => {
      for (const length of [0, 1, 1000, LARGE]) {
        const data = Float64Array.from({ length }, (_, i) => i);
        const result = await fut.entry.twice(data);
        assert.deepEqual(result.shape, [length]);
        const values: Float64Array = await result.values();
        assert.ok(values.every((value, i) => value === 2 * i));
        result.free();
      }
      const grid = nd(
        BigInt64Array.from({ length: 6 }, (_, i) => BigInt(i)),
        [2, 3],
      );
      assert.equal(await fut.entry.sum(grid), 15n);
    }),

  borrow: () =>
    withModule(async (fut) => {
      const filled = fut.alloc("f64", [LARGE]);
      filled.data.fill(3);
      const borrowed = await (await fut.entry.twice(filled)).borrow();
      assert.ok((borrowed.data as Float64Array).every((value) => value === 6));
      borrowed.release();
    }),

  errors: () =>
    withModule(async (fut) => {
      const has = (code: string) => (error: unknown) =>
        isFutharkError(error) && error.code === code;
      await assert.rejects(fut.entry.add("2", 3), has("bad-argument"));
      await assert.rejects(fut.entry.at([1, 2, 3], 7), has("program-error"));
      const freed = await fut.entry.twice([1]);
      freed.free();
      await assert.rejects(fut.entry.twice(freed), has("freed"));
      assert.equal(await fut.entry.add(2, 3), 5);
    }),

  restart: () =>
    withModule(async (fut) => {
      const kept = await fut.entry.twice([1]);
      const { pid } = fut;
      const lost = fut.entry.at(kept, 0);
      fut.kill();
      await assert.rejects(lost, (error: unknown) => isFutharkError(error, "worker-exit"));
      assert.equal(await fut.entry.add(2, 3), 5);
      assert.notEqual(fut.pid, pid);
    }),

  limit: () =>
    withModule(async (fut) => {
      const limited = fut.entry.add.with({ signal: AbortSignal.abort() });
      await assert.rejects(limited(2, 3), (error: unknown) => isFutharkError(error, "aborted"));
    }),

  blocking: async () => {
    const fut = openSync(program, options);
    assert.equal(fut.entry.add(2, 3), 5);
    const data = Float64Array.from({ length: LARGE }, (_, i) => i);
    const values: Float64Array = fut.entry.twice(data).values();
    assert.ok(values.every((value, i) => value === 2 * i));
    assert.throws(() => fut.entry.at([1, 2, 3], 7), { code: "program-error" });
    fut.close();
  },

  pool: async () => {
    const pool = await openPool(program, { ...options, workers: 2 });
    const inputs = Array.from({ length: 20 }, (_, i) => [i, 1]);
    assert.deepEqual(
      await pool.map("add", inputs),
      inputs.map(([x = 0]) => x + 1),
    );
    assert.equal(await pool.entry.add(2, 3), 5);
    await pool.close();
  },

  thread: async () => {
    const thread = startThread("arrays", "borrow");
    const said: string[] = [];
    thread.on("message", (text: string) => said.push(text));
    assert.deepEqual(await once(thread, "exit"), [0]);
    assert.deepEqual(said, ["ok arrays", "ok borrow"]);
  },

  "thread-terminated": async () => {
    const thread = startThread("wait");
    const [pid] = (await once(thread, "message")) as [number];
    assert.ok(isRunning(pid));
    await thread.terminate();
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  },

  // Of a thread that is to be terminated.
  wait: () =>
    withModule(async (fut) => {
      parentPort?.postMessage(fut.pid);
      await new Promise(() => setInterval(() => {}, 1000));
    }),

  child: async () => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), program, "arrays"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    assert.deepEqual(await once(child, "close"), [0, null]);
    assert.equal(said, "ok arrays\n");
  },

  cluster: async () => {
    cluster.setupPrimary({ args: [program, "arrays"], silent: true });
    const forks = [cluster.fork(), cluster.fork()];
    const codes = await Promise.all(forks.map((fork) => once(fork, "exit")));
    assert.deepEqual(codes, [
      [0, null],
      [0, null],
    ]);
  },

  // A worker ends with the process, though nobody closes its module.
  unclosed: async () => {
    const fut = await open(program, options);
    assert.equal(await fut.entry.add(2, 3), 5);
  },
};

function startThread(...inThread: string[]): Worker {
  return new Worker(fileURLToPath(import.meta.url), {
    workerData: { args: [program, ...inThread] },
  });
}

/** Whether a process is running; a zombie is not. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.charAt(stat.lastIndexOf(")") + 2) !== "Z";
  } catch {
    return false;
  }
}

for (const part of parts) {
  await PARTS[part]?.();
  if (isMainThread) process.stdout.write(`ok ${part}\n`);
  else parentPort?.postMessage(`ok ${part}`);
}
if (cluster.isWorker) cluster.worker?.disconnect();
