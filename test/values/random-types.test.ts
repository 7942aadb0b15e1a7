// Random values of random types go into Futhark and come back equal. The programs are those of
// the Python test: types called f have arrays of size 2 only, in types called v sizes are free.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Variant } from "../../ts/arguments/variant.ts";
import type { TypeInfo } from "../../ts/bindings/program-info.ts";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { type FutharkModule, NdArray, open, variant } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

const PROGRAMS = ["random_5", "random_8", "random_16"];
const CASES = 2000; // for each program
const seed = Number(process.env.FUTHARK_BRIDGE_SEED || Date.now() % 2 ** 31);

function scalars(elemtype: Elemtype): fc.Arbitrary<unknown> {
  const { min, max, scalar } = ELEMTYPES[elemtype];
  if (elemtype === "bool") return fc.boolean();
  if (elemtype === "f64") return fc.double();
  if (elemtype === "f32") return fc.float();
  if (elemtype === "f16") return fc.integer({ min: -2048, max: 2048 }).map((n) => n / 8);
  if (scalar === "bigint") return fc.bigInt({ min: BigInt(min ?? 0), max: BigInt(max ?? 0) });
  return fc.integer({ min: Number(min), max: Number(max) });
}

/** Values of a type: arrays in an f have 2 elements, others any number. */
function values(fut: FutharkModule, name: string, inFixed: boolean): fc.Arbitrary<unknown> {
  if (Object.hasOwn(ELEMTYPES, name)) return scalars(name as Elemtype);
  const info: TypeInfo = fut.types[name].info;
  const fixed = inFixed || /^f\d$/.test(name);
  if ("rank" in info) {
    const item = values(fut, info.elemtype, fixed || info.kind !== "array");
    const size = fixed ? fc.constant(2) : fc.nat(3);
    return fc
      .array(size, { minLength: info.rank, maxLength: info.rank })
      .chain((shape) =>
        shape.reduceRight<fc.Arbitrary<unknown>>(
          (inner, n) => fc.array(inner, { minLength: n, maxLength: n }),
          item,
        ),
      );
  }
  if (info.kind === "sum") {
    const variants = info.variants.map(({ name: variantName, payload }) =>
      fc
        .tuple(...payload.map((type) => values(fut, type, fixed)))
        .map((parts) => variant(variantName, ...parts)),
    );
    return fc.oneof(...variants);
  }
  assert.ok(info.kind === "record");
  const parts = info.fields.map(({ type }) => values(fut, type, fixed));
  if (info.tuple) return fc.tuple(...parts);
  return fc
    .tuple(...parts)
    .map((made) => Object.fromEntries(info.fields.map((field, i) => [field.name, made[i]])));
}

/** An argument: arrays of sums element by element, by the program's entries. Nothing waits. */
function sent(fut: FutharkModule, name: string, data: unknown): unknown {
  if (Object.hasOwn(ELEMTYPES, name)) return data;
  const info: TypeInfo = fut.types[name].info;
  if (info.kind === "array") return data;
  if (data instanceof Variant) {
    const payload =
      (info.kind === "sum" && info.variants.find((v) => v.name === data.variant)?.payload) || [];
    return variant(
      data.variant,
      ...data.payload.map((part: unknown, i: number) => sent(fut, payload[i] ?? "", part)),
    );
  }
  if (info.kind === "record") {
    const fields = data as Record<string, unknown>;
    const parts = info.fields.map((field) => [
      field.name,
      sent(fut, field.type, fields[field.name]),
    ]);
    return info.tuple ? parts.map(([, part]) => part) : Object.fromEntries(parts);
  }
  assert.ok("elemtype" in info);
  const [first, ...others] = data as unknown[];
  // An empty array does not determine the sizes of arrays within its elements.
  if (first === undefined) return fut.entry[`none_${info.elemtype}`]();
  if (!holdsSums(fut, info.elemtype)) {
    return (data as unknown[]).map((item) => sent(fut, info.elemtype, item));
  }
  const one = (item: unknown) => fut.entry[`one_${info.elemtype}`](sent(fut, info.elemtype, item));
  return others.reduce<unknown>(
    (whole, item) => fut.entry[`join_${info.elemtype}`](whole, one(item)),
    one(first),
  );
}

function holdsSums(fut: FutharkModule, name: string): boolean {
  if (Object.hasOwn(ELEMTYPES, name)) return false;
  const info: TypeInfo = fut.types[name].info;
  if (info.kind === "record") return info.fields.some(({ type }) => holdsSums(fut, type));
  return info.kind === "sum" || ("elemtype" in info && holdsSums(fut, info.elemtype));
}

/** Comparable data: plain objects, and nested arrays for NdArrays. */
function plain(data: unknown): unknown {
  if (data instanceof NdArray) return data.toNested();
  if (Array.isArray(data)) return data.map(plain);
  if (data instanceof Variant) return { variant: data.variant, payload: plain([...data.payload]) };
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, part]) => [name, plain(part)]));
}

for (const program of PROGRAMS) {
  test(`${program}: random values of random types come back equal`, async (t) => {
    t.diagnostic(`FUTHARK_BRIDGE_SEED=${seed}`);
    await using fut = await open(programPath(program), { backend: "c" });
    const entries = fut.entryPoints.filter(({ name }) => name.startsWith("same_"));
    const cases = fc
      .constantFrom(...entries)
      .chain((entry) =>
        fc.tuple(fc.constant(entry), values(fut, entry.inputs[0]?.type ?? "", false)),
      );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ([entry, value]) => {
        run++;
        const argument = sent(fut, entry.inputs[0]?.type ?? "", value);
        const result: unknown = await fut.entry[entry.name](argument);
        const found = entry.outputs.length === 1 ? [result] : (result as unknown[]);
        const copies = await Promise.all(
          found.map((part, i) =>
            Object.hasOwn(ELEMTYPES, entry.outputs[i]?.type ?? "") ? part : fut.fromFuthark(part),
          ),
        );
        assert.deepEqual(plain(entry.outputs.length === 1 ? copies[0] : copies), plain(value));
      }),
      { seed, numRuns: CASES },
    );
    assert.ok(run >= CASES);
  });
}
