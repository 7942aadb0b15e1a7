// Random programs of calls: values of one call go into others while they are still to be made,
// are freed, stored, read in every way and consumed. Each step is recorded, to be done again.

import type { OperationInfo, TypeInfo } from "../../ts/bindings/program-info.ts";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { type FutharkModule, isFutharkError, NdArray } from "../../ts/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: a program without bindings
type Untyped = any;

/** A step as soak.py reads it. */
export interface Step {
  readonly do: "call" | "new" | "project" | "at" | "store" | "read";
  readonly out?: readonly number[];
  readonly [more: string]: unknown;
}

interface Held {
  readonly number: number;
  readonly type: string;
  /** A handle, a pending call or a scalar; in the blocking form perhaps the error that it is. */
  readonly value: Untyped;
}

/** One program of calls on a module; `values` is what its reads showed, by the steps' order. */
export class Soak {
  readonly steps: Step[] = [];
  readonly shown: Promise<unknown>[] = [];
  readonly #fut: Untyped;
  readonly #below: (bound: number) => number;
  readonly #held: Held[] = [];
  #last = 0;

  constructor(fut: Pick<FutharkModule, "entryPoints">, below: (bound: number) => number) {
    this.#fut = fut;
    this.#below = below;
  }

  async step(): Promise<void> {
    const kinds = ["project", "at", "store", "read", "read", "new", "free", "settle"] as const;
    const kind = this.#below(2) === 0 ? "call" : this.#pick(kinds);
    if (kind === "call") return this.#call();
    if (kind === "new") return this.#new();
    const held = this.#held.length > 0 ? this.#pick(this.#held) : undefined;
    if (held === undefined) return;
    switch (kind) {
      case "read":
        return this.#read(held);
      case "free":
        this.#drop(held);
        // Of a scalar there is nothing to free.
        return held.value?.free?.();
      case "settle":
        await Promise.allSettled([held.value]);
        return;
      case "store":
        return this.#store(held);
      default:
        return this.#part(kind, held);
    }
  }

  /** Reads all that is held, and frees it. */
  async end(): Promise<void> {
    for (const held of this.#held) {
      await this.#read(held);
      held.value?.free?.();
    }
  }

  #call(): void | Promise<void> {
    const info = this.#pick(this.#fut.entryPoints) as OperationInfo;
    const used: Held[] = [];
    const given = info.inputs.map(({ type, name }) => this.#argument(type, name, used, 0));
    if (given.some((each) => each === undefined)) return;
    const args = given.map((each) => each?.[0]);
    if (args.length > 0 && this.#below(6) === 0) return this.#refused(info.name as string, args);
    const result = attempt(() => this.#fut.entry[info.name as string](...args));
    const out = info.outputs.map(() => ++this.#last);
    this.steps.push({ do: "call", entry: info.name, args: given.map((each) => each?.[1]), out });
    info.inputs.forEach(({ unique }, i) => {
      // A direct argument is consumed, not one within another value.
      const number = (given[i]?.[1] as { $value?: number } | null)?.$value;
      const held = used.find((each) => each.number === number);
      if (unique && held !== undefined) this.#drop(held);
    });
    if (out.length === 1) return this.#hold(info.outputs[0]?.type as string, result);
    return this.#several(info, out, result);
  }

  /** A call of which one argument does not fit leaves all as it was: it is not recorded. */
  #refused(name: string, args: readonly unknown[]): void {
    const place = this.#below(args.length);
    const wrong = args.map((value, i) => (i === place ? Symbol("wrong") : value));
    const result = attempt(() => this.#fut.entry[name](...wrong));
    if (result instanceof Promise) result.catch(() => {});
    else if (!(result instanceof Failure)) throw new Error(`${name} took a symbol`);
  }

  /** Several results are known when all of them are. */
  async #several(info: OperationInfo, out: readonly number[], result: unknown): Promise<void> {
    const values = await Promise.resolve(result).catch(failure);
    out.forEach((number, i) => {
      const type = info.outputs[i]?.type as string;
      const value = values instanceof Failure ? values : (values as unknown[])[i];
      this.#held.push({ number, type, value });
    });
  }

  #new(): void {
    const names = Object.keys(this.#fut.types);
    const type = this.#pick(names);
    const given = this.#argument(type, "", [], 0, false);
    if (given === undefined) return;
    const value = attempt(() => this.#fut.types[type].new(given[0]));
    this.steps.push({ do: "new", type, data: given[1], out: [++this.#last] });
    this.#hold(type, value);
  }

  async #part(kind: "project" | "at", held: Held): Promise<void> {
    const handle = await Promise.resolve(held.value).catch(() => undefined);
    const info = this.#info(held.type);
    if (handle === undefined || handle instanceof Failure || info === undefined) return;
    if (kind === "project") {
      if (info.kind !== "record" && info.kind !== "record_array") return;
      if (info.fields.length === 0) return;
      const { name, type } = this.#pick(info.fields);
      const value = attempt(() => handle.project(name));
      this.steps.push({ do: "project", of: held.number, name, out: [++this.#last] });
      this.#hold(type, value);
      return;
    }
    if (info.kind !== "record_array" && info.kind !== "opaque_array") return;
    if (handle.shape.includes(0)) return;
    const indices = handle.shape.map((size: number) => this.#below(size));
    const value = attempt(() => handle.at(...indices));
    this.steps.push({ do: "at", of: held.number, indices, out: [++this.#last] });
    this.#hold(info.elemtype, value);
  }

  async #store(held: Held): Promise<void> {
    const handle = await Promise.resolve(held.value).catch(() => undefined);
    if (typeof handle?.store !== "function") return;
    const bytes = await handle.store();
    const value = attempt(() => this.#fut.types[held.type].restore(bytes));
    this.steps.push({ do: "store", of: held.number, out: [++this.#last] });
    this.#hold(held.type, value);
  }

  async #read({ value, number, type }: Held): Promise<void> {
    const info = this.#info(type);
    if (info?.kind === "opaque") return;
    const way = this.#below(3);
    const isArray = info?.kind === "array";
    // Only an array that a call is still to make is read also where it is freed or consumed
    // before it is there; all else is a handle first, which is then read as it is now.
    const asked = isArray && way === 0 ? value : await Promise.resolve(value).catch(failure);
    const read = async (): Promise<unknown> => {
      if (asked instanceof Failure) throw asked.error;
      if (way === 0 && info !== undefined) return plain(await this.#fut.fromFuthark(asked));
      if (!isArray || way === 1) return plain(await copied(asked));
      using borrowed = await asked.borrow();
      return plain(borrowed);
    };
    this.steps.push({ do: "read", of: number });
    this.shown.push(read().catch(said));
  }

  /** An argument, and how it is recorded; none where nothing can be made. */
  #argument(
    type: string,
    parameter: string,
    used: Held[],
    depth: number,
    mayHold = true,
  ): [given: unknown, recorded: unknown] | undefined {
    const held = this.#held.filter((each) => each.type === type);
    const isSize = type === "i64" && ["n", "m", "i"].includes(parameter);
    if (mayHold && !isSize && held.length > 0 && this.#below(4) > 0) {
      const chosen = this.#pick(held);
      if (!(chosen.value instanceof Failure)) {
        used.push(chosen);
        return [chosen.value, { $value: chosen.number }];
      }
    }
    const info = this.#info(type);
    if (info === undefined) return same(this.#scalar(type as Elemtype));
    return this.#data(info, used, depth);
  }

  #data(info: TypeInfo, used: Held[], depth: number): [unknown, unknown] | undefined {
    const part = (type: string) => this.#argument(type, "", used, depth + 1);
    switch (info.kind) {
      case "array": {
        if (depth === 0 && info.name === "[]i32" && this.#below(8) === 0) {
          const [start, count] = [this.#below(1000), 8000 + this.#below(4000)];
          return [
            Int32Array.from({ length: count }, (_, i) => start + i),
            { $range: [start, count] },
          ];
        }
        const [rows, columns] = [1 + this.#below(3), 1 + this.#below(3)];
        const row = () => Array.from({ length: columns }, () => this.#scalar(info.elemtype));
        return same(info.rank === 1 ? row() : Array.from({ length: rows }, row));
      }
      case "record": {
        const parts = info.fields.map((field) => part(field.type));
        if (parts.some((each) => each === undefined)) return undefined;
        const of = (which: 0 | 1) => parts.map((each) => each?.[which]);
        if (info.tuple) return [of(0), of(1)];
        const named = (which: 0 | 1) =>
          Object.fromEntries(info.fields.map(({ name }, i) => [name, of(which)[i]]));
        return [named(0), named(1)];
      }
      case "sum": {
        const { name, payload } = this.#pick(info.variants);
        const parts = payload.map(part);
        if (parts.some((each) => each === undefined)) return undefined;
        const of = (which: 0 | 1) => ({
          variant: name,
          payload: parts.map((each) => each?.[which]),
        });
        return [of(0), of(1)];
      }
      case "record_array": {
        const element = this.#info(info.elemtype);
        if (element?.kind !== "record" || info.rank > 1) return undefined;
        const rows = Array.from({ length: 1 + this.#below(3) }, () => this.#row(element));
        return [rows, rows];
      }
      default:
        return undefined;
    }
  }

  /** A record as an element of an array: arrays in it have 3 elements. */
  #row(info: TypeInfo & { kind: "record" }): unknown {
    const parts = info.fields.map(({ type }) => {
      const field = this.#info(type);
      if (field === undefined) return this.#scalar(type as Elemtype);
      if (field.kind === "record") return this.#row(field);
      const { elemtype } = field as { elemtype: Elemtype };
      return Array.from({ length: 3 }, () => this.#scalar(elemtype));
    });
    if (info.tuple) return parts;
    return Object.fromEntries(info.fields.map(({ name }, i) => [name, parts[i]]));
  }

  #scalar(elemtype: Elemtype): number | boolean {
    if (elemtype === "bool") return this.#below(2) === 0;
    const { kind } = ELEMTYPES[elemtype];
    if (kind === "float") return this.#below(800) / 8 - 50.0625;
    return this.#below(6) - (elemtype.startsWith("i") && this.#below(8) === 0 ? 5 : 0);
  }

  #hold(type: string, value: unknown): void {
    if (value instanceof Promise) value.catch(() => {});
    this.#held.push({ number: this.#last, type, value });
  }

  #drop(held: Held): void {
    const at = this.#held.indexOf(held);
    if (at >= 0) this.#held.splice(at, 1);
  }

  #info(type: string): TypeInfo | undefined {
    return Object.hasOwn(ELEMTYPES, type) ? undefined : this.#fut.types[type].info;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }
}

/** What the blocking form threw. */
class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

function failure(error: unknown): Failure {
  return new Failure(error);
}

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return failure(error);
  }
}

function same(data: unknown): [unknown, unknown] {
  return [data, data];
}

function copied(handle: Untyped): unknown {
  return handle?.toNdArray?.() ?? handle?.toObject?.() ?? handle?.toObjects?.() ?? handle;
}

function said(error: unknown): string {
  if (!isFutharkError(error)) return `error ${String(error)}`;
  const refused = ["bad-argument", "program-error"].includes(error.code);
  return refused ? "error refused" : `error ${error.code}: ${error.message}`;
}

/** A value in a form that is the same for both languages. */
function plain(value: unknown): unknown {
  if (value instanceof NdArray) return plain(value.toNested());
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    if (Number.isNaN(value)) return "nan";
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    if (Number.isInteger(value)) return String(BigInt(value));
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(value);
    return bits.toString("hex");
  }
  return Object.fromEntries(
    Object.entries(value as object).map(([name, part]) => [name, plain(part)]),
  );
}
