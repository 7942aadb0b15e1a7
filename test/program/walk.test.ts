// A random walk over handles from Node: overwriting one never changes another.
// Its calls are pipelined, handles and pending calls alike, with frees in between.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type FutharkModule, isFutharkError, open } from "../../ts/index.ts";
import { generator } from "../search/random.ts";
import { steps } from "../search/scale.ts";
import { programPath, refusedByCompiler } from "../support/programs.ts";

type Numbers = readonly number[];
type Pair = { readonly left: Numbers; readonly right: Numbers };
/** A handle or a call that returns one, and its expected value. */
interface Held<Model> {
  // biome-ignore lint/suspicious/noExplicitAny: a program without bindings
  readonly value: any;
  readonly model: Model;
}

const STEPS = steps(2000, 5000);
const seed = Number(process.env.FUTHARK_BRIDGE_SEED || Date.now() % 2 ** 31);

const put = (xs: Numbers, v: number): Numbers => [v, ...xs.slice(1)];

class Walk {
  readonly arrays: Held<Numbers>[] = [];
  readonly pairs: Held<Pair>[] = [];
  readonly ended: { value: Held<unknown>["value"]; why: string }[] = [];
  readonly #fut: FutharkModule;
  readonly #random: (below: number) => number;

  constructor(fut: FutharkModule, start: number) {
    this.#fut = fut;
    this.#random = generator(start);
  }

  async step(): Promise<void> {
    const { entry } = this.#fut;
    const v = this.#random(1000);
    switch (this.#random(15)) {
      case 0:
        return this.#keep(entry.fresh(v), [v, v + 1, v + 2]);
      case 1:
        return this.#keep(entry.constant(), [0, 1, 2]);
      case 2: {
        const a = this.#array();
        return this.#keep(entry.same(a.value), a.model);
      }
      case 3: {
        const a = this.#array();
        const [one, two] = await entry.twice(a.value);
        this.#keep(one, a.model);
        return this.#keep(two, a.model);
      }
      case 4:
      case 5: {
        const a = this.#array();
        this.#keep(entry.put(a.value, v), put(a.model, v));
        return this.#end(this.arrays, a, "consumed by put");
      }
      case 6: {
        const [a, b] = [this.#array(), this.#array()];
        const call = entry.put_beside(a.value, b.value, v);
        this.#end(this.arrays, a, "consumed by put_beside");
        const [one, two] = await call;
        this.#keep(one, put(a.model, v + (b.model.at(-1) ?? 0)));
        return this.#keep(two, b.model);
      }
      case 7: {
        const a = this.#array();
        const call = entry.put_or_fail(a.value, 9, v);
        this.#end(this.arrays, a, "consumed by put_or_fail");
        return assert.rejects(call, (error) => isFutharkError(error, "program-error"));
      }
      case 8: {
        const [a, b] = [this.#array(), this.#array()];
        const data = { left: a.value, right: b.value };
        const value = this.#fut.types.pair.new(data);
        this.pairs.push({ value, model: { left: a.model, right: b.model } });
        return;
      }
      case 9: {
        const p = this.#pair();
        const side = this.#random(2) === 0 ? "left" : "right";
        return this.#keep((await p.value).project(side), p.model[side]);
      }
      case 10: {
        const p = this.#pair();
        const model = { ...p.model, left: put(p.model.left, v) };
        this.pairs.push({ value: entry.put_pair(p.value, v), model });
        return this.#end(this.pairs, p, "consumed by put_pair");
      }
      case 11: {
        const p = this.#pair();
        const bytes = await (await p.value).store();
        this.pairs.push({ value: this.#fut.types.pair.restore(bytes), model: p.model });
        return;
      }
      case 12: {
        const a = this.#array();
        (await a.value).free();
        return this.#end(this.arrays, a, "freed");
      }
      case 13: {
        const p = this.#pair();
        (await p.value).free();
        return this.#end(this.pairs, p, "freed");
      }
      default:
        return this.#refused();
    }
  }

  /** Reads all that is held. */
  async check(): Promise<void> {
    const arrays = this.arrays.map(async ({ value, model }) => {
      assert.deepEqual([...(await (await value).values())], model);
    });
    const pairs = this.pairs.map(async ({ value, model }) => {
      const found = await (await value).toObject();
      const copy = { left: found.left.toNested(), right: found.right.toNested() };
      assert.deepEqual(copy, model);
    });
    await Promise.all([...arrays, ...pairs]);
  }

  async trim(): Promise<void> {
    for (const list of [this.arrays, this.pairs] as { value: Held<unknown>["value"] }[][]) {
      for (const { value } of list.splice(0, Math.max(0, list.length - 8))) (await value).free();
    }
    this.ended.splice(0, this.ended.length - 4);
  }

  #keep(value: unknown, model: Numbers): void {
    this.arrays.push({ value, model });
  }

  #array(): Held<Numbers> {
    const n = this.#random(this.arrays.length + 1);
    if (n === this.arrays.length) {
      const model = Array.from({ length: 1 + this.#random(3) }, () => this.#random(1000));
      this.#keep(this.#fut.types["[]i32"].new(Int32Array.from(model)), model);
    }
    return this.arrays[n] as Held<Numbers>;
  }

  #pair(): Held<Pair> {
    const n = this.#random(this.pairs.length + 1);
    if (n === this.pairs.length) {
      const model = { left: [1, 2], right: [3] };
      this.pairs.push({ value: this.#fut.types.pair.new(model), model });
    }
    return this.pairs[n] as Held<Pair>;
  }

  #end<M>(list: Held<M>[], held: Held<M>, why: string): void {
    list.splice(list.indexOf(held), 1);
    this.ended.push({ value: held.value, why });
  }

  async #refused(): Promise<void> {
    for (const { value, why } of this.ended) {
      const handle = await value;
      const read = async () => await (handle.values?.() ?? handle.toObject());
      await assert.rejects(read, (error: Error) => {
        assert.match(error.message, new RegExp(`was ${why}$`));
        return isFutharkError(error, why === "freed" ? "freed" : "consumed");
      });
    }
  }
}

for (const backend of ["c", "multicore"] as const) {
  test(`${backend}: a random walk over handles shows no aliasing`, async (t) => {
    t.diagnostic(`FUTHARK_BRIDGE_SEED=${seed}`);
    const fut = await open(programPath("walk"), { backend }).catch(refusedByCompiler);
    if (typeof fut === "string") return t.skip(fut);
    const walk = new Walk(fut, seed);
    for (let step = 0; step < STEPS; step++) {
      await walk.step();
      if (step % 4 === 0) await walk.check();
      await walk.trim();
    }
    await walk.check();
    await fut.close();
  });
}
