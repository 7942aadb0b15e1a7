import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type FutharkModule, open, openSync, type WorkerEnd } from "../../ts/index.ts";
import { isAlive, runScript, until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
const FOREVER = 2n ** 62n;
const c = { backend: "c" } as const;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "worker-restart-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function crash(fut: FutharkModule): Promise<WorkerEnd> {
  const { pid, workerEnd } = fut;
  const call = fut.entry.spin(FOREVER);
  process.kill(pid as number, "SIGKILL");
  await assert.rejects(call, { code: "worker-exit" });
  return await workerEnd;
}

function program(name: string, code: string): string {
  const path = join(folder, `${name}.fut`);
  writeFileSync(path, code);
  return path;
}

test("the end of a worker resolves a promise and emits an event, whatever ends it", async () => {
  const fut = await open(errors, c);
  const ends: WorkerEnd[] = [];
  const off = fut.onWorkerEnd((end) => ends.push(end));
  const first = fut.pid;
  const end = await crash(fut);
  assert.equal(end.pid, first);
  assert.deepEqual([end.exitCode, end.signal], [null, "SIGKILL"]);
  assert.equal(end.reason.code, "worker-exit");
  assert.equal(fut.pid, undefined);
  assert.equal(await fut.workerEnd, end);
  assert.equal(await fut.entry.positive(1), 1);
  const call = fut.entry.spin(FOREVER);
  fut.kill();
  await assert.rejects(call, {
    name: "WorkerExitError",
    message: "the worker was ended by kill()",
  });
  await fut.workerEnd;
  off();
  assert.equal(await fut.entry.positive(2), 2);
  const closing = fut.close();
  assert.equal((await fut.workerEnd).reason.code, "freed");
  await closing;
  assert.deepEqual(
    ends.map(({ signal }) => signal),
    ["SIGKILL", "SIGKILL"],
  );
});

test("with restart: false a worker that ended is not replaced", async () => {
  const fut = await open(errors, { ...c, restart: false });
  await crash(fut);
  const down = {
    code: "worker-exit",
    message: /^no other is started \(option restart\): the worker/,
  };
  await assert.rejects(fut.entry.positive(1), down);
  await assert.rejects(fut.sync(), down);
  assert.equal(fut.pid, undefined);
  await fut.close();
  await assert.rejects(fut.entry.positive(1), { code: "freed", message: /closed/ });
});

test("three deaths right after the start keep a module down", async () => {
  const fut = await open(errors, c);
  for (let i = 0; i < 3; i++) {
    assert.equal(await fut.entry.positive(1), 1);
    await crash(fut);
  }
  const down = { code: "worker-exit", message: /^workers have ended 3 times within a second/ };
  await assert.rejects(fut.entry.positive(1), down);
  await fut.close();
});

test("a worker that lived for longer than a second ends a run of early deaths", async (t) => {
  let ahead = 0;
  const now = performance.now.bind(performance);
  t.mock.method(performance, "now", () => now() + ahead);
  const fut = await open(errors, c);
  for (const late of [false, false, true, false, false]) {
    assert.equal(await fut.entry.positive(1), 1);
    if (late) ahead += 2000;
    await crash(fut);
  }
  // What ends a worker on purpose does not count, nor does it end the run.
  assert.equal(await fut.entry.positive(1), 1);
  fut.kill();
  await fut.workerEnd;
  assert.equal(await fut.entry.positive(1), 1);
  await crash(fut);
  await assert.rejects(fut.entry.positive(1), { message: /^workers have ended 3 times/ });
  await fut.close();
});

test("a replacement worker is started with the options of open", async () => {
  for (const sync of [false, true]) {
    const env: Record<string, string> = { MINE: "then" };
    const tuning: Record<string, number> = {};
    process.env.OURS = "then";
    const options = { ...c, env, tuning };
    const fut = sync ? openSync(errors, options) : await open(errors, options);
    env.MINE = process.env.OURS = "later";
    // A parameter that the program does not have.
    tuning.none = 1;
    fut.kill();
    assert.equal(await fut.entry.positive(1), 1);
    const environment = readFileSync(`/proc/${fut.pid}/environ`, "utf8").split("\0");
    assert.ok(environment.includes("MINE=then") && environment.includes("OURS=then"));
    await fut.close();
  }
  delete process.env.OURS;
});

test("calls that are made at once while no worker runs share the one that is started", async () => {
  const fut = await open(errors, c);
  await crash(fut);
  const calls = Array.from({ length: 20 }, (_, i) => fut.entry.positive(i + 1));
  assert.equal(workersOf().length, 1);
  assert.deepEqual(
    await Promise.all(calls),
    calls.map((_, i) => i + 1),
  );
  await fut.close();
  assert.deepEqual(workersOf(), []);
});

test("closing while a worker is being replaced leaves none", async () => {
  const fut = await open(errors, c);
  await crash(fut);
  const call = fut.entry.positive(1);
  const { pid } = fut;
  await Promise.all([fut.close(), assert.doesNotReject(call)]);
  assert.equal(isAlive(pid as number), false);
  assert.deepEqual(workersOf(), []);
});

test("neither closing nor copying what is lost starts another worker", async () => {
  const fut = await open(errors, c);
  const ends: WorkerEnd[] = [];
  fut.onWorkerEnd((end) => ends.push(end));
  const value = await fut.entry.same([1]);
  fut.kill();
  await fut.workerEnd;
  for (const use of [fut.fromFuthark(value), fut.toFuthark("[]i32", value)]) {
    await assert.rejects(use, { code: "freed", message: /is lost: the worker was ended by kill/ });
  }
  await assert.rejects(fut.types["[]i32"].new(value), { code: "freed" });
  assert.equal(fut.pid, undefined);
  await fut.close();
  assert.equal(ends.length, 1);

  const blocking = openSync(errors, c);
  const lost = new Promise<void>((resolve) => blocking.onWorkerEnd(() => resolve()));
  blocking.kill();
  await lost;
  const others = new Set(workersOf());
  blocking.onWorkerEnd(() => assert.fail("another worker was started"));
  blocking.close();
  assert.deepEqual(
    workersOf().filter((pid) => !others.has(pid)),
    [],
  );
});

test("a call of a worker that has just ended does not end the next one", async () => {
  const fut = await open(errors, c);
  const abort = new AbortController();
  const spin = fut.entry.spin.with({ signal: abort.signal })(FOREVER);
  // All in one turn: the call does not know of the end yet.
  fut.kill();
  const call = fut.entry.positive(3);
  abort.abort();
  await assert.rejects(spin, { code: "aborted" });
  assert.equal(await call, 3);
  await fut.close();
});

test("close with a limit ends longer calls", async () => {
  const fut = await open(errors, c);
  const { pid } = fut;
  const spin = fut.entry.spin(FOREVER);
  await Promise.all([
    fut.close({ timeoutMs: 50 }),
    assert.rejects(spin, {
      code: "worker-exit",
      message: /was closed, and spin took longer than 50 ms$/,
    }),
  ]);
  assert.equal(isAlive(pid as number), false);
  await assert.rejects(fut.close({ timeoutMs: "1" } as never), { code: "bad-argument" });
});

test("a failed call as an argument reports its error, and ends no worker", async () => {
  const fut = await open(errors, c);
  const failed: Promise<number> = fut.entry.spin.with({ timeoutMs: 30 })(FOREVER);
  const refused = fut.entry.positive.with({ signal: AbortSignal.abort("enough") })(1);
  await Promise.all([
    assert.rejects(failed, { code: "timeout" }),
    assert.rejects(refused, { code: "aborted" }),
  ]);
  const xs = await fut.entry.same([5]);
  const { pid } = fut;
  for (const limits of [{}, { timeoutMs: 60_000 }]) {
    await assert.rejects(fut.entry.spin.with(limits)(failed), { code: "timeout" });
    await assert.rejects(fut.entry.positive.with(limits)(refused), { code: "aborted" });
  }
  assert.equal(fut.pid, pid);
  assert.equal(await xs.at(0), 5);
  // Nor does it start one.
  const call = fut.entry.same([1]);
  fut.kill();
  await assert.rejects(call, { code: "worker-exit" });
  await assert.rejects(fut.entry.same(call), { code: "worker-exit" });
  assert.equal(fut.pid, undefined);
  await fut.close();
});

test("many calls may watch one signal", async () => {
  const { stderr, stdout } = await runScript(`
    const fut = await open(program("errors"), { backend: "c" });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, () => fut.entry.positive.with({ signal })(1)));
    const calls = Array.from({ length: 30 }, () => open(program("errors"), { backend: "x", signal }));
    await Promise.allSettled(calls);
    await fut.close();
    console.log("done");
  `);
  assert.equal(stderr, "");
  assert.equal(stdout, "done\n");
});

const original = "entry f (x: i32) = x + 1\nentry g (x: i32) = x + 10";
const later = "entry added (x: i32) = x\nentry f (x: i32) = x + 2\nentry g (x: i32) = x + 20";

test("a replacement worker has the program that was opened, not its current source", async () => {
  for (const sync of [false, true]) {
    const path = program(`edited_${sync}`, original);
    const fut = sync ? openSync(path, c) : await open(path, c);
    writeFileSync(path, later);
    fut.kill();
    assert.deepEqual([await fut.entry.f(1), await fut.entry.g(1)], [2, 11]);
    await fut.close();
  }
});

test("a module that was replaced on disk is not called with the old one's numbers", async () => {
  const { run } = await import("../../ts/setup/run-command.ts");
  const build = (source: string, out: string) =>
    run(
      process.env.FUTHARK_BRIDGE_PYTHON ?? ".venv/bin/python",
      [
        "-c",
        "import sys; from pathlib import Path; from futhark_bridge.setup.build import build; build(Path(sys.argv[1]), 'c', Path(sys.argv[2]))",
        ...[source, out],
      ],
      { env: { ...process.env, PYTHONPATH: "py" } },
    );
  const place = join(folder, "place");
  for (const sync of [false, true]) {
    await build(program("replaced", original), place);
    const fut = sync
      ? openSync(join(place, "replaced"), c)
      : await open(join(place, "replaced"), c);
    assert.equal(await fut.entry.f(1), 2);
    await build(program("replaced", later), place);
    fut.kill();
    const call = async () => fut.entry.f(1);
    const changed = {
      code: "build",
      message: /has changed since the module was opened.*open it again$/,
    };
    await assert.rejects(call(), changed);
    await assert.rejects(call(), changed);
    await fut.close();
  }
});

test("a restart that fails is an error of each call, and is tried again", async () => {
  for (const sync of [false, true]) {
    const cwd = mkdtempSync(join(folder, "cwd-"));
    const fut = sync ? openSync(errors, { ...c, cwd }) : await open(errors, { ...c, cwd });
    rmSync(cwd, { recursive: true });
    fut.kill();
    const call = async () => fut.entry.positive(1);
    for (let i = 0; i < 4; i++) {
      await assert.rejects(call(), {
        code: "bad-argument",
        message: /expected option cwd to be a folder/,
      });
    }
    mkdirSync(cwd);
    assert.equal(await call(), 1);
    await fut.close();
  }
});

test("a start that takes too long is an error, and leaves no worker", async () => {
  const gate = join(folder, "slow");
  mkdirSync(gate);
  for (const sync of [false, true]) {
    const env = { PYTHONPATH: gate };
    rmSync(join(gate, "sitecustomize.py"), { force: true });
    const options = { ...c, env, startTimeoutMs: 20_000 };
    const fut = sync ? openSync(errors, options) : await open(errors, options);
    await fut.close();
    writeFileSync(join(gate, "sitecustomize.py"), "import time\ntime.sleep(1000)\n");
    const { length } = workersOf();
    const opening = async () =>
      (sync ? openSync : open)(errors, { ...options, startTimeoutMs: 300 });
    await assert.rejects(opening(), { code: "timeout", message: /300 ms.*startTimeoutMs/ });
    await until("its worker is gone", () => workersOf().length === length);
  }
});
