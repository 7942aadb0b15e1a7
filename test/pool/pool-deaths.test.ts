import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { type FutharkModule, type FutharkPool, openPool } from "../../ts/index.ts";
import { until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
const c = { backend: "c", output: "ignore" } as const;
const FOREVER = 2n ** 62n;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "pool-deaths-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Stops the clock by which workers are young and pauses pass; returns what moves it on. */
function stopClock(t: TestContext): (ms: number) => void {
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  return (ms) => {
    now += ms;
  };
}

/** A task that ends its own worker. */
function die(fut: FutharkModule): Promise<unknown> {
  process.kill(fut.pid as number, "SIGKILL");
  return fut.entry.spin(FOREVER);
}

/** Two tasks that end only once both run, and their results. */
async function bothAtOnce(pool: FutharkPool): Promise<void> {
  const used = new Set<FutharkModule>();
  let open = (): void => {};
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const task = async (fut: FutharkModule): Promise<number> => {
    used.add(fut);
    if (used.size === 2) open();
    await both;
    return await fut.entry.positive(used.size);
  };
  assert.deepEqual(await Promise.all([pool.run(task), pool.run(task)]), [2, 2]);
}

test("while every worker rests after early deaths, tasks are rejected with that reason", async (t) => {
  const pass = stopClock(t);
  await using pool = await openPool(errors, { ...c, workers: 1, retries: 0 });
  for (let i = 0; i < 3; i++) await assert.rejects(pool.run(die), { code: "worker-exit" });
  for (const [times, ms] of [
    [3, 100],
    [4, 200],
  ] as const) {
    const resting = {
      code: "worker-exit",
      message: new RegExp(
        `^workers have ended ${times} times within a second of their start, so another is started only after ${ms} ms: the worker was ended by SIGKILL`,
      ),
    };
    await assert.rejects(pool.entry.positive(1), resting);
    pass(ms - 1);
    await assert.rejects(pool.entry.positive(1), resting);
    assert.deepEqual([pool.idle, pool.queued, workersOf()], [0, 0, []]);
    pass(2);
    assert.equal(await pool.entry.positive(ms), ms);
    assert.equal(pool.idle, 1);
    await assert.rejects(pool.run(die), { code: "worker-exit" });
  }
  // A worker that lived for longer ends the run of early deaths.
  pass(800);
  assert.equal(await pool.entry.positive(1), 1);
  pass(2000);
  await assert.rejects(pool.run(die), { code: "worker-exit" });
  assert.equal(await pool.entry.positive(1), 1);
});

test("a task submitted when the only pause ends is run", async (t) => {
  await using pool = await openPool(errors, { ...c, workers: 1, retries: 0 });
  const start = performance.now();
  const clock = t.mock.method(performance, "now", () => start).mock;
  for (let i = 0; i < 3; i++) await assert.rejects(pool.run(die), { code: "worker-exit" });
  // The pause ends between the first and the second look at the clock.
  const first = clock.callCount();
  clock.mockImplementation(() => start + (clock.callCount() === first ? 0 : 1000));
  assert.equal(await pool.entry.positive(7), 7);
});

test("a worker that dies again and again is started again when it has rested", async (t) => {
  const pass = stopClock(t);
  await using pool = await openPool(errors, { ...c, workers: 2 });
  const victim = pool.modules[0] as FutharkModule;
  for (let i = 0; i < 4; i++) {
    process.kill(victim.pid as number, "SIGKILL");
    await until("its end is noticed", () => victim.pid === undefined);
    // The other goes on, alone if need be.
    assert.equal(await pool.entry.positive(7), 7);
    const both = bothAtOnce(pool);
    pass(2 ** i * 100);
    await both;
  }
  assert.equal(new Set(pool.modules.map(({ pid }) => pid)).size, 2);
});

test("a task that waits goes to the worker that is ready first", async () => {
  const gate = join(folder, "closed");
  const code = `import os, time\nwhile os.path.exists(${JSON.stringify(gate)}): time.sleep(0.01)\n`;
  writeFileSync(join(folder, "sitecustomize.py"), code);
  const env = { PYTHONPATH: folder };
  await using pool = await openPool(errors, { ...c, env, workers: 2, retries: 1 });
  const [first, second] = pool.modules as [FutharkModule, FutharkModule];
  try {
    // From now on no worker starts.
    writeFileSync(gate, "");
    const runs: FutharkModule[] = [];
    const retried = pool.run(async (fut) => {
      runs.push(fut);
      return fut === first ? await die(fut) : await fut.entry.positive(1);
    });
    assert.equal(await retried, 1);
    assert.deepEqual(runs, [first, second]);
    assert.equal(await pool.run(async (fut) => fut), second);
    // This one starts a worker, and does not wait for it.
    let open = (): void => {};
    const running = pool.run(() => new Promise<void>((resolve) => (open = resolve)));
    const waits = pool.run(async (fut) => fut);
    await until("another worker starts", () => first.pid !== undefined);
    assert.equal(pool.queued, 1);
    open();
    await running;
    assert.equal(await waits, second);
  } finally {
    rmSync(gate);
  }
  await bothAtOnce(pool);
});

test("a worker that cannot be started pauses, and tasks get the reason if there is no other", async (t) => {
  const cwd = mkdtempSync(join(folder, "cwd-"));
  await using pool = await openPool(errors, { ...c, cwd, workers: 2 });
  const [first] = pool.modules as [FutharkModule];
  const pass = stopClock(t);
  rmSync(cwd, { recursive: true });
  first.kill();
  const refused = { code: "bad-argument", message: /expected option cwd to be a folder/ };
  const tasks = [1, 2, 3, 4].map((x) => pool.entry.positive(x));
  assert.deepEqual(await Promise.all(tasks), [1, 2, 3, 4]);
  for (const fut of pool.modules) fut.kill();
  await assert.rejects(pool.entry.positive(1), refused);
  mkdirSync(cwd);
  await assert.rejects(pool.entry.positive(1), refused);
  pass(1000);
  assert.equal(await pool.entry.positive(1), 1);
  await bothAtOnce(pool);
});
