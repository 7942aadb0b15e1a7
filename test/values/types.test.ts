// Every kind of type, by the table of cases that Python runs too: see there how it is written.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { TypeInfo } from "../../ts/bindings/program-info.ts";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { type FutharkModule, isFutharkError, NdArray, open, variant } from "../../ts/index.ts";
import { backendsToTest, openOptions } from "../support/backends.ts";
import { programPath } from "../support/programs.ts";

interface Case {
  readonly entry: string;
  readonly args: readonly unknown[];
  readonly result?: unknown;
  readonly error?: string;
}

const table = JSON.parse(
  readFileSync(new URL("../cases/types.json", import.meta.url), "utf8"),
) as Record<string, readonly Case[]>;

/** A case's data as what JavaScript has for a type, ready to be passed. */
async function dataOf(fut: FutharkModule, type: string, data: unknown): Promise<unknown> {
  if (isObject(data) && "call" in data) {
    const info = fut.entryPoints.find(({ name }) => name === data.call);
    const args = await all(data.args as unknown[], (arg, i) =>
      dataOf(fut, info?.inputs[i]?.type ?? "", arg),
    );
    return fut.entry[String(data.call)](...args);
  }
  if (Object.hasOwn(ELEMTYPES, type)) return scalarOf(type as Elemtype, data);
  const info: TypeInfo = fut.types[type].info;
  if ("rank" in info) return rowsOf(fut, info.elemtype, info.rank, data as unknown[]);
  if (info.kind === "record" && Array.isArray(data)) {
    return all(data, (part, i) => dataOf(fut, info.fields[i]?.type ?? "", part));
  }
  assert.ok(isObject(data));
  if (info.kind === "sum") {
    const known = info.variants.find(({ name }) => name === data.variant);
    const payload = await all(data.payload as unknown[], (part, i) =>
      known === undefined ? part : dataOf(fut, known.payload[i] ?? "", part),
    );
    return variant(String(data.variant), ...payload);
  }
  assert.ok(info.kind === "record");
  const parts = await all(Object.keys(data), async (name) => [
    name,
    await dataOf(fut, info.fields.find((field) => field.name === name)?.type ?? "", data[name]),
  ]);
  return Object.fromEntries(parts as [string, unknown][]);
}

function rowsOf(
  fut: FutharkModule,
  element: string,
  rank: number,
  data: readonly unknown[],
): Promise<unknown[]> {
  return all(data, (item) =>
    rank === 1 ? dataOf(fut, element, item) : rowsOf(fut, element, rank - 1, item as unknown[]),
  );
}

function scalarOf(elemtype: Elemtype, data: unknown): unknown {
  if (ELEMTYPES[elemtype].scalar === "bigint") return BigInt(data as string);
  if (typeof data !== "string") return data;
  if (data.endsWith("inf")) return data === "inf" ? Infinity : -Infinity;
  return data === "nan" ? Number.NaN : Number(data);
}

/** Data that are comparable: nested arrays for NdArrays. */
function plain(data: unknown): unknown {
  if (data instanceof NdArray) return data.toNested();
  if (Array.isArray(data)) return data.map(plain);
  if (!isObject(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([name, part]) => [name, plain(part)]));
}

async function all<T>(
  items: readonly T[],
  make: (item: T, i: number) => unknown,
): Promise<unknown[]> {
  // One after the other, so that a failure leaves nothing running.
  const made: unknown[] = [];
  for (const [i, item] of items.entries()) made.push(await make(item, i));
  return made;
}

function isObject(data: unknown): data is Record<string, unknown> {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

async function run(fut: FutharkModule, { entry, args, ...expected }: Case): Promise<void> {
  const info = fut.entryPoints.find(({ name }) => name === entry);
  assert.ok(info !== undefined, entry);
  const values = await all(args, (arg, i) => dataOf(fut, info.inputs[i]?.type ?? "", arg));
  if (expected.error !== undefined) {
    await assert.rejects(fut.entry[entry](...values), (error) =>
      isFutharkError(error, expected.error as "bad-argument"),
    );
    return;
  }
  const result: unknown = await fut.entry[entry](...values);
  const results = info.outputs.length === 1 ? [result] : (result as unknown[]);
  const wanted = info.outputs.length === 1 ? [expected.result] : (expected.result as unknown[]);
  assert.equal(results.length, info.outputs.length);
  for (const [i, { type }] of info.outputs.entries()) {
    const value = Object.hasOwn(ELEMTYPES, type) ? results[i] : await fut.fromFuthark(results[i]);
    // A strict comparison distinguishes -0 from 0, and takes NaN as equal to NaN.
    const data = JSON.parse(JSON.stringify(await dataOf(fut, type, wanted[i]), keep), revive);
    assert.deepEqual(plain(value), data, `${entry}(${JSON.stringify(args)})`);
  }
}

// A variant is an object with a class; what comes back is plain.
const keep = (_: string, value: unknown) =>
  typeof value === "bigint" || (typeof value === "number" && special(value))
    ? { special: String(Object.is(value, -0) ? "-0" : value), of: typeof value }
    : value;
const special = (value: number) => !Number.isFinite(value) || Object.is(value, -0);
const revive = (_: string, value: unknown) =>
  isObject(value) && "special" in value
    ? value.of === "bigint"
      ? BigInt(value.special as string)
      : Number(value.special)
    : value;

for (const { backend, skip } of backendsToTest) {
  for (const [program, cases] of Object.entries(table)) {
    let fut: FutharkModule;
    before(async () => {
      if (!skip) fut = await open(programPath(program), openOptions(backend));
    });
    after(async () => await fut?.close());

    for (const [k, example] of cases.entries()) {
      test(`${backend}: ${program} ${k}, ${example.entry}, returns its result`, {
        skip,
      }, async () => {
        await run(fut, example);
      });
    }
  }
}

test("the plain data of a sum from toObject is an argument again", async () => {
  await using fut = await open(programPath("types"), { backend: "c" });
  const box = await fut.types.figure.construct("box", { h: 2, w: 3 });
  const plain = await box.toObject();
  assert.deepEqual(plain, { variant: "box", payload: [{ h: 2, w: 3 }] });
  assert.equal(await fut.entry.area(plain), 6);
  await assert.rejects(fut.entry.area({ ...plain, more: 1 }), /^.*expected figure/);
});
