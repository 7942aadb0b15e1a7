import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type FutharkModule, isFutharkError, open, openSync } from "../../ts/index.ts";
import { isAlive, startScript, until, workersOf } from "../processes.ts";
import { programPath } from "../programs.ts";
import { seed, steps } from "./scale.ts";

// Workers, and Nodes, are ended at any moment: nobody waits for what will not come, nothing is left,
// and what is called next is right.

const errors = programPath("errors");
const FOREVER = 2n ** 62n;
const SIGNALS = ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"] as const;
/** Any time after the death that no promise can take, however busy the machine is. */
const PROMPT_MS = 5000;

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
const shared = (): number => readdirSync("/dev/shm").length;

/** Waits for up to 12 ms, most times for less than one. */
async function moment(): Promise<void> {
  if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, random(12)));
  else for (let i = random(40); i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
}

function kill(pids: readonly (number | undefined)[]): void {
  const signal = SIGNALS[random(SIGNALS.length)] as NodeJS.Signals;
  for (const pid of pids) if (pid !== undefined && isAlive(pid)) process.kill(pid, signal);
}

/** A call of some kind, and what it gives. */
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

/** What a promise came to, which it does soon. */
async function outcome(promise: Promise<unknown>, what: string): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not settled: ${what}`)), PROMPT_MS);
  });
  const settled = promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

function assertTyped(error: unknown, codes: readonly string[]): void {
  if (error === undefined) return;
  assert.ok(isFutharkError(error), String((error as Error).stack ?? error));
  assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
}

test("a worker that dies at any moment leaves its callers an error, and a module that works", async () => {
  await (await open(errors, { backend: "c" })).close();
  let deaths = 0;
  const total = steps(24, 2000);
  let [fds, blocks]: (number | undefined)[] = [];
  while (deaths < total) {
    const opening = open(errors, { backend: "c" });
    if (random(3) === 0) {
      await new Promise((resolve) => setTimeout(resolve, random(150)));
      kill(workersOf());
      deaths++;
      const error = await outcome(opening, "open");
      assertTyped(error, ["worker-exit"]);
      if (error !== undefined) continue;
    }
    const fut = await opening;
    for (let round = 0; round < 3; round++) {
      const calls = Array.from({ length: 1 + random(6) }, () => outcome(someCall(fut), "a call"));
      if (random(2) === 0) calls.push(outcome(fut.entry.spin(FOREVER), "spin"));
      await moment();
      kill([fut.pid]);
      deaths++;
      // What is called after a death that is not known yet fails too.
      const endless = outcome(fut.entry.spin.with({ timeoutMs: 200 })(FOREVER), "a later call");
      for (const call of calls) assertTyped(await call, ["worker-exit", "freed"]);
      assertTyped(await endless, ["worker-exit", "timeout"]);
    }
    const next = await outcome(fut.entry.positive(7), "the next call");
    // Three deaths within a second keep it down, and some were not as quick.
    assertTyped(next, ["worker-exit"]);
    const closing = fut.close(random(2) === 0 ? {} : { timeoutMs: 100 });
    if (random(2) === 0) kill([fut.pid]);
    assert.equal(await outcome(closing, "close"), undefined);
    assert.deepEqual(workersOf(), []);
    fds ??= files();
    blocks ??= shared();
    assert.ok(files() <= fds + 2, `${files()} descriptors, of ${fds}`);
    assert.ok(shared() <= blocks + 16);
  }
});

test("a blocking module's worker that dies between calls is replaced", async () => {
  for (let i = steps(2, 200); i > 0; i--) {
    const fut = openSync(errors, { backend: "c" });
    const fds = files();
    for (let round = 0; round < 3; round++) {
      kill([fut.pid]);
      if (random(2) === 0) await moment();
      try {
        assert.equal(fut.entry.positive(round + 1), round + 1);
      } catch (error) {
        assertTyped(error, ["worker-exit"]);
      }
    }
    fut.close();
    await until("its workers are gone", () => workersOf().length === 0);
    assert.ok(files() <= fds);
  }
});

test("a Node that dies at any moment leaves no worker and no folder", async () => {
  for (let i = steps(3, 300); i > 0; i--) {
    const opener = random(2) === 0 ? "open" : "openSync";
    const script = startScript(
      `
      const { workersOf } = await import("./test/processes.ts");
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
