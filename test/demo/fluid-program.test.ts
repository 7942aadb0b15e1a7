import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { type FutharkModule, type FutharkRecord, type NdArray, nd, open } from "../../ts/index.ts";
import { run } from "../../ts/setup/run-command.ts";
import { steps } from "../search/scale.ts";
import { programPath } from "../support/programs.ts";
import { projectPython, root, runPython } from "./python.ts";

const STILL = { dt: 1 / 60, viscosity: 0, decay: 0, swirl: 0 };

describe("the fluid's program", () => {
  let fut: FutharkModule;
  before(async () => {
    fut = await open(programPath("fluid"), { backend: "c" });
  });
  after(() => fut.close());

  /** A fluid of one velocity and one pattern of dye everywhere. */
  function flow(u: number, v: number, [h, w]: readonly [number, number]): Record<string, unknown> {
    const of = (f: (i: number) => number) =>
      nd(
        Float32Array.from({ length: h * w }, (_, i) => f(i)),
        [h, w],
      );
    const pattern = (k: number) => of((i) => ((i * k) % 11) / 8); // exact in f32
    return {
      u: of(() => u),
      v: of(() => v),
      p: of(() => 0),
      r: pattern(3),
      g: pattern(5),
      b: pattern(7),
    };
  }

  async function plain(state: Promise<FutharkRecord>): Promise<Record<string, number[][]>> {
    const fields = Object.entries(await (await state).toObject()) as [string, NdArray][];
    return Object.fromEntries(fields.map(([name, array]) => [name, array.toNested()])) as never;
  }

  test("a stream that moves a cell a step carries its dye around the edges as it is", async () => {
    const [h, w] = [8, 16];
    const before = flow(1 / 16 / 0.25, 2 / 8 / 0.25, [h, w]); // a cell along x, two along y
    const { r } = await plain(
      fut.entry.step({ ...STILL, dt: 0.25 }, nd(new Float32Array(), [0, 7]), before),
    );
    const at = (i: number, j: number) => (((((i + h) % h) * w + ((j + w) % w)) * 3) % 11) / 8;
    const expected = Array.from({ length: h }, (_, i) =>
      Array.from({ length: w }, (_, j) => at(i - 2, j - 1)),
    );
    assert.deepEqual(r, expected);
  });

  test("a fluid at rest stays so, and its dye fades by the rate that was set", async () => {
    const before = flow(0, 0, [6, 6]);
    const settings = { ...STILL, dt: 1, decay: Math.log(2), viscosity: 0.001, swirl: 1 };
    const { r, u } = await plain(fut.entry.step(settings, nd(new Float32Array(), [0, 7]), before));
    assert.ok(u?.flat().every((x) => x === 0));
    r?.flat().forEach((x, i) => {
      assert.ok(Math.abs(x - ((i * 3) % 11) / 16) < 1e-6, `cell ${i}: ${x}`);
    });
  });

  test("the types that the server uses are those of the program", async () => {
    const args = ["--import", "tsx", "ts/cli/main.ts", "types", programPath("fluid")];
    const now = await run(process.execPath, args, { cwd: root });
    const entries = (text: string) => /export interface Entries \{.*?\n\}/s.exec(text)?.[0];
    const kept = readFileSync(new URL("fluid/program.ts", import.meta.url), "utf8");
    assert.ok(entries(now)?.includes("step"));
    assert.equal(entries(kept), entries(now));
  });

  test("500 steps with strokes result in the same picture and state, bit for bit, in Python in process", async () => {
    const [h, w] = [60, 84];
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    const stroke = () => Array.from({ length: 7 }, random);
    const taken = Array.from(
      { length: steps(500, 5000) },
      (_, i) =>
        [
          {
            dt: random() / 30,
            viscosity: i % 50 < 25 ? 0 : 0.002 * random(),
            decay: random(),
            swirl: random(),
          },
          Array.from({ length: i % 4 }, stroke),
        ] as const,
    );
    let state = fut.entry.start(h, w);
    for (const [settings, strokes] of taken) {
      const rows = nd(Float32Array.from(strokes.flat()), [strokes.length, 7]);
      const next = fut.entry.step(settings, rows, state);
      state.free();
      state = next;
    }
    using picture = await (await fut.entry.draw(state)).borrow();
    const ours = Buffer.concat([picture.data, await (await state).store()]);
    const args = [programPath("fluid"), "c", h, w].map(String);
    const theirs = await runPython(
      projectPython,
      "demo/fluid/in_process.py",
      args,
      Buffer.from(JSON.stringify(taken)),
    );
    assert.ok(new Set(picture.data).size > 50, "the picture shows nothing");
    assert.ok(theirs.equals(ours));
  });
});
