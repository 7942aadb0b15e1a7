// Types of the arguments that entry points accept, for generated bindings.
import type { ArrowBatch, ArrowObject, ArrowTable } from "../arrow/arrow-objects.ts";
import type { Pending } from "../client/pending.ts";
import type { Elemtype, TypedArrayOf } from "../elemtypes.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import type { Variant } from "./variant.ts";

/** The properties that distinguish handles by type, including those of `openSync`. */
export interface HandleOf<Name extends string = string> {
  readonly type: Name;
  readonly state: "live" | "freed" | "consumed" | "lost";
  free(): void;
}

/** The properties that distinguish handles of arrays. */
export interface ArrayHandleOf<E extends Elemtype, R extends number> extends HandleOf {
  readonly elemtype: E;
  readonly rank: R;
  readonly shape: readonly number[];
}

/** A scalar as data. Integers are numbers or bigints, and are range-checked. */
export type ScalarInput<E extends Elemtype> = E extends "bool"
  ? boolean
  : E extends "f16" | "f32" | "f64"
    ? number
    : number | bigint;

/** An argument for a scalar parameter. */
export type ScalarArg<E extends Elemtype> = ScalarInput<E> | Pending<ScalarInput<E>>;

/** An argument for an array parameter of elemtype `E` with `R` dimensions. */
export type ArrayArg<E extends Elemtype, R extends number> =
  | ArrayHandleOf<E, R>
  | Pending<ArrayHandleOf<E, R>>
  | ArrayInput<E, R>;

/** An array as data. The rank of an {@link NdArray} is checked at run time. */
export type ArrayInput<E extends Elemtype, R extends number> =
  | NdArray<E>
  | ScijsInput<E>
  | NestedInput<E, R>
  | ArrowObject
  | (R extends 1 ? TypedArrayOf<E> : never);

/** An n-d array of another library, as accepted by `nd`. */
export interface ScijsInput<E extends Elemtype> {
  readonly data: TypedArrayOf<E>;
  readonly shape: readonly number[];
  readonly stride?: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
  /** The elemtype of an NdArray, which its data may not determine. */
  readonly elemtype?: E;
}

/** Nested JS arrays, `R` levels deep; the innermost may be typed arrays. */
export type NestedInput<E extends Elemtype, R extends number> = NestedLevels<
  ScalarInput<E>,
  TypedArrayOf<E>,
  R
>;

type NestedLevels<S, Row, R extends number> = R extends 1
  ? readonly S[]
  : R extends 2
    ? readonly (readonly S[] | Row)[]
    : R extends keyof Less
      ? readonly NestedLevels<S, Row, Less[R]>[]
      : readonly unknown[]; // nested more deeply: checked at run time

/** Maps a rank to the next lower one. */
interface Less {
  readonly 3: 2;
  readonly 4: 3;
  readonly 5: 4;
  readonly 6: 5;
  readonly 7: 6;
  readonly 8: 7;
}

/**
 * An argument of a type that bindings describe: a handle, a pending call, or plain data. For an
 * array of records also an Arrow table, whose columns are checked at run time.
 */
export type Arg<T extends { readonly name: string; readonly input: unknown }> =
  | HandleOf<T["name"]>
  | Pending<HandleOf<T["name"]>>
  | T["input"]
  | (T extends { readonly columns: object } ? ArrowTable | ArrowBatch : never);

/** Plain data of a sum type: the result of `variant` for a name and a payload. */
export type VariantInput<Payloads> = {
  readonly [N in keyof Payloads & string]: Payloads[N] extends readonly unknown[]
    ? Variant<N, Payloads[N]>
    : never;
}[keyof Payloads & string];

/** A record as an array element: its fields must be plain data, not handles. */
export type RowOf<T> = { readonly [K in keyof T]: Exclude<T[K], HandleOf | Pending<unknown>> };
