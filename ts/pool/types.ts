// The entry points of a pool as typed by bindings: plain data, as values stay in one worker.
import type { ArrayHandleOf, HandleOf } from "../arguments/argument-types.ts";
import type { Pending } from "../client/pending.ts";
import type { Entry } from "../module/typed-module.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import type { FutharkArray } from "../values/array.ts";
import type { FutharkOpaque } from "../values/opaque.ts";
import type { FutharkOpaqueArray } from "../values/opaque-array.ts";
import type { FutharkRecord } from "../values/record.ts";
import type { FutharkSum } from "../values/sum.ts";
import type { PoolInput } from "./input.ts";
import type { TaskOptions } from "./queue.ts";

/** An entry point of a pool that takes `Args` and returns `Result`. */
export interface PoolEntry<Args extends readonly unknown[], Result> {
  /** @throws {ArgumentError | WorkerExitError} By rejection. */
  (...args: Args): Promise<Result>;
  /** Returns the same entry point with limits on its calls. */
  with(options: TaskOptions): PoolEntry<Args, Result>;
}

/** The entry points of a pool, derived from those of a module. */
export type PoolEntries<Entries> = 0 extends 1 & Entries
  ? Entries // `any` if there are no bindings
  : { readonly [Name in keyof Entries]: PoolEntryOf<Entries[Name]> };

type PoolEntryOf<E> =
  E extends Entry<infer Args, infer Result> ? PoolEntry<PlainArgs<Args>, PlainOf<Result>> : never;

type PlainArgs<Args extends readonly unknown[]> = {
  [I in keyof Args]: Exclude<Args[I], HandleOf | Pending<unknown>> | SharedOf<Args[I]>;
};

type SharedOf<Arg> = Arg extends ArrayHandleOf<infer E, infer R> ? PoolInput<E, R> : never;

/** The names of entry points that bindings know; none without bindings. */
export type EntryName<Entries> = 0 extends 1 & Entries ? never : keyof Entries & string;

/** `T` without bindings, else `never`. */
export type WithoutBindings<Entries, T> = 0 extends 1 & Entries ? T : never;

/** The arguments of a task: those of an entry point, or of the first one of a chain. */
export type ArgsOf<Entries, Task> = Task extends readonly [infer First, ...unknown[]]
  ? ArgsOf<Entries, First>
  : Entries[Task & keyof Entries] extends Entry<infer Args, infer _>
    ? Readonly<PlainArgs<Args>>
    : never;

/** An input of a map: the arguments, or the only one unless it is a JS array. */
export type MapInputOf<Entries, Task> =
  | ArgsOf<Entries, Task>
  | (ArgsOf<Entries, Task> extends readonly [infer Only]
      ? Exclude<Only, readonly unknown[]>
      : never);

/** The result of a task: that of an entry point, or of the last one of a chain. */
export type ResultOf<Entries, Task> = Task extends readonly [...unknown[], infer Last]
  ? ResultOf<Entries, Last>
  : Entries[Task & keyof Entries] extends Entry<infer _, infer Result>
    ? PlainOf<Result>
    : never;

/** A chain, if each entry point takes what the one before returns; else a text that says so. */
export type ChainOf<Entries, Names> = Names extends readonly [
  infer First,
  infer Next,
  ...infer Rest,
]
  ? Continues<Entries, First, Next> extends true
    ? readonly [First, ...AsList<ChainOf<Entries, readonly [Next, ...Rest]>>]
    : readonly [First, `${Next & string} does not take what ${First & string} returns`]
  : Names;

type AsList<T> = T extends readonly unknown[] ? T : never;

type Continues<Entries, First, Next> =
  Entries[First & keyof Entries] extends Entry<infer _, infer Result>
    ? Entries[Next & keyof Entries] extends Entry<infer Args, infer _>
      ? (Result extends readonly unknown[] ? Result : [Result]) extends Args
        ? true
        : false
      : false
    : false;

/** A result as plain data; an abstract value cannot be copied out. */
export type PlainOf<T> =
  T extends FutharkArray<infer E, infer _>
    ? NdArray<E>
    : T extends FutharkRecord<infer S>
      ? S["value"]
      : T extends FutharkSum<infer S>
        ? S["value"]
        : T extends FutharkOpaqueArray<infer S>
          ? S["value"]
          : T extends FutharkOpaque<infer _>
            ? never
            : T extends readonly unknown[]
              ? { [I in keyof T]: PlainOf<T[I]> }
              : T;
