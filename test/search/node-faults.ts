// A Node whose calls of the system fail: run by the test of that name, with the library of faults
// loaded before all others. Writes a line for each case that it begins, and for each that goes wrong.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import koffi from "koffi";
import { type FutharkModule, open, openSync } from "../../ts/index.ts";
import { until, workersOf } from "../processes.ts";
import { programPath } from "../programs.ts";
import { errno, FAULTS, type Fault } from "./faulty-calls.ts";
import { outcome, STEPS, within } from "./faulty-steps.ts";
import { Random } from "./random.ts";
import { seed, slow, steps } from "./scale.ts";

const library = koffi.load(process.env.LD_PRELOAD as string);
// What is started from here on is as it should be.
delete process.env.LD_PRELOAD;
const fail = library.func("void fail(const char *call, int with, int at, int forever)");
const failCount = library.func("int fail_count(void)");

const errors = programPath("errors");
const temporary = process.env.TMPDIR as string;
const options = { backend: "c", startTimeoutMs: 20_000 } as const;
const ARRAYS = ["large", "consumed", "borrowed", "made"];
const EXPECTED = ["out-of-memory", "worker-exit", "build", "protocol", "timeout", "bad-argument"];

/** What is done while calls fail. */
interface Phase {
  /** Gives the module that it is done with; without it, what is done opens one. */
  readonly before?: () => Promise<FutharkModule>;
  readonly run: (fut: FutharkModule) => Promise<unknown>;
  readonly spawns?: boolean;
}

/** Where these fail in libuv's own use of them, it ends the process: nobody could catch that. */
function endsNode(phase: string, call: string): boolean {
  if (call === "fcntl") return PHASES[phase]?.spawns === true;
  return (call === "read" || call === "write") && phase !== "blocking";
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
};

const held: unknown[] = [];

/** Uses memory that the pool has not had, and keeps it: nothing is written to most of it. */
async function useNewMemory(fut: FutharkModule): Promise<void> {
  const array = fut.alloc("i32", [400_000]);
  held.push(array);
  array.data[7] = 9;
  const xs = await fut.entry.same(array);
  assert.equal(await fut.entry.element(xs, 7n), 9);
  xs.free();
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
  } finally {
    count = failCount();
    fail("", 0, 0, 0);
  }
  // What is called next is right.
  const module = fut;
  if (module !== undefined && phase !== "close") {
    for (const [name, step] of Object.entries(STEPS)) await within(name, step(module));
  }
  await within("close", Promise.resolve(module?.close()));
  await until("its workers are gone", () => workersOf().length === 0);
  await until("its folders are gone", () => {
    return readdirSync(temporary).every((name) => !name.startsWith("futhark-bridge-"));
  });
  return { count, codes: codes.filter(Boolean), left: files() - descriptors };
}

/** Where a call fails, of those that a phase makes. */
const MOST_PLACES = 30;
const start = seed();
console.log(`seed ${start}`);
const random = new Random(start);

// All is loaded, and the pools are filled.
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
/** Those of which the short form takes one: each happens. */
const SHORT = ["transfer: memfd_create", "transfer: mmap", "transfer: ftruncate", "blocking: read"];
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
  }
}
console.log("done");
