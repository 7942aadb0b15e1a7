// Wrong arguments of every kind, in every function of a module, each in its own `try`:
// every failure is reported to the caller, and only there. A rejection that nobody handles ends
// Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../support/processes.ts";
import { seed, steps } from "./scale.ts";

const chosen = seed();

const SCRIPT = `
const { variant, isFutharkError, NdArray } = bridge;
const { generator } = await import("./test/search/random.ts");
const below = generator(Number(process.env.SEED));
// A chosen function is called; the others are not.
const one = (...choices) => { const it = pick(choices); return typeof it === "function" ? it() : it; };
const pick = (choices) => choices[below(choices.length)];
let now = "opening";
process.on("unhandledRejection", (error) => {
  console.log(trail.slice(-40).join("\\n"));
  console.log("unhandled after " + now + ": " + error.stack);
  process.exit(1);
});
let fut = await open(program("types"), { backend: "c" });
let other = await open(program("weigh"), { backend: "c" });
const handles = async () => ({
  array: await fut.entry.fresh(3n),
  record: await fut.types.holder.new({ xs: [1], tag: 2 }),
  sum: await fut.types.figure.construct("box", { w: 1, h: 2 }),
  places: await fut.entry.places(3n),
  figures: await fut.entry.figures(2n),
  counter: await fut.entry.counter_start(1n),
});
let live = await handles();
const freed = await handles();
for (const each of Object.values(freed)) each.free();
const aborted = { signal: AbortSignal.abort() };

// Each returns a new argument; many of them fail, at once or later.
const makers = [
  () => pick(Object.values(live)),
  () => pick(Object.values(freed)),
  () => fut.entry.fresh(BigInt(below(4))),
  () => fut.entry.fresh("x" + trail.length),
  () => fut.entry.overwrite([], 1),
  () => fut.entry.overwrite(fut.entry.fresh(2n), fut.entry.unmark([1, true])),
  () => fut.entry.overwrite(fut.entry.fresh(2n), fut.entry.unmark(["x", true])),
  () => fut.entry.unmark([1, true]),
  () => fut.entry.unmark(["x", true]),
  () => fut.entry.twin([1]),
  () => fut.entry.twin("x"),
  () => fut.entry.fresh.with(aborted)(1n),
  () => fut.entry.alias.with(aborted)(fut.entry.fresh("x")),
  () => other.entry.sum([1]),
  () => other.types.load.new({ xs: [1], n: 1n }),
  () => { const p = fut.entry.fresh(1n); p.free(); return p; },
  () => { const p = fut.entry.overwrite([], 1); p.free(); return p; },
  () => fut.types.holder.new({ xs: fut.entry.fresh("x"), tag: 1 }),
  () => pick([live, freed]).record.project(pick(["xs", "none"])),
  () => pick([live, freed]).array.values(),
  () => pick([live, freed]).places.at(below(5)),
  () => fut.fromFuthark(fut.entry.fresh("x")),
  () => ({ xs: value(), tag: value() }),
  () => ({ lat: value(), lon: value() }),
  () => ({ variant: "box", payload: [value()] }),
  () => variant(pick(["disc", "box", "none"]), value()),
  () => [value(), value()],
  () => [],
  () => ({ get xs() { throw new Error("a getter"); }, tag: fut.entry.unmark("x") }),
  () => [1, 2, 3],
  () => Int32Array.of(1, 2),
  () => nd(Float64Array.of(1, 2), [2]),
  () => pick([undefined, null, "x", 1, 1.5, 2n, NaN, true, Symbol("s"), () => 1, new Map(), -1]),
];
// What was done, to name the call whose failure was not reported.
const trail = [];
const value = () => {
  const maker = pick(makers);
  trail.push("   " + maker);
  return maker();
};
const values = () => Array.from({ length: below(4) }, value);
const handle = () => pick(Object.values(pick([live, freed])));
const entries = fut.entryPoints.map(({ name }) => name);
const types = Object.keys(fut.types);

const calls = {
  entry: () => {
    const { name, inputs } = pick(fut.entryPoints);
    return fut.entry[name](...inputs.map(value));
  },
  count: () => fut.entry[pick(entries)](...values()),
  with: () => fut.entry[pick(entries)].with(one(aborted, {}, { timeoutMs: 60_000 }, value))(...values()),
  unknown: () => fut.entry.none(...values()),
  fromFuthark: () => fut.fromFuthark(...values()),
  toFuthark: () => fut.toFuthark(one(...types, "none", value), value()),
  new: () => fut.types[pick(types)].new(value()),
  construct: () => fut.types[pick(types)].construct(one("box", "path", "none", value), ...values()),
  zip: () => fut.types[pick(types)].zip(one(() => ({ lat: value(), lon: value() }), values, value)),
  restore: () => fut.types[pick(types)].restore(value()),
  alloc: () => fut.alloc(one("i32", value), one([2], () => [value()], value)),
  at: () => handle().at?.(...values()),
  set: () => handle().set?.(value(), ...values()),
  project: () => handle().project?.(value()),
  destruct: () => handle().destruct?.(value()),
  read: () => {
    const from = handle();
    return (from.values ?? from.toObject ?? from.toObjects ?? from.store).call(from);
  },
  table: () => handle().toTable?.(),
  arrow: () => handle().toArrow?.(),
  nested: () => handle().toNested?.(),
  borrow: () => handle().borrow?.(),
  store: () => handle().store?.(),
  free: () => {
    const freed = value();
    if (freed?.free !== undefined) return freed.free();
    return fut.toFuthark("holder", freed);
  },
};
const METHODS = ["values", "toNdArray", "toNested", "toTable", "borrow", "at", "project", "toObject"];
METHODS.push("toObjects", "set", "store", "variant", "destruct");
Object.assign(calls, {
  // On a value that is still pending, or that fails.
  pending: () => {
    const { name, inputs } = pick(fut.entryPoints);
    const made = fut.entry[name](...inputs.map(value));
    // A tuple is read as an array is, whose methods take no promises.
    return made.length === undefined ? made[pick(METHODS)](...values()) : made;
  },
  chain: () => {
    const first = fut.types.holder.new(value()).project(pick(["xs", "tag", "none"]));
    return first[pick(METHODS)](...values());
  },
  parts: () => {
    const [a, b] = fut.entry.swap([value(), value()]);
    return pick([() => a, () => a.values(), () => fut.entry.alias(a), () => b.free()])();
  },
});
const names = Object.keys(calls);
const outcomes = { failed: 0, resolved: 0 };

async function step(count) {
  for (let i = 0; i < count; i++) {
    now = pick(names);
    trail.push(now);
    try {
      await calls[now]();
      outcomes.resolved++;
    } catch (error) {
      outcomes.failed++;
      if (!isFutharkError(error) && error.message !== "a getter" && error.name !== "TypeError") {
        console.log("untyped after " + now + ": " + error.stack);
      }
    }
    if (Object.values(live).some(({ state }) => state !== "live")) live = await handles();
  }
  await new Promise((resolve) => setImmediate(resolve));
}
const count = Number(process.env.STEPS);
await step(count);
// The same with a worker that has died: everything fails, and every failure is reported.
const { workersOf } = await import("./test/support/processes.ts");
process.kill(Math.min(...workersOf()), "SIGKILL");
for (let i = 0; i < count; i++) {
  now = "dead " + pick(names);
  try {
    await calls[now.slice(5)]();
  } catch (error) {
    outcomes.failed++;
  }
}
await new Promise((resolve) => setImmediate(resolve));
await Promise.allSettled([fut.close(), other.close()]);
console.log("ended", outcomes.failed > 0 && outcomes.resolved > 0);
`;

test("every failure is reported to the caller, and is not an unhandled rejection", async (t) => {
  t.diagnostic(`TEST_SEED=${chosen}`);
  const { stdout, stderr, status } = await runScript(SCRIPT, {
    env: { SEED: String(chosen), STEPS: String(steps(1500, 100_000)) },
  });
  assert.deepEqual({ stdout, stderr, status }, { stdout: "ended true\n", stderr: "", status: 0 });
});
