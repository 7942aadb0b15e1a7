import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { open } from "../../ts/index.ts";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { until, workersOf } from "../support/processes.ts";
import { buildFaults, errno, FAULTS, type Fault } from "./faulty-calls.ts";
import { outcome, within } from "./faulty-steps.ts";
import { Random } from "./random.ts";
import { seed, slow, steps } from "./scale.ts";

// Every system call that a build makes fails, once and permanently, in each of its processes:
// the build succeeds or is a typed error, nothing of it is left, and the next build succeeds.

const start = seed();
console.log(`seed ${start}`);
const random = new Random(start);
const skip =
  process.env.FUTHARK_BRIDGE_SHARED_MEMORY === "0" && "builds the same way on each data path";

/**
 * The processes of a build: how to identify each, and where its own part starts. The
 * Futhark compiler and the assembler are not among them: no library gets between the one, which is
 * linked statically, or the other, which leaves its files to the C library, and the system.
 */
const PYTHON_PROCESSES: Record<string, Record<string, string>> = {
  worker: { FAIL_FROM: "futhark_bridge/setup/" },
  guard: { FAIL_IN: "setup/guard.py", FAIL_FROM: "setup/guard.py" },
  patches: { FAIL_IN: "setup/patches.py", FAIL_FROM: "setup/patches.py" },
  builder: { FAIL_IN: "futhark_ffi.build", FAIL_FROM: "futhark_ffi/" },
};
const TOOLS: Record<string, Record<string, string>> = {
  "C compiler": { FAIL_IN: "cc1 " },
  linker: { FAIL_IN: "ld -" },
};
const PROCESSES = { ...PYTHON_PROCESSES, ...TOOLS };
/** The calls that a tool makes, and those that Python makes in addition. */
const TOOL_CALLS = ["open", "read", "write", "malloc"];
const PYTHON_CALLS = [
  ...["pipe", "fcntl", "poll", "fork", "exec", "dup", "mkdir", "rename", "unlink", "rmdir"],
  ...["fsync", "mmap"],
];

function isMade(name: string, call: string): boolean {
  return TOOL_CALLS.includes(call) || (name in PYTHON_PROCESSES && PYTHON_CALLS.includes(call));
}

let folder: string;
let library: string;
let program: string;
let env: Record<string, string>;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "build-faults-"));
  library = buildFaults(folder);
  program = join(folder, "tiny.fut");
  writeFileSync(program, "entry f (x: i32) : i32 = x + 1\n");
  const [TMPDIR, XDG_CACHE_HOME] = [join(folder, "tmp"), join(folder, "cache")];
  mkdirSync(TMPDIR);
  env = { TMPDIR, XDG_CACHE_HOME, FUTHARK: findCompiler()?.path as string, CFLAGS: "-O1" };
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the program, and calls it; returns the code of what went wrong. */
function build(more: Record<string, string>): Promise<string> {
  const opening = outcome(async () => {
    await using fut = await open(program, { backend: "c", env: { ...env, ...more } });
    assert.equal(await fut.entry.f(1), 2);
  });
  return within("a build", opening, 60_000);
}

/** The processes that were started for a build. */
function processes(): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
}

/** Builds while calls fail; returns how many there were, and the code of what went wrong. */
async function attempt(
  name: string,
  { call, error }: Fault,
  at: number,
  always: boolean,
): Promise<{ count: number; code: string }> {
  rmSync(join(folder, "cache"), { recursive: true, force: true });
  const counter = join(folder, "count");
  writeFileSync(counter, new Uint8Array(8));
  const code = await build({
    LD_PRELOAD: library,
    ...{ FAIL_CALL: call, FAIL_ERRNO: String(errno(error)), FAIL_COUNT: counter },
    ...{ FAIL_AT: String(at), FAIL_ALL: always ? "1" : "0" },
    ...PROCESSES[name],
  });
  await until("its processes are gone", () => processes().length + workersOf().length === 0);
  assert.deepEqual(readdirSync(env.TMPDIR as string), []);
  const modules = join(folder, "cache", "futhark-bridge", "modules");
  const left = existsSync(modules) ? readdirSync(modules) : [];
  assert.deepEqual(
    left.filter((entry) => entry.startsWith("build-")),
    [],
  );
  return { count: readFileSync(counter).readUInt32LE(), code };
}

const EXPECTED = ["build", "out-of-memory", "worker-exit"];
/** Failures of each call that the long form makes. */
const MOST_PLACES = 4;

interface Case {
  readonly name: string;
  readonly fault: Fault;
  readonly at: number;
  readonly always: boolean;
}

/** Each call of each process, at some of the places where it is made. */
async function allCases(log: (text: string) => void): Promise<Case[]> {
  const cases: Case[] = [];
  const counts = new Map<string, number>();
  for (const name of Object.keys(PROCESSES)) {
    for (const fault of FAULTS.filter(({ call }) => isMade(name, call))) {
      const key = `${name}: ${fault.call}`;
      if (!counts.has(key)) {
        const { count, code } = await attempt(name, fault, 0, false);
        assert.equal(code, "");
        counts.set(key, count);
      }
      const count = counts.get(key) as number;
      const every = Math.max(1, Math.ceil(count / MOST_PLACES));
      const from = 1 + random.below(every);
      for (let at = from; at <= count; at += every) cases.push({ name, fault, at, always: false });
      if (fault.always) cases.push({ name, fault, at: from, always: true });
    }
  }
  log([...counts].map(([key, count]) => `${key} ${count}`).join(", "));
  return cases;
}

/** One that happens. */
function someCase(): Case {
  const fault = random.pick(FAULTS.filter(({ call }) => call === "open"));
  return {
    name: random.pick(Object.keys(PROCESSES)),
    fault,
    at: 1 + random.below(10),
    always: false,
  };
}

test("a system call that fails in a build is reported, and leaves nothing", {
  skip,
}, async (t) => {
  const cases = slow ? await allCases((text) => t.diagnostic(text)) : [someCase()];
  const codes = new Map<string, number>();
  for (let left = Math.min(steps(1, 200), cases.length); left > 0; left--) {
    const { name, fault, at, always } = random.take(cases) as Case;
    const what = `${name}: ${fault.call} ${at}${always ? " and on" : ""}: ${fault.error}`;
    try {
      const { code } = await attempt(name, fault, at, always);
      assert.ok(code === "" || EXPECTED.includes(code), code);
      codes.set(code || "right", (codes.get(code || "right") ?? 0) + 1);
      assert.equal(await build({}), "");
    } catch (cause) {
      throw new Error(what, { cause });
    }
  }
  t.diagnostic([...codes].map(([code, count]) => `${code} ${count}`).join(", "));
});
