import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type FutharkModule, open, openSync } from "../../ts/index.ts";
import { until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { buildFaults, errno, FAULTS, type Fault } from "./faulty-calls.ts";
import { outcome, STEPS, within } from "./faulty-steps.ts";
import { Random } from "./random.ts";
import { seed, slow, steps } from "./scale.ts";

// Every system call that a worker makes fails, once and permanently: its callers get a typed
// error or the right result, nothing hangs, and nothing is left.

const errors = programPath("errors");
const start = seed();
console.log(`seed ${start}`);
const random = new Random(start);

let folder: string;
let library: string;
let temporary: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "worker-faults-"));
  temporary = mkdtempSync(join(folder, "tmp-"));
  library = buildFaults(folder);
  // Build the program, and load all modules.
  const fut = await open(errors, { backend: "c" });
  for (const step of Object.values(STEPS)) await step(fut);
  await fut.close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

const OPENERS = {
  open,
  openSync: async (...args: Parameters<typeof openSync>) =>
    openSync(...args) as unknown as FutharkModule,
};
type Opener = keyof typeof OPENERS;

/**
 * Uses a module whose worker's calls fail.
 * @param at The first that fails; 0: none does.
 * @returns How many such calls the worker made, and the failures.
 */
async function use(
  opener: Opener,
  { call, error }: Fault,
  at: number,
  always: boolean,
): Promise<{ count: number; codes: string[] }> {
  const counter = join(folder, "count");
  writeFileSync(counter, new Uint8Array(8));
  const env = {
    LD_PRELOAD: library,
    FAIL_CALL: call,
    FAIL_ERRNO: String(errno(error)),
    FAIL_AT: String(at),
    FAIL_ALL: always ? "1" : "0",
    FAIL_FROM: "futhark_bridge/worker/",
    FAIL_COUNT: counter,
    TMPDIR: temporary,
  };
  const before = readdirSync("/proc/self/fd").length;
  const codes: string[] = [];
  let fut: FutharkModule | undefined;
  const options = { backend: "c", env, startTimeoutMs: 20_000 } as const;
  const opening = outcome(async () => {
    fut = await OPENERS[opener](errors, options);
  });
  codes.push(await within("open", opening));
  const module = fut;
  if (module !== undefined) {
    for (const [name, step] of Object.entries(STEPS)) {
      const code = await within(
        name,
        outcome(() => step(module)),
      );
      codes.push(code);
    }
    await within("close", Promise.resolve(module.close()));
  }
  await until("its workers are gone", () => workersOf().length === 0);
  assert.deepEqual(readdirSync(temporary), []);
  await until("its descriptors are closed", () => {
    return readdirSync("/proc/self/fd").length <= before + 1;
  });
  const count = readFileSync(counter).readUInt32LE();
  return { count, codes: codes.filter(Boolean) };
}

/** Failures that there are for a call, of which the short form takes some. */
function places(count: number): number[] {
  const most = 40;
  const every = Math.max(1, Math.floor(count / most));
  return Array.from({ length: count }, (_, i) => i + 1).filter((i) => i % every === 0);
}

/** The other calls occur in builds, and in share. */
const OF_WORKERS = FAULTS.filter(
  ({ call }) => !["bind", "listen", "accept", "connect", "rename", "fsync"].includes(call),
);
// A worker that ends takes its values along.
const EXPECTED = ["out-of-memory", "worker-exit", "freed", "build", "protocol", "timeout"];

for (const opener of Object.keys(OPENERS) as Opener[]) {
  test(`a system call that fails in a worker, by ${opener}`, async (t) => {
    const cases: { fault: Fault; at: number; always: boolean }[] = [];
    const counts = new Map<string, number>();
    const chosen = slow ? OF_WORKERS : Array.from({ length: 2 }, () => random.pick(OF_WORKERS));
    for (const fault of chosen) {
      if (!counts.has(fault.call)) {
        const { count, codes } = await use(opener, fault, 0, false);
        assert.deepEqual(codes, []);
        counts.set(fault.call, count);
      }
      const at = places(counts.get(fault.call) as number);
      cases.push(...at.map((at) => ({ fault, at, always: false })));
      if (fault.always) cases.push(...at.slice(0, 3).map((at) => ({ fault, at, always: true })));
    }
    t.diagnostic([...counts].map(([call, count]) => `${call} ${count}`).join(", "));
    const few = steps(3, cases.length);
    const taken = slow ? cases : Array.from({ length: few }, () => random.take(cases));
    for (const each of taken) {
      if (each === undefined) break;
      const { fault, at, always } = each;
      const what = `${fault.call} ${at}${always ? " and on" : ""}: ${fault.error}`;
      try {
        const { codes } = await use(opener, fault, at, always);
        for (const code of codes) assert.ok(EXPECTED.includes(code), code);
      } catch (cause) {
        throw new Error(what, { cause });
      }
    }
  });
}
