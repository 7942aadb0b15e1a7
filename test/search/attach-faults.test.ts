import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { attach, type FutharkModule } from "../../ts/index.ts";
import { until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";
import { buildFaults, errno, FAULTS, type Fault } from "./faulty-calls.ts";
import { outcome, STEPS, within } from "./faulty-steps.ts";
import { Random } from "./random.ts";
import { seed, slow, steps } from "./scale.ts";

// Every system call that a process makes to share its program fails, once and permanently: the
// process continues, keeps nothing of the client, and the next client finds all unchanged.

const start = seed();
console.log(`seed ${start}`);
const random = new Random(start);

let folder: string;
let temporary: string;
let python: RemotePython;
let path: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "attach-faults-"));
  temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const library = buildFaults(folder);
  python = new RemotePython("process.py", { LD_PRELOAD: library, TMPDIR: temporary });
  await python.run(`import ctypes, os, threading, futhark_bridge
m = futhark_bridge.load(${JSON.stringify(programPath("errors"))}, backend="c")
faults = ctypes.CDLL(${JSON.stringify(library)})
def held():
    files = len(os.listdir("/proc/self/fd"))
    return s._server.clients, len(m.program.context.live), files, threading.active_count()
def attempt(name, with_errno, at, forever):
    global count
    faults.fail(name, with_errno, at, forever)
    try:
        with futhark_bridge.share(m):
            return ""
    except Exception as error:
        return "OSError" if isinstance(error, OSError) else type(error).__name__
    finally:
        count = faults.fail_count()
        faults.fail(b"", 0, 0, 0)`);
  path = await python.text("s = futhark_bridge.share(m); str(s.path)");
});
after(async () => {
  await python[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(temporary), []);
  rmSync(folder, { recursive: true, force: true });
});

function orders({ call, error }: Fault, at: number, always: boolean): string {
  return `b"${call}", ${errno(error)}, ${at}, ${always ? 1 : 0}`;
}

/** Attaches and uses what is there; returns the codes of what went wrong. */
async function useAll(): Promise<string[]> {
  let fut: FutharkModule | undefined;
  const opening = outcome(async () => {
    fut = await attach(path, { startTimeoutMs: 2000 });
  });
  const codes = [await within("attach", opening)];
  const module = fut;
  if (module === undefined) return codes;
  for (const [name, step] of Object.entries(STEPS)) {
    codes.push(
      await within(
        name,
        outcome(() => step(module)),
      ),
    );
  }
  await within("close", module.close());
  return codes.filter(Boolean);
}

const held = (): Promise<string> => python.run("held()");
const EXPECTED = ["out-of-memory", "worker-exit", "protocol", "timeout"];

interface Case {
  readonly fault: Fault;
  readonly at: number;
  readonly always: boolean;
}

/** The cases of a run; each call's number is taken from a use in which none fails. */
async function cases(count: (fault: Fault) => Promise<number>): Promise<Case[]> {
  const all: Case[] = [];
  for (const fault of FAULTS) {
    const most = Math.min(await count(fault), 40);
    for (let at = 1; at <= most; at++) {
      all.push({ fault, at, always: false });
      if (fault.always && at <= 3) all.push({ fault, at, always: true });
    }
  }
  if (slow) return all;
  return Array.from({ length: steps(8, all.length) }, () => random.take(all) as Case);
}

const named = ({ fault, at, always }: Case): string =>
  `${fault.call} ${at}${always ? " and on" : ""}: ${fault.error}`;

test("a system call that fails where a program is shared is reported to that client alone", async (t) => {
  const idle = "(s._server.clients, threading.active_count())";
  const before = await python.run(idle);
  // Resources created at first use are kept.
  for (let i = 0; i < 3; i++) assert.deepEqual(await useAll(), []);
  await until("the clients are gone", async () => (await python.run(idle)) === before);
  const usual = await held();
  const counts = new Map<string, number>();
  const chosen = await cases(async (fault) => {
    if (!counts.has(fault.call)) {
      await python.run(`faults.fail(${orders(fault, 0, false)})`);
      assert.deepEqual(await useAll(), []);
      await until("the client is gone", async () => (await held()) === usual);
      counts.set(fault.call, Number(await python.run("faults.fail_count()")));
    }
    return counts.get(fault.call) as number;
  });
  t.diagnostic([...counts].map(([call, count]) => `${call} ${count}`).join(", "));
  for (const each of chosen) {
    try {
      await python.run(`faults.fail(${orders(each.fault, each.at, each.always)})`);
      const codes = await useAll();
      await python.run(`faults.fail(b"", 0, 0, 0)`);
      for (const code of codes) assert.ok(EXPECTED.includes(code), code);
      await until("nothing of the client is left", async () => (await held()) === usual);
      assert.deepEqual(await useAll(), []);
      await until("the next is gone too", async () => (await held()) === usual);
    } catch (cause) {
      throw new Error(`${named(each)}; ${await held()}, usual ${usual}`, { cause });
    }
  }
  t.diagnostic(`${chosen.length} cases`);
});

test("a system call that fails in share is an error, and leaves nothing", async (t) => {
  const usual = await held();
  const folders = readdirSync(temporary);
  const right = `attempt(${orders(FAULTS[0] as Fault, 0, false)})`;
  const chosen = await cases(async (fault) => {
    assert.equal(await python.text(`attempt(${orders(fault, 0, false)})`), "");
    await until("nothing is left", async () => (await held()) === usual);
    return Number(await python.run("count"));
  });
  for (const each of chosen) {
    const what = named(each);
    const { fault, at, always } = each;
    const type = await within(what, python.text(`attempt(${orders(fault, at, always)})`));
    assert.match(type, /^(|ArgumentError|OSError|MemoryError|OutOfMemoryError)$/, what);
    await until(`nothing is left, ${what}`, async () => (await held()) === usual);
    // What could not be removed, the next that shares removes.
    assert.equal(await python.text(right), "");
    assert.deepEqual(readdirSync(temporary), folders, what);
  }
  t.diagnostic(`${chosen.length} cases`);
});
