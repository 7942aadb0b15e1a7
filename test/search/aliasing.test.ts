// Random calls on a random program from Node, each beside the same call on values of its own, which
// a second worker makes afresh. Calls are not awaited, handles and pending calls alike are arguments.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { buildProgram } from "../../ts/cli/build-program.ts";
import { type FutharkModule, isFutharkError, nd, open } from "../../ts/index.ts";
import { Progress } from "../../ts/setup/progress.ts";
import { runPython } from "../support/python.ts";
import { copyUnmarked } from "../support/unmarked.ts";
import { generator } from "./random.ts";
import { seed, slow, steps } from "./scale.ts";

/** A type by the program's first line; its parts are those of a record, by name, type and count. */
interface Type {
  readonly shape: "vector" | "matrix" | "record" | "sum" | "rows";
  readonly count: number;
  readonly parts: readonly (readonly [string, number, number])[];
}
interface Entry {
  readonly name: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}
interface Program {
  readonly types: readonly Type[];
  readonly entries: readonly Entry[];
}
/** A handle, or a call that returns one, and its expected value. */
interface Held {
  // biome-ignore lint/suspicious/noExplicitAny: a program without bindings
  readonly value: any;
  readonly type: number;
  readonly numbers: Int32Array;
}

const SCALAR = -1;

class AliasingWalk {
  held: Held[] = [];
  readonly #fut: FutharkModule;
  readonly #fresh: FutharkModule;
  readonly #program: Program;
  readonly #random: (below: number) => number;
  readonly #known: boolean;

  constructor(fut: FutharkModule, fresh: FutharkModule, program: Program, start: number) {
    this.#fut = fut;
    this.#fresh = fresh;
    this.#program = program;
    this.#random = generator(start);
    this.#known = fut.compilerVersion !== null;
  }

  async step(): Promise<void> {
    const draw = this.#random(10);
    const { entries } = this.#program;
    const writes = entries.filter(({ name }) => name.startsWith("write_"));
    if (draw < 7) await this.#call(this.#one(draw < 2 ? writes : entries));
    else if (draw === 7 && this.#known) await this.#takeApart();
    else await this.#free();
    while (this.held.length > 12) await this.#free();
  }

  /** Reads all that is held. */
  async check(): Promise<void> {
    await Promise.all(
      this.held.map(async ({ value, type, numbers }) => {
        assert.deepEqual(await this.#shown(this.#fut, type, value), numbers);
      }),
    );
  }

  #one<T>(from: readonly T[]): T {
    return from[this.#random(from.length)] as T;
  }

  #made(fut: FutharkModule, type: number, numbers: Int32Array): unknown {
    return type === SCALAR ? numbers[0] : fut.entry[`make_${type}`]?.(numbers);
  }

  async #shown(fut: FutharkModule, type: number, value: unknown): Promise<Int32Array> {
    const shown = await fut.entry[`show_${type}`](value);
    const values = await shown.values();
    shown.free();
    return values;
  }

  #draw(type: number): Int32Array {
    const { count } = this.#program.types[type] ?? { count: 1 };
    return Int32Array.from({ length: count }, () => this.#random(10));
  }

  /** A handle or a pending call; or data, where these may be an argument. */
  async #pick(type: number): Promise<Held> {
    const fits = this.held.filter((held) => held.type === type);
    if (fits.length > 0 && this.#random(5) > 0) return this.#one(fits);
    const drawn = this.#draw(type);
    if (type === SCALAR) return { value: drawn[0], type, numbers: drawn };
    const { shape } = this.#program.types[type] as Type;
    if (shape === "vector" || shape === "matrix") {
      const sizes = shape === "vector" ? [drawn.length] : [2, drawn.length / 2];
      const way = this.#random(3);
      if (way === 0) return { value: nd(drawn, sizes), type, numbers: drawn };
      if (way === 1) {
        const value = this.#fut.alloc("i32", sizes);
        value.data.set(drawn);
        return { value, type, numbers: drawn };
      }
    }
    // What a sum is of is part of its numbers, so they are read back.
    const fresh = this.#made(this.#fresh, type, drawn);
    const numbers = await this.#shown(this.#fresh, type, fresh);
    const held = { value: this.#made(this.#fut, type, drawn), type, numbers };
    this.held.push(held);
    return held;
  }

  async #call({ name, inputs, outputs }: Entry): Promise<void> {
    const chosen: Held[] = [];
    for (const type of inputs) chosen.push(await this.#pick(type));
    const copies = chosen.map(({ type, numbers }) => this.#made(this.#fresh, type, numbers));
    const call = this.#fut.entry[name]?.(...chosen.map(({ value }) => value));
    // Whether it has to fail is known below.
    call?.catch(() => {});
    const info = this.#fut.entryPoints.find((entry) => entry.name === name);
    this.held = this.held.filter((held) => {
      return !chosen.some((c, i) => c.value === held.value && info?.inputs[i]?.unique);
    });
    let expected: unknown;
    try {
      expected = await this.#fresh.entry[name]?.(...copies);
    } catch (error) {
      assert.ok(isFutharkError(error));
      await assert.rejects(call, (found) => isFutharkError(found, error.code));
      return;
    }
    const one = outputs.length === 1;
    const rights = (one ? [expected] : expected) as unknown[];
    const values = (one ? [call] : await call) as unknown[];
    for (const [i, type] of outputs.entries()) {
      const numbers = await this.#shown(this.#fresh, type, rights[i]);
      this.held.push({ value: values[i], type, numbers });
    }
    // Those that are not awaited are read together with what comes next.
    if (this.#random(3) === 0) await this.check();
  }

  async #takeApart(): Promise<void> {
    const records = this.held.filter(({ type }) => this.#program.types[type]?.shape === "record");
    if (records.length === 0) return;
    const whole = this.#one(records);
    const { parts } = this.#program.types[whole.type] as Type;
    const k = this.#random(parts.length);
    const [name, type, count] = parts[k] as Type["parts"][number];
    if (type === SCALAR) return;
    const start = parts.slice(0, k).reduce((sum, [, , size]) => sum + size, 0);
    const numbers = whole.numbers.slice(start, start + count);
    this.held.push({ value: (await whole.value).project(name), type, numbers });
    if (this.#random(2) === 0) await this.#free(whole);
  }

  async #free(which?: Held): Promise<void> {
    const held = which ?? this.held[this.#random(this.held.length || 1)];
    if (held === undefined) return;
    this.held = this.held.filter(({ value }) => value !== held.value);
    (await held.value).free();
  }
}

// Arrays of 20_000 elements are shared with a call, or are values of their own; small ones go inline.
const PROGRAMS = [
  [1, 3],
  [3, 20_000],
  ...(slow ? Array.from({ length: 4 }, (_, k) => [seed() + k, k % 2 === 0 ? 3 : 20_000]) : []),
] as [number, number][];

for (const [of, elements] of PROGRAMS) {
  test(`random calls on program ${of} of arrays of ${elements} show no aliasing`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-aliasing-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const generatorPath = new URL("aliasing_programs.py", import.meta.url).pathname;
    const text = await runPython(
      `import runpy, sys; sys.argv = ["", "${of}", "${elements}"]; runpy.run_path(${JSON.stringify(generatorPath)}, run_name="__main__")`,
    );
    const source = join(folder, `aliasing_${of}.fut`);
    writeFileSync(source, text);
    const program = JSON.parse(text.slice(3, text.indexOf("\n"))) as Program;
    const [built] = await buildProgram(
      source,
      "c",
      join(folder, "full"),
      new Progress({ write() {} }),
    );
    const bare = join(folder, "bare", basename(built as string));
    mkdirSync(join(folder, "bare"));
    copyUnmarked(built as string, bare);
    const count = elements > 1000 ? steps(60, 600) : steps(300, 4000);
    for (const path of [built as string, bare]) {
      const chosen = seed();
      t.diagnostic(`TEST_SEED=${chosen} (${path === bare ? "no manifest" : "manifest"})`);
      const [fut, fresh] = await Promise.all([open(path), open(built as string)]);
      try {
        const walk = new AliasingWalk(fut, fresh, program, chosen);
        for (let step = 0; step < count; step++) await walk.step();
        await walk.check();
      } finally {
        await Promise.all([fut.close(), fresh.close()]);
      }
    }
  });
}
