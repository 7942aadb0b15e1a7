// Consumption, aliasing and stored values as Node sees them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type FutharkModule, isFutharkError, open, openSync, variant } from "../../ts/index.ts";
import { programPath, refusedByCompiler } from "../support/programs.ts";

let fut: FutharkModule;
let other: FutharkModule;
let walk: FutharkModule | string;
before(async () => {
  const options = { backend: "c" } as const;
  [fut, other, walk] = await Promise.all([
    open(programPath("types"), options),
    open(programPath("kinds"), options),
    open(programPath("walk"), options).catch(refusedByCompiler),
  ]);
});
after(() => Promise.all([fut, other, walk].map((m) => typeof m !== "string" && m.close())));

const array = (...numbers: number[]) => fut.toFuthark("[]i32", Int32Array.from(numbers));
// biome-ignore lint/suspicious/noExplicitAny: a program without bindings
const numbers = async (handle: any) => [...(await (await handle).values())];
const consumedBy = (name: string) => (error: Error) => {
  assert.match(error.message, new RegExp(`was consumed by ${name}$`));
  return isFutharkError(error, "consumed");
};

test("the error for any use of a consumed handle names the consuming call", async () => {
  // biome-ignore lint/suspicious/noExplicitAny: a program without bindings
  const xs: any = await array(1, 2, 3);
  const call = fut.entry.overwrite(xs, 9);
  assert.equal(xs.state, "consumed");
  for (const use of [
    () => xs.values(),
    () => xs.at(0),
    () => xs.borrow(),
    () => fut.entry.alias(xs),
    () => fut.entry.overwrite(xs, 1),
    () => fut.types.holder.new({ xs, tag: 1 }),
  ]) {
    await assert.rejects(async () => await use(), consumedBy("overwrite"));
  }
  assert.deepEqual(await numbers(call), [9, 2, 3]);
  xs.free();
  assert.equal(xs.state, "consumed");
});

test("two calls race for one handle: the first consumes it, in either order", async () => {
  for (const overwriteFirst of [true, false]) {
    const xs = await array(1, 2, 3);
    const overwrite = () => fut.entry.overwrite(xs, 9);
    const add = () => fut.entry.add_into(xs, [1, 1, 1]);
    const [first, second] = overwriteFirst ? [overwrite(), add()] : [add(), overwrite()];
    const name = overwriteFirst ? "overwrite" : "add_into";
    await assert.rejects(second, consumedBy(name));
    assert.deepEqual(await numbers(first), overwriteFirst ? [9, 2, 3] : [2, 3, 4]);
  }
});

test("a call that reads before one that overwrites sees the old value, awaited or not", async () => {
  const xs = await array(1, 2, 3);
  const before = fut.entry.alias(xs);
  const over = fut.entry.overwrite(xs, 9);
  const after = fut.entry.alias(over);
  assert.deepEqual(await numbers(after), [9, 2, 3]);
  assert.deepEqual(await numbers(before), [1, 2, 3]);
});

test("a pending call is consumed before it has settled", async () => {
  const xs = fut.entry.fresh(3n);
  const over = fut.entry.overwrite(xs, 7);
  await assert.rejects(fut.entry.overwrite(xs, 8), consumedBy("overwrite"));
  assert.deepEqual(await numbers(over), [7, 1, 2]);
  assert.equal((await xs).state, "consumed");
});

test("one handle can be consumed and read in the same call", async () => {
  const xs = await array(1, 2, 3);
  assert.deepEqual(await numbers(fut.entry.add_into(xs, xs)), [4, 4, 4]);
});

test("a refused call consumes nothing, one that fails in Futhark does", async () => {
  const xs = await array(1, 2, 3);
  await assert.rejects(fut.entry.add_into(xs, [1.5]), (e) => isFutharkError(e, "bad-argument"));
  assert.deepEqual(await numbers(xs), [1, 2, 3]);
  await assert.rejects(fut.entry.add_into(xs, [1]), (e) => isFutharkError(e, "bad-argument"));
  await assert.rejects(async () => await numbers(xs), consumedBy("add_into"));
});

test("constants and results of one call are not changed by updates of others", async () => {
  const table = await fut.entry.constant_table();
  assert.deepEqual(await numbers(fut.entry.overwrite(table, 9)), [9, 1, 2, 3]);
  assert.deepEqual(await numbers(fut.entry.constant_table()), [0, 1, 2, 3]);
  const [one, two] = await fut.entry.twin([1, 2]);
  assert.deepEqual(await numbers(fut.entry.overwrite(one, 9)), [9, 2]);
  assert.deepEqual(await numbers(two), [1, 2]);
});

test("a part of a record is not changed by updates of the record", async (t) => {
  if (typeof walk === "string") return t.skip(walk);
  const pair = await walk.types.pair.new({ left: [1, 2], right: [3, 4] });
  const left = await pair.project("left");
  const changed = await walk.entry.put_pair(pair, 5);
  assert.deepEqual(await numbers(left), [1, 2]);
  assert.deepEqual(await numbers(changed.project("left")), [5, 2]);
});

test("a record made of one array twice is not overwritten in both places", async (t) => {
  if (typeof walk === "string") return t.skip(walk);
  const xs = walk.toFuthark("[]i32", Int32Array.of(1, 2));
  const figure = walk.types.figure.construct("cross", xs, xs);
  ((await xs) as { free(): void }).free();
  const { payload } = await (await walk.entry.put_figure(figure, 9)).toObject();
  assert.deepEqual(
    payload.map((part: { toNested(): unknown }) => part.toNested()),
    [
      [1, 2],
      [9, 2],
    ],
  );
});

test("elements of arrays of sums are set if the compiler supports it", async () => {
  const figures = await fut.entry.figures(2n);
  if (fut.types["[]figure"].info.canSet) {
    await figures.set(variant("disc", 9), 1);
    assert.deepEqual(await (await figures.at(1)).toObject(), { variant: "disc", payload: [9] });
    return;
  }
  await assert.rejects(
    async () => await figures.set(variant("disc", 9), 1),
    /cannot set elements.*0\.25\.36 can/,
  );
  await assert.rejects(fut.entry.total_area([variant("disc", 1)]), /0\.25\.36 or newer/);
});

test("stored bytes that are truncated, changed or of another type are refused", async () => {
  const trip = await fut.entry.trip(1n);
  const bytes: Uint8Array = await trip.store();
  const refused = (data: Uint8Array, type = "trip") =>
    assert.rejects(fut.types[type].restore(data), (e) => isFutharkError(e, "bad-argument"));
  const cut = Array.from({ length: bytes.length }, (_, n) => refused(bytes.subarray(0, n)));
  const flipped = Array.from({ length: bytes.length }, (_, n) => {
    const changed = Uint8Array.from(bytes);
    changed[n] = (changed[n] ?? 0) ^ (1 << (n % 8));
    return refused(changed);
  });
  await Promise.all([
    ...cut,
    ...flipped,
    refused(bytes, "walk"),
    refused(new Uint8Array(bytes.length)),
  ]);
  await assert.rejects(other.types.badge.restore(bytes), /another program/);
  const back = await fut.types.trip.restore(bytes);
  assert.equal(await fut.entry.trip_home(back), 2);
});

test("another process, another language restores from a file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-store-"));
  try {
    const file = join(folder, "trip");
    writeFileSync(file, await (await fut.entry.trip(3n)).store());
    const code = `import { readFileSync } from "node:fs"; import { openSync } from ${JSON.stringify(new URL("../../ts/index.ts", import.meta.url).href)};
      const fut = openSync(process.argv[1], { backend: "multicore" });
      console.log(fut.entry.trip_home(fut.types.trip.restore(readFileSync(process.argv[2])))); fut.close();`;
    const args = ["--import", "tsx", "--input-type=module", "--eval", code];
    const { stdout, stderr } = spawnSync(process.execPath, [...args, programPath("types"), file]);
    assert.equal(String(stdout).trim(), "4", String(stderr));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a blocking module consumes in the same way", () => {
  const sync = openSync(programPath("types"), { backend: "c" });
  try {
    const xs = sync.toFuthark("[]i32", Int32Array.of(1, 2)) as unknown as { state: string };
    const same = sync.entry.alias(xs);
    const over = sync.entry.overwrite(xs, 9);
    assert.equal(xs.state, "consumed");
    assert.deepEqual([...same.values()], [1, 2]);
    assert.deepEqual([...over.values()], [9, 2]);
    assert.throws(() => sync.entry.alias(xs), consumedBy("overwrite"));
  } finally {
    sync.close();
  }
});
