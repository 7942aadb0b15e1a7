// Random use of shared arrays, checked against arithmetic: what every array must hold follows
// from the number that it was filled with.

import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type BorrowedArray, type FutharkArray, type FutharkModule, open } from "../../ts/index.ts";
import { Random } from "./random.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A shared array, or one of Futhark's, with the number that determines its elements. */
interface Known<A> {
  readonly array: A;
  readonly start: number;
  readonly length: number;
}

/** Sizes around the limits of inline arrays, of small blocks, and of several pages. */
const LENGTHS = [100, 4095, 4097, 8192, 16_385, 100_003, 131_072, 400_001];

/** Element `i` of an array that was filled with `start`. */
function element(start: number, i: number): number {
  return (start * 7919 + i) | 0;
}

function check(what: string, data: Int32Array, { start, length }: Known<unknown>): void {
  if (data.length !== length) throw new Error(`${what}: ${data.length} elements, not ${length}`);
  const wrong = data.findIndex((x, i) => x !== element(start, i));
  if (wrong < 0) return;
  const expected = element(start, wrong);
  throw new Error(`${what}, filled with ${start}: [${wrong}] is ${data[wrong]}, not ${expected}`);
}

/** Uses arrays of several modules for some steps; throws if one has a wrong value. */
export class SharedArrays {
  readonly #random: Random;
  readonly #modules: readonly FutharkModule[];
  readonly #borrowed: Known<BorrowedArray<"i32">>[] = [];
  readonly #values: Known<{ array: FutharkArray<"i32">; fut: FutharkModule }>[] = [];
  /** Views whose arrays were forgotten: they keep their memory. */
  readonly #views: Known<Int32Array>[] = [];
  readonly #running: Set<Promise<void>> = new Set();
  #failure: unknown;
  #last = 0;

  private constructor(seed: number, modules: readonly FutharkModule[]) {
    this.#random = new Random(seed);
    this.#modules = modules;
  }

  static async open(program: string, seed: number, modules: number): Promise<SharedArrays> {
    const opened = Array.from({ length: modules }, () => open(program, { backend: "c" }));
    return new SharedArrays(seed, await Promise.all(opened));
  }

  async run(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      this.#step();
      if (this.#running.size > 8 || this.#random.below(3) === 0) await this.#settle();
      if (this.#failure !== undefined) throw this.#failure;
    }
    await this.#settle();
    this.#checkAll();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await Promise.all(this.#modules.map((fut) => fut.close()));
  }

  #step(): void {
    const random = this.#random;
    const fut = random.pick(this.#modules);
    switch (random.below(12)) {
      case 0:
      case 1:
        this.#fill(fut);
        break;
      case 2:
      case 3:
        // It may be of another module, and may be released while the call runs.
        if (this.#borrowed.length > 0) this.#call(fut, random.pick(this.#borrowed));
        break;
      case 4:
      case 5:
        if (this.#values.length > 0) this.#borrow(random.pick(this.#values));
        break;
      case 6:
        if (this.#values.length > 0) this.#read(random.pick(this.#values));
        break;
      case 7:
        random.take(this.#borrowed)?.array.release();
        break;
      case 8:
        this.#forget();
        break;
      case 9:
        random.take(this.#values)?.array.array.free();
        break;
      case 10:
        random.take(this.#views);
        if (random.below(4) === 0) collect();
        break;
      default:
        this.#checkAll();
    }
    while (this.#borrowed.length > 12) random.take(this.#borrowed)?.array.release();
    while (this.#values.length > 12) random.take(this.#values)?.array.array.free();
    while (this.#views.length > 6) random.take(this.#views);
  }

  #fill(fut: FutharkModule): void {
    const length = this.#random.pick(LENGTHS);
    const start = ++this.#last;
    const array = fut.alloc("i32", [length]);
    for (let i = 0; i < length; i++) array.data[i] = element(start, i);
    this.#borrowed.push({ array, start, length });
  }

  #call(fut: FutharkModule, { array, start, length }: Known<BorrowedArray<"i32">>): void {
    const call = fut.entry.id_i32_1(array) as Promise<FutharkArray<"i32">>;
    if (this.#random.below(4) === 0) {
      array.release();
      this.#borrowed.splice(
        this.#borrowed.findIndex((known) => known.array === array),
        1,
      );
    }
    this.#track(async () => {
      this.#values.push({ array: { array: await call, fut }, start, length });
    });
  }

  #borrow(known: Known<{ array: FutharkArray<"i32"> }>): void {
    const borrowing = known.array.array.borrow();
    if (this.#random.below(4) === 0) this.#free(known);
    this.#track(async () => {
      const array = await borrowing;
      check("borrowed", array.data, known);
      this.#borrowed.push({ ...known, array });
    });
  }

  #read(known: Known<{ array: FutharkArray<"i32"> }>): void {
    const values = known.array.array.values();
    // Elements already requested are still read.
    if (this.#random.below(3) === 0) this.#free(known);
    this.#track(async () => check("values", await values, known));
  }

  #free(known: Known<{ array: FutharkArray<"i32"> }>): void {
    known.array.array.free();
    this.#values.splice(
      this.#values.findIndex(({ array }) => array === known.array),
      1,
    );
  }

  #forget(): void {
    const known = this.#random.take(this.#borrowed);
    if (known === undefined || this.#random.below(3) === 0) return;
    this.#views.push({ ...known, array: known.array.data });
  }

  #track(use: () => Promise<void>): void {
    const running: Promise<void> = use()
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#running);
    await setImmediate(); // finalizers run here
  }

  #checkAll(): void {
    for (const known of this.#borrowed) check("kept", known.array.data, known);
    for (const known of this.#views) check("a view kept", known.array, known);
  }
}
