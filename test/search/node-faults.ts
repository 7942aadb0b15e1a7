// A Node process whose system calls fail: run by the test of that name, with the library of faults
// preloaded. Writes a line for each case that it begins, and for each that fails.

import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { attach, type FutharkModule, open, openSync } from "../../ts/index.ts";
import { until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";
import { errno, FAULTS, type Fault } from "./faulty-calls.ts";
import { outcome, STEPS, within } from "./faulty-steps.ts";
import { Random } from "./random.ts";
import { seed, slow, steps } from "./scale.ts";

const library = koffi.load(process.env.LD_PRELOAD as string);
// Processes started from here on have no faults.
delete process.env.LD_PRELOAD;
const fail = library.func("void fail(const char *call, int with, int at, int forever)");
const failCount = library.func("int fail_count(void)");
// Node's loop, and a signal's handler, wake it up by writes that libuv ends the process without:
// nobody could catch that.
library.func("void spare_own_pipes(void)")();

const errors = programPath("errors");
const temporary = process.env.TMPDIR as string;
const options = { backend: "c", startTimeoutMs: 20_000 } as const;
const ARRAYS = ["large", "consumed", "borrowed", "made"];
const EXPECTED = ["out-of-memory", "worker-exit", "build", "protocol", "timeout", "bad-argument"];

/** An action while calls fail. */
interface Phase {
  /** Returns the module to use; if absent, `run` opens one. */
  readonly before?: () => Promise<FutharkModule>;
  readonly run: (fut: FutharkModule) => Promise<unknown>;
  readonly spawns?: boolean;
}

/** Where these fail in libuv's own use of them, it ends the process: nobody could catch that. */
function endsNode(phase: string, call: string): boolean {
  return call === "fcntl" && PHASES[phase]?.spawns === true;
}

let python: RemotePython | undefined;
let connectionFile = "";

/** The process to attach to, in which no call fails. */
async function share(): Promise<void> {
  if (python !== undefined) return;
  python = new RemotePython("process.py");
  await python.run(`import futhark_bridge
m = futhark_bridge.load(${JSON.stringify(errors)}, backend="c")`);
  connectionFile = await python.text("s = futhark_bridge.share(m); str(s.path)");
}

/** Waits until the process that was attached to has freed everything. */
async function nothingShared(): Promise<void> {
  await until("its clients are gone", async () => {
    return (await python?.run("(s._server.clients, len(m.program.context.live))")) === "(0, 0)";
  });
}

const PHASES: Record<string, Phase> = {
  open: { spawns: true, run: () => open(errors, options) },
  openSync: { spawns: true, run: async () => openSync(errors, options) },
  blocking: {
    before: async () => openSync(errors, options) as unknown as FutharkModule,
    run: async (fut) => STEPS.small?.(fut),
  },
  transfer: {
    before: () => open(errors, options),
    run: async (fut) => {
      const codes = [await outcome(() => useNewMemory(fut))];
      for (const name of ARRAYS) codes.push(await outcome(() => STEPS[name]?.(fut)));
      return codes;
    },
  },
  restart: {
    before: () => open(errors, options),
    spawns: true,
    run: async (fut) => {
      fut.kill();
      await fut.workerEnd;
      await fut.entry.positive(3);
    },
  },
  close: { before: () => open(errors, options), run: (fut) => fut.close() },
  attach: { run: () => attach(connectionFile, { startTimeoutMs: 20_000 }) },
  attached: {
    before: () => attach(connectionFile),
    run: async (fut) => {
      const codes: string[] = [];
      for (const name of [...ARRAYS, "small"]) {
        codes.push(await outcome(() => STEPS[name]?.(fut)));
      }
      await fut.close();
      return codes;
    },
  },
};

const held: unknown[] = [];

/** Allocates new memory from the pool and keeps it; most of it is never written to. */
async function useNewMemory(fut: FutharkModule): Promise<void> {
  const array = fut.alloc("i32", [400_000]);
  held.push(array);
  array.data[7] = 9;
  const xs = await fut.entry.same(array);
  assert.equal(await fut.entry.element(xs, 7n), 9);
  xs.free();
}

/** The resources left by workers, except those that are always shared. */
function folders(): string[] {
  const names = readdirSync(temporary).filter((name) => name.startsWith("futhark-bridge-"));
  return names.filter((name) => !name.startsWith("futhark-bridge-share-"));
}
const files = (): number => readdirSync("/proc/self/fd").length;

async function attempt(phase: string, { call, error }: Fault, at: number, always: boolean) {
  const { before, run } = PHASES[phase] as Phase;
  const descriptors = files();
  let fut = await before?.();
  const codes: string[] = [];
  fail(call, errno(error), at, always ? 1 : 0);
  const doing = outcome(async () => {
    const result = await run(fut as FutharkModule);
    if (Array.isArray(result)) codes.push(...result);
    else if (before === undefined) fut = result as FutharkModule;
  });
  let count = 0;
  try {
    codes.push(await within(phase, doing));
  } catch (error) {
    await fut?.close();
    throw error;
  } finally {
    count = failCount();
    fail("", 0, 0, 0);
  }
  // The next call is right, unless workers failed so often that none is started.
  const module = fut;
  if (module !== undefined && phase !== "close" && phase !== "attached") {
    for (const [name, step] of Object.entries(STEPS)) {
      await within(name, step(module)).catch((error: Error) => {
        if (!always || !error.message.startsWith("workers have ended 3 times")) throw error;
      });
    }
  }
  await within("close", Promise.resolve(module?.close()));
  if (phase.startsWith("attach")) await nothingShared();
  await until("its workers are gone", () => workersOf().length === 0);
  await until("its folders are gone", () => folders().length === 0);
  return { count, codes: codes.filter(Boolean), left: files() - descriptors };
}

/** Which of the calls of a phase fail. */
const MOST_PLACES = 30;
const start = seed();
console.log(`seed ${start}`);
const random = new Random(start);

// All is loaded, and the pools are filled.
await share();
for (const phase of Object.keys(PHASES)) {
  await attempt(phase, { call: "none", error: "EIO", always: false }, 0, false);
}

interface Case {
  readonly phase: string;
  readonly fault: Fault;
  readonly at: number;
  readonly always: boolean;
}

const cases: Case[] = [];
const counts = new Map<string, number>();
/** The short form tests one call of each. */
const SHORT = [
  ...["transfer: memfd_create", "transfer: mmap", "transfer: ftruncate", "transfer: write"],
  ...["transfer: pread", "openSync: write"],
  ...["blocking: read", "close: write", "attach: connect", "attach: read", "attached: write"],
];
const pairs = FAULTS.flatMap((fault) =>
  Object.keys(PHASES).map((phase) => ({ fault, phase })),
).filter(({ fault, phase }) => slow || SHORT.includes(`${phase}: ${fault.call}`));
while (pairs.length > 0 && (slow || cases.length === 0)) {
  const { fault, phase } = random.take(pairs) as (typeof pairs)[number];
  if (endsNode(phase, fault.call)) continue;
  const key = `${phase}: ${fault.call}`;
  if (!counts.has(key)) {
    const { count, codes } = await attempt(phase, fault, 0, false);
    assert.deepEqual(codes, []);
    counts.set(key, count);
    console.log(`${key} ${count}`);
  }
  const count = counts.get(key) as number;
  for (let at = 1; at <= Math.min(count, MOST_PLACES); at++) {
    cases.push({ phase, fault, at, always: false });
    if (fault.always && at <= 3) cases.push({ phase, fault, at, always: true });
  }
}

for (let left = steps(2, cases.length); left > 0 && cases.length > 0; left--) {
  const { phase, fault, at, always } = random.take(cases) as Case;
  const what = `${phase}: ${fault.call} ${at}${always ? " and on" : ""}: ${fault.error}`;
  console.log(what);
  try {
    const { codes, left } = await attempt(phase, fault, at, always);
    for (const code of codes) assert.ok(EXPECTED.includes(code), code);
    // One is of memory that is held.
    assert.ok(left <= 5, `${left} descriptors stay`);
  } catch (error) {
    console.log(`FAULT ${what}: ${(error as Error).stack}`);
    for (const pid of workersOf()) process.kill(pid, "SIGKILL");
    for (const name of folders()) rmSync(join(temporary, name), { recursive: true });
  }
}
await python?.[Symbol.asyncDispose]();
console.log("done");
