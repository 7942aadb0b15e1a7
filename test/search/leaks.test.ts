import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { attach, type FutharkModule, nd, open, openPool, openSync } from "../../ts/index.ts";
import { residentBytes, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";
import { slow, steps } from "./scale.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The resources of a process. */
interface Held {
  readonly bytes: number;
  readonly descriptors: number;
  readonly maps: number;
  readonly threads: number;
}

function held(pid: number): Held {
  // Those of files and of shared memory: the heap's own come and go by the hundred.
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return {
    bytes: residentBytes(pid),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    maps: lines.filter((line) => line.includes("/")).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
  };
}

/**
 * How much more there may be after the second half of a run than after the first. In a short run
 * the engine's own heap still grows.
 */
const GROWTH: Held = { bytes: (slow ? 12 : 24) * 2 ** 20, descriptors: 4, maps: 12, threads: 2 };

async function settle(): Promise<void> {
  for (let i = 0; i < 6; i++) {
    collect();
    await setImmediate();
  }
}

/**
 * Does something many times, and asserts that its second half leaves nothing behind: the first
 * fills caches and pools.
 */
async function flat(
  log: (text: string) => void,
  count: number,
  processes: () => number[],
  run: (i: number) => unknown,
): Promise<void> {
  const measure = async (): Promise<Held[]> => {
    await settle();
    return [process.pid, ...processes()].map(held);
  };
  const half = Math.ceil(count / 2);
  for (let i = 0; i < half; i++) await run(i);
  const before = await measure();
  for (let i = half; i < 2 * half; i++) await run(i);
  const after = await measure();
  for (const [i, was] of before.entries()) {
    const now = after[i] as Held;
    const grown = Object.keys(GROWTH).map((key) => {
      const name = key as keyof Held;
      const more = now[name] - was[name];
      assert.ok(more <= GROWTH[name], `process ${i}: ${more} more ${name} in ${half} steps`);
      return `${name} ${more >= 0 ? "+" : ""}${more}`;
    });
    log(`process ${i}, ${half} steps: ${grown.join(", ")}`);
  }
}

/** Fails on purpose. */
async function fails(call: () => unknown, code: string): Promise<void> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    if ((error as { code?: string }).code === code) return;
    throw error;
  }
  assert.fail(`expected ${code}, got ${result}`);
}

const LARGE = new Int32Array(50_000).fill(3);
const SMALL = new Int32Array(100).fill(3);

/** Of these calls the long form makes the most; of the others a quarter. */
const USUAL = ["freed", "disposed", "forgotten"];

/** Calls that succeed, by the use of their results. */
const CALLS: Record<string, (fut: FutharkModule, i: number) => Promise<unknown>> = {
  freed: async ({ entry }) => (await entry.same(LARGE)).free(),
  disposed: async ({ entry }) => {
    using array = await entry.same(LARGE);
    await array.values();
  },
  "freed as soon as they are there": ({ entry }) => {
    const pending = entry.same(LARGE);
    return Promise.resolve(pending).then((array: { free(): void }) => array.free());
  },
  forgotten: async ({ entry }, i) => {
    await entry.same(LARGE);
    if (i % 64 === 0) await settle();
  },
  "small and forgotten": async ({ entry }, i) => {
    await entry.same(SMALL);
    if (i % 512 === 0) await settle();
  },
  "passed on while pending": async ({ entry }) => {
    (await entry.same(entry.same(LARGE))).free();
  },
  consumed: async ({ entry }) => {
    (await entry.put(entry.same(LARGE), 1n, 5)).free();
  },
  "borrowed and released": async (fut) => {
    using filled = fut.alloc("i32", [LARGE.length]);
    using array = await fut.entry.same(filled);
    (await array.borrow()).release();
  },
  "borrowed and forgotten": async (fut, i) => {
    using array = await fut.entry.same(fut.alloc("i32", [LARGE.length]));
    await array.borrow();
    if (i % 16 === 0) await settle();
  },
};

/** Calls that fail, by place of the failure. */
const FAILURES: Record<string, (fut: FutharkModule) => Promise<void>> = {
  "in the program": ({ entry }) => fails(() => entry.element(LARGE, -1n), "program-error"),
  "by an argument": ({ entry }) => fails(() => entry.element(LARGE, "x"), "bad-argument"),
  "by the second of two arrays": ({ entry }) =>
    fails(() => entry.dot(new Float32Array(50_000), LARGE), "bad-argument"),
  "by what a pending argument failed with": ({ entry }) =>
    fails(() => entry.same(entry.slice(LARGE, 5n, 1n)), "program-error"),
  "by a value that was freed": async ({ entry }) => {
    const array = await entry.same(SMALL);
    array.free();
    await fails(() => entry.same(array), "freed");
  },
  "by an entry that there is not": (fut) =>
    fails(async () => fut.entry.nothing(LARGE), "bad-argument"),
};

const errors = programPath("errors");
const modules = [
  ["open", (): Promise<FutharkModule> => open(errors, { backend: "c" })],
  ["openSync", () => openSync(errors, { backend: "c" }) as unknown as FutharkModule],
] as const;

for (const [name, make] of modules) {
  describe(`many calls leak nothing, by ${name}`, async () => {
    // The blocking form differs only in how it waits.
    const count = (short: number, long: number): number =>
      name === "open" ? steps(short, long) : steps(short / 2, long / 10);
    const before = new Set(workersOf());
    const fut = await make();
    const worker = workersOf().filter((pid) => !before.has(pid));
    const processes = (): number[] => worker;

    test("of scalars", async (t) => {
      await flat(
        (text) => t.diagnostic(text),
        count(1000, 10 ** 6),
        processes,
        (i) => fut.entry.positive((i % 1000) + 1),
      );
    });
    for (const [what, call] of Object.entries(CALLS)) {
      test(`with arrays that are ${what}`, async (t) => {
        await flat(
          (text) => t.diagnostic(text),
          count(40, USUAL.includes(what) ? 2e5 : 5e4),
          processes,
          (i) => call(fut, i),
        );
      });
    }
    for (const [what, call] of Object.entries(FAILURES)) {
      test(`that fail ${what}`, async (t) => {
        await flat(
          (text) => t.diagnostic(text),
          count(40, 1e5),
          processes,
          () => call(fut),
        );
      });
    }
    test("and it closes", () => fut.close());
  });
}

describe("many modules leak nothing", () => {
  for (const [name, make] of modules) {
    test(`by ${name}`, async (t) => {
      await flat(
        (text) => t.diagnostic(text),
        steps(4, 500),
        () => [],
        async () => {
          const fut = await make();
          (await fut.entry.same(LARGE)).free();
          await fut.close();
        },
      );
    });
  }

  test("by openPool", async (t) => {
    await flat(
      (text) => t.diagnostic(text),
      steps(4, 500),
      () => [],
      async () => {
        const pool = await openPool(errors, { backend: "c", workers: 1 });
        await pool.entry.positive(1);
        await pool.close();
      },
    );
  });

  test("by attach", async (t) => {
    await using python = new RemotePython("process.py");
    await python.run(`import futhark_bridge, numpy as np
m = futhark_bridge.load(${JSON.stringify(errors)}, backend="c")
x = m.to_futhark("[]i32", np.arange(50000, dtype=np.int32))`);
    const path = await python.text("s = futhark_bridge.share(m, x=x); str(s.path)");
    const pids = (): number[] => [python.process.pid as number];
    await flat(
      (text) => t.diagnostic(text),
      steps(4, 500),
      pids,
      async () => {
        const fut = await attach(path);
        await fut.shared.x.values();
        await fut.entry.same(nd(LARGE, [LARGE.length]));
        await fut.close();
      },
    );
  });
});
