import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { attach, type FutharkModule, open, openPool, openSync } from "../../ts/index.ts";
import { heldMemory } from "../memory/held.ts";
import { isAlive, startScript, until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";
import { seed, steps } from "./scale.ts";
import { assertTyped, now, type Scene, Settling } from "./settling.ts";

// Workers and Node processes are killed at any moment: no call hangs, nothing is left, and the next
// call returns the right result.

const errors = programPath("errors");
const FOREVER = 2n ** 62n;
const SIGNALS = ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"] as const;
const start = seed();
console.log(`seed ${start}`);
let state = start;
/** A whole number from 0, below `n`. */
function random(n: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
}

let temporary: string;
before(() => {
  temporary = mkdtempSync(join(tmpdir(), "death-"));
});
after(() => rmSync(temporary, { recursive: true, force: true }));

const files = (): number => readdirSync("/proc/self/fd").length;
const LOST = ["worker-exit", "freed"];

/** Waits for up to 12 ms, most times for less than one. */
async function moment(): Promise<void> {
  if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, random(12)));
  else for (let i = random(40); i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
}

/** Kills processes; returns when, for each. */
function kill(pids: readonly (number | undefined)[]): number[] {
  const signal = SIGNALS[random(SIGNALS.length)] as NodeJS.Signals;
  const living = pids.filter((pid): pid is number => pid !== undefined && isAlive(pid));
  return living.map((pid) => {
    const at = now();
    process.kill(pid, signal);
    return at;
  });
}

/** A call of some kind, and its result. */
function someCall(fut: FutharkModule): Promise<unknown> {
  const n = random(1000) + 1;
  const large = Int32Array.from({ length: 200_000 }, (_, i) => i + n);
  const kinds: (() => Promise<unknown>)[] = [
    async () => assert.equal(await fut.entry.positive(n), n),
    async () => assert.equal(await fut.entry.positive(fut.entry.positive(n)), n),
    async () => assert.deepEqual([...(await (await fut.entry.same([n, 2])).values())], [n, 2]),
    async () => assert.deepEqual(await (await fut.entry.same(large)).values(), large),
    async () => assert.equal(typeof (await fut.entry.spin(BigInt(n) * 1000n)), "bigint"),
    () => fut.sync(),
  ];
  return (kinds[random(kinds.length)] as () => Promise<unknown>)();
}

test("a worker that dies at any moment is an error for its callers, and the module still works", async (t) => {
  await (await open(errors, { backend: "c" })).close();
  const settling = new Settling();
  const total = steps(10, 1000);
  let fds: number | undefined;
  let blocks: number | undefined;
  while (settling.deaths < total) {
    const opening = open(errors, { backend: "c" });
    if (random(3) === 0) {
      const scene = settling.scene();
      const opened = scene.watch(() => opening, "open");
      await new Promise((resolve) => setTimeout(resolve, random(150)));
      const killed = kill(workersOf());
      const error = await opened;
      scene.died(...killed);
      assertTyped(error, ["worker-exit"]);
      if (error !== undefined) continue;
    }
    const fut = await opening;
    for (let round = 0; round < 3; round++) await killOnce(fut, settling.scene());
    const scene = settling.scene();
    // Three deaths within a second keep it down, and some were not as quick.
    assertTyped(await scene.watch(() => fut.entry.positive(7), "the next call"), ["worker-exit"]);
    const closing = scene.watch(
      () => fut.close(random(2) === 0 ? {} : { timeoutMs: 100 }),
      "close",
    );
    const killed = random(2) === 0 ? kill([fut.pid]) : [];
    assert.equal(await closing, undefined);
    scene.died(...killed);
    assert.deepEqual(workersOf(), []);
    fds ??= files();
    blocks ??= heldMemory().open;
    assert.ok(files() <= fds + 2, `${files()} descriptors, of ${fds}`);
    assert.ok(heldMemory().open <= blocks + 16);
  }
  t.diagnostic(String(settling));
});

/** Some calls, of which the last never ends by itself, and the death of the worker meanwhile. */
async function killOnce(fut: FutharkModule, scene: Scene): Promise<void> {
  const calls = Array.from({ length: 1 + random(6) }, () =>
    scene.watch(() => someCall(fut), "a call"),
  );
  if (random(2) === 0) calls.push(scene.watch(() => fut.entry.spin(FOREVER), "spin"));
  await moment();
  const killed = kill([fut.pid]);
  // Calls after a death that was not noticed yet fail, too.
  const endless = scene.watch(
    () => fut.entry.spin.with({ timeoutMs: 200 })(FOREVER),
    "a later call",
  );
  for (const call of calls) assertTyped(await call, LOST);
  assertTyped(await endless, ["worker-exit", "timeout"]);
  scene.died(...killed);
}

test("a pool whose workers die at any moment returns the right results, or says which are lost", async (t) => {
  const settling = new Settling();
  const total = steps(4, 200);
  while (settling.deaths < total) {
    const pool = await openPool(errors, { backend: "c", workers: 3 });
    for (let round = 0; round < 4; round++) {
      const scene = settling.scene();
      const tasks = Array.from({ length: 12 }, (_, i) =>
        scene.watch(async () => {
          if (i % 3 === 0) return assert.equal(await pool.entry.positive(i + 1), i + 1);
          await pool.run((fut) => someCall(fut));
        }, `task ${i}`),
      );
      const map = scene.watch(async () => {
        const found = await pool.map("positive", [[1], [2], [3], [4]]);
        assert.deepEqual(found, [1, 2, 3, 4]);
      }, "map");
      await moment();
      const chosen = pool.modules.map(({ pid }) => pid).filter(() => random(2) === 0);
      const killed = kill(chosen);
      for (const task of [...tasks, map]) assertTyped(await task, LOST);
      scene.died(...killed);
      if (killed.length === 0) break;
    }
    const scene = settling.scene();
    const closing = scene.watch(() => pool.close(), "close");
    const killed = random(2) === 0 ? kill(pool.modules.map(({ pid }) => pid)) : [];
    assert.equal(await closing, undefined);
    scene.died(...killed);
    assert.deepEqual(workersOf(), []);
  }
  t.diagnostic(String(settling));
});

test("a blocking module's worker that dies between calls or during one is replaced", async (t) => {
  const settling = new Settling();
  for (let i = steps(2, 100); i > 0; i--) {
    const fut = openSync(errors, { backend: "c" });
    const fds = files();
    for (let round = 0; round < 3; round++) {
      const scene = settling.scene();
      let killed: number[];
      if (random(2) === 0) {
        // Nothing else runs here while a call blocks.
        const [at, pid] = [now() + random(40), fut.pid as number];
        const end = (at - now()) / 1000;
        const command = `sleep ${end}; kill -KILL ${pid}`;
        const killer = spawn("sh", ["-c", command], { stdio: "ignore" });
        const ended = once(killer, "exit");
        // One that is killed before the call is replaced by it.
        const spin = (): unknown => fut.entry.spin.with({ timeoutMs: 2000 })(FOREVER);
        assertTyped(await scene.watch(spin, "spin"), ["worker-exit", "timeout"]);
        await ended;
        settling.deaths++;
        killed = [];
      } else {
        killed = kill([fut.pid]);
        if (random(2) === 0) await moment();
      }
      const check = (): void => assert.equal(fut.entry.positive(round + 1), round + 1);
      assertTyped(await scene.watch(check, "a call"), ["worker-exit"]);
      scene.died(...killed);
    }
    fut.close();
    await until("its workers are gone", () => workersOf().length === 0);
    // The event loop notices an exit, and closes the streams, in a later turn.
    await until("its descriptors are closed", () => files() <= fds);
  }
  t.diagnostic(String(settling));
});

test("a Node that dies at any moment leaves nothing in the attached process", async (t) => {
  await using python = new RemotePython("process.py");
  await python.run(`import futhark_bridge, json, os
m = futhark_bridge.load(${JSON.stringify(errors)}, backend="c")
x = m.to_futhark("[]i32", [1, 2, 3])`);
  const path = await python.text("s = futhark_bridge.share(m, x=x); str(s.path)");
  const state = async (): Promise<unknown> => {
    const text = await python.text(`[t.join() for t in list(s._server._clients.values())]
json.dumps([x.to_list(), len(m.program.context.live), len(os.listdir("/proc/self/fd"))])`);
    return JSON.parse(text);
  };
  const fut = await attach(path);
  await fut.shared.x.values();
  await fut.close();
  const before = await state();
  let deaths = 0;
  for (let i = steps(2, 100); i > 0; i--) {
    const script = startScript(`
      console.log("begins");
      const fut = await bridge.attach(${JSON.stringify(path)});
      for (;;) {
        const xs = await fut.entry.same(new Int32Array(1e5));
        await Promise.all([xs.values(), fut.shared.x.values(), fut.entry.spin(100000n)]);
        (await fut.entry.put(xs, 0n, 1)).free();
      }`);
    await script.line();
    await new Promise((resolve) => setTimeout(resolve, random(500)));
    script.child.kill(random(2) === 0 ? "SIGKILL" : "SIGTERM");
    await script.ended;
    deaths++;
    assert.deepEqual(await state(), before);
  }
  await python.run("s.close(); m.close()");
  t.diagnostic(`${deaths} deaths`);
});

test("a Node that dies at any moment leaves no worker and no folder", async () => {
  for (let i = steps(2, 100); i > 0; i--) {
    const opener = random(2) === 0 ? "open" : "openSync";
    const script = startScript(
      `
      const { workersOf } = await import("./test/support/processes.ts");
      console.log("begins");
      const fut = await ${opener}(program("errors"), { backend: "c" });
      for (;;) {
        const xs = await fut.entry.same(new Int32Array(1e5));
        await xs.values();
        ${random(2) === 0 ? "fut.kill();" : ""}
      }`,
      { env: { TMPDIR: temporary } },
    );
    await script.line();
    await new Promise((resolve) => setTimeout(resolve, random(600)));
    const workers = workersOf(script.child.pid);
    script.child.kill(random(2) === 0 ? "SIGKILL" : "SIGTERM");
    await script.ended;
    await until("its workers are gone", () => !workers.some(isAlive));
    await until("no folder is left", () =>
      readdirSync(temporary).every((name) => !name.startsWith("futhark-bridge")),
    );
  }
});
