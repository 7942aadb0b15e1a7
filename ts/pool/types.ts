// The entry points of a pool as typed by bindings: plain data, as values stay in one worker.
import type { HandleOf } from "../arguments/argument-types.ts";
import type { Pending } from "../client/pending.ts";
import type { Entry } from "../module/typed-module.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import type { FutharkArray } from "../values/array.ts";
import type { FutharkOpaque } from "../values/opaque.ts";
import type { FutharkOpaqueArray } from "../values/opaque-array.ts";
import type { FutharkRecord } from "../values/record.ts";
import type { FutharkSum } from "../values/sum.ts";
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
  [I in keyof Args]: Exclude<Args[I], HandleOf | Pending<unknown>>;
};

/** A result as plain data; an abstract value cannot be copied out. */
export type PlainOf<T> =
  T extends FutharkArray<infer E, infer _>
    ? NdArray<E>
    : T extends FutharkRecord<infer S> | FutharkSum<infer S> | FutharkOpaqueArray<infer S>
      ? S["value"]
      : T extends FutharkOpaque<infer _>
        ? never
        : T extends readonly unknown[]
          ? { [I in keyof T]: PlainOf<T[I]> }
          : T;
