// Random programs of calls show what the same programs show in process in Python, where every
// argument is copied first; and what goes over the wire keeps to the rule of numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { open, openSync } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";
import { runPython } from "../support/python.ts";
import { generator } from "./random.ts";
import { seed, slow } from "./scale.ts";
import { Soak, type Step } from "./soak.ts";
import { watchWire } from "./wire.ts";

const chosen = seed();
const seen = watchWire();
const [packages, script] = ["../../py", "soak.py"].map((path) =>
  JSON.stringify(fileURLToPath(new URL(path, import.meta.url))),
);
const replay = `import runpy, sys; sys.path.insert(0, ${packages}); runpy.run_path(${script})`;
const options = { backend: "c" } as const;
const CALLS = 60;
const PROGRAMS = slow ? 25 : 4;

/** Runs some programs, and compares them with Python's word. */
async function soak(name: string, blocking: boolean, start: number): Promise<number> {
  const runs: Step[][] = [];
  const shown: unknown[][] = [];
  const fut = blocking
    ? openSync(programPath(name), options)
    : await open(programPath(name), options);
  for (let i = 0; i < PROGRAMS; i++) {
    const run = new Soak(fut as never, generator(start + i));
    for (let step = 0; step < CALLS; step++) await run.step();
    await run.end();
    shown.push(await Promise.all(run.shown));
    runs.push(run.steps);
  }
  await fut.close();
  const input = JSON.stringify({ program: programPath(name), runs });
  const expected = JSON.parse(await runPython(replay, input)) as unknown[][];
  for (const [i, program] of runs.entries()) {
    const reads = program.filter((step) => step.do === "read");
    for (const [k, value] of (shown[i] as unknown[]).entries()) {
      const said = expected[i]?.[k];
      const where = () => {
        const until = program.indexOf(reads[k] as Step) + 1;
        return `generator(${start + i}): ${JSON.stringify(reads[k])} after\n${program
          .slice(0, until)
          .map((s) => JSON.stringify(s))
          .join("\n")}`;
      };
      try {
        assert.deepEqual(value, said);
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${where()}`);
      }
    }
  }
  return runs.flat().length;
}

test("random programs of calls return the same as in Python without aliasing", async (t) => {
  t.diagnostic(`TEST_SEED=${chosen}`);
  const end = performance.now() + (slow ? 600_000 : 0);
  let steps = 0;
  let round = 0;
  do {
    for (const name of ["types", "walk"]) {
      for (const blocking of [false, true]) {
        steps += await soak(name, blocking, chosen + 1000 * round++);
      }
    }
  } while (performance.now() < end);
  t.diagnostic(
    `${steps} steps, ${seen.frames} frames, ${seen.made} values, ${seen.most} at a time`,
  );
  assert.equal(seen.breach, undefined);
  assert.ok(seen.made > 300 && seen.freed > 100, JSON.stringify(seen));
});
