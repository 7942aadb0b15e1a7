import type { NdArray } from "../nd-array/nd-array.ts";
import type { FutharkOpaqueArray } from "../values/opaque-array.ts";
import type { CopiesOf, CopyOf } from "../values/plain.ts";
import type { FutharkRecord } from "../values/record.ts";
import type { FieldName, FieldOf, SumShape, VariantName } from "../values/shapes.ts";
import type { FutharkSum } from "../values/sum.ts";

/**
 * The blocking form of an API: what it promises is given at once. Handles that it gives are
 * in that form too; plain data stay as they are. The end of a worker, which is no result of a
 * call, is told by `onWorkerEnd` alone.
 */
export type Blocking<T> = T extends Plain
  ? T
  : T extends Promise<infer R>
    ? Blocking<R>
    : T extends FutharkRecord<infer S>
      ? Projects<S["fields"]> & Members<T, "project">
      : T extends FutharkOpaqueArray<infer S>
        ? Projects<S["fields"]> & Members<T, "project">
        : T extends FutharkSum<infer S>
          ? Destructs<S> & Members<T, "destruct">
          : T extends { readonly workerEnd: unknown }
            ? CopiesOut & Members<T, "workerEnd" | "fromFuthark">
            : BlockingOther<T>;

// biome-ignore lint/suspicious/noExplicitAny: any function
type BlockingOther<T> = T extends (...args: any[]) => any
  ? // As it is, where it promises nothing: a mapped function loses its type parameters.
    ReturnType<T> extends NdArray
    ? T
    : BlockingFunction<T>
  : T extends object
    ? { readonly [K in keyof T]: Blocking<T[K]> }
    : T;

type Members<T, Left extends string> = {
  readonly [K in Exclude<keyof T, Left>]: Blocking<T[K]>;
};

// Generic methods lose their parameters when they are mapped, so these are written out.
interface Projects<F> {
  project<K extends FieldName<F>>(name: K): Blocking<FieldOf<F, K>>;
}

interface CopiesOut {
  fromFuthark<T>(handle: T): CopyOf<T>;
  fromFuthark<T extends readonly unknown[]>(...handles: T): CopiesOf<T>;
}

interface Destructs<S extends SumShape> {
  destruct<K extends VariantName<S> = VariantName<S>>(name?: K): Blocking<S["variants"][K]>;
}

// Properties of functions (`with`) go along.
// biome-ignore lint/suspicious/noExplicitAny: any function
type BlockingFunction<F extends (...args: any[]) => any> = ((
  ...args: Parameters<F>
) => Blocking<ReturnType<F>>) & { readonly [K in keyof F]: Blocking<F[K]> };

type Plain =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | ArrayBufferView
  | NdArray
  | readonly string[]
  | readonly number[];
