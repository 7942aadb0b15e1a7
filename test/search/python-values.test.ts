import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";
import { seed, steps } from "./scale.ts";

// biome-ignore lint/suspicious/noExplicitAny: proxies of Python objects
type Py = any;

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes values of JavaScript that Python has too. */
class Values {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  value(depth: number): unknown {
    const kinds = depth === 0 ? 6 : 8;
    switch (this.below(kinds)) {
      case 0:
        return this.pick([Number.NaN, -0, 0, Infinity, -Infinity, 0.1, 2 ** 53 - 1, 1e300, 5e-324]);
      case 1:
        // From 2^53 on an integer is returned as a bigint.
        return (
          (2n ** BigInt(53 + this.below(300)) + BigInt(this.below(100))) * this.pick([1n, -1n])
        );
      case 2:
        return this.text();
      case 3:
        return this.pick([null, true, false]);
      case 4:
        return Uint8Array.from({ length: this.below(70) }, () => this.below(256));
      case 5:
        return this.below(2 ** 31) - 2 ** 30;
      case 6:
        return Array.from({ length: this.below(4) }, () => this.value(depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: this.below(4) }, () => [this.text(), this.value(depth - 1)]),
        );
    }
  }

  text(): string {
    const pieces = [
      "a",
      "$",
      "__proto__",
      "\u0000",
      "é",
      "\u{1f40d}",
      "\ud800",
      "\udc00x",
      '"\\',
      "1",
    ];
    return Array.from({ length: this.below(4) }, () => this.pick(pieces)).join("");
  }
}

/** The text of an expression of Python's that is this value. */
function inPython(value: unknown): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? String(value)
      : `float("${Object.is(value, -0) ? "-0.0" : value}")`;
  }
  if (typeof value === "string")
    return `__import__("json").loads(${JSON.stringify(JSON.stringify(value))})`;
  if (value instanceof Uint8Array) return `bytes([${value.join(",")}])`;
  if (Array.isArray(value)) return `[${value.map(inPython).join(",")}]`;
  const pairs = Object.entries(value as object);
  return `{${pairs.map(([k, v]) => `${inPython(k)}: ${inPython(v)}`).join(",")}}`;
}

test("random values and callbacks are equivalent in Python and JavaScript", async () => {
  const start = seed();
  console.log(`TEST_SEED=${start}`);
  const values = new Values(randomOf(start));
  await using fut = await open(programPath("errors"), { backend: "c" });
  const py: Py = await fut.python("builtins");
  const back = async (value: Py) => (typeof value === "function" ? await value.valueOf() : value);
  const identity = await py.eval("lambda x: x");
  // `repr` distinguishes what == does not: -0.0, True and 1, or NaN from NaN.
  const same = await py.eval("lambda x, text: repr(x) == repr(eval(text))");
  const through = await py.eval("lambda f, *a: f(*a)");
  const guarded = await py.eval(`exec('''
def guarded(f, catch):
    try:
        return f()
    except Exception as error:
        if catch:
            return "caught"
        raise
''', globals()) or guarded`);
  for (let step = 0; step < steps(300, 30_000); step++) {
    const value = values.value(values.below(6));
    assert.ok(await same(value, inPython(value)), `to Python: ${inPython(value)}`);
    assert.deepEqual(await back(await identity(value)), value);
    assert.deepEqual(await back(await py.eval(inPython(value))), value);
    let got: unknown;
    const result = await back(
      await through((given: unknown) => {
        got = given;
        return value;
      }, value),
    );
    // A container is returned as a Python object, which another call reads.
    if (typeof got !== "function") assert.deepEqual(got, value);
    else assert.deepEqual(await back(got), value);
    assert.deepEqual(result, value);
    // Levels of callbacks, one of which throws, and one of which, perhaps, catches.
    const levels = 1 + values.below(6);
    const thrown = new RangeError(`level ${levels}`);
    const catches = values.below(levels + 2);
    const level = (n: number): Promise<unknown> =>
      n === levels ? Promise.reject(thrown) : guarded(() => level(n + 1), n === catches);
    const outcome = await level(0).then(
      (said) => said,
      (error: Error) => {
        let cause: unknown = error;
        while (cause instanceof Error && cause !== thrown) cause = cause.cause;
        return cause;
      },
    );
    assert.equal(outcome, catches < levels ? "caught" : thrown);
  }
});

test("numpy's arrays of every kind are the same on both sides", async () => {
  await using fut = await open(programPath("errors"), { backend: "c" });
  const py: Py = await fut.python("builtins");
  const cases = await py.eval(`exec('''
import numpy as np
def arrays():
    rng = np.random.default_rng(5)
    for dtype in "i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 ?".split():
        for shape in [(), (0,), (3,), (2, 3), (2, 0, 4), (3, 2, 4)]:
            whole = np.asarray(rng.random(shape) * 2).astype(dtype)
            yield whole
            if shape:
                yield whole[::-1]
                yield whole.T
                yield np.asfortranarray(whole)
                yield whole[..., ::2]
                yield np.broadcast_to(whole[:1], shape)
            if dtype != "?":
                yield whole.astype(">" + dtype)
def equal(ours, back):
    return bool(ours.dtype.newbyteorder("=") == back.dtype and ours.shape == back.shape
        and np.array_equal(ours, back))
checks = list(arrays())
''', globals()) or [len(checks), lambda i: checks[i], lambda i, back: equal(checks[i], back)]`);
  const [count, get, equal] = await Promise.all([cases[0], cases[1], cases[2]]);
  assert.ok(count > 300);
  for (let i = 0; i < count; i++) {
    assert.equal(await equal(i, await get(i)), true, `array ${i}`);
  }
});
