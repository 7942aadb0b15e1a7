// The parts of a module as typed by generated bindings. At run time every module has the same ones.
import type { Arg, ArrayArg } from "../arguments/argument-types.ts";
import type {
  AbstractTypeInfo,
  ArrayTypeInfo,
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  RecordTypeInfo,
  SumTypeInfo,
} from "../bindings/program-info.ts";
import type { Pending } from "../client/pending.ts";
import type { Elemtype } from "../elemtypes.ts";
import type { FutharkArray } from "../values/array.ts";
import type { OpaqueArrayShape, RecordShape, SumShape } from "../values/handle-types.ts";
import type { FutharkOpaque } from "../values/opaque.ts";
import type { FutharkOpaqueArray } from "../values/opaque-array.ts";
import type { FutharkRecord } from "../values/record.ts";
import type { FutharkSum } from "../values/sum.ts";
import type { CallOptions } from "./call-limits.ts";

/** An entry point that takes `Args` and returns `Result`. */
export interface Entry<Args extends readonly unknown[], Result> {
  /** @throws {ArgumentError | ValueStateError} By rejection, if an argument is unusable. */
  (...args: Args): Pending<Result>;
  /**
   * Returns the same entry point with limits on its calls. Futhark cannot stop a running call, so
   * the worker is ended and another one started: all values that it held are lost.
   */
  with(options: CallOptions): Entry<Args, Result>;
}

/** A type whose values can be constructed. */
interface Makes<Name extends string, Info, Argument, Handle> {
  readonly name: Name;
  readonly info: Info;
  /** Makes a value from data, which is copied; a handle is returned as is. */
  readonly new: (value: Argument) => Pending<Handle>;
}

/** A type whose values can be serialized. */
interface Restores<Handle> {
  /**
   * Makes a value from the bytes that `store()` returned.
   * @throws {ArgumentError} If they are truncated, corrupted, or of another program or type.
   */
  restore(bytes: Uint8Array): Pending<Handle>;
}

/** A type of arrays of scalars. */
export interface ArrayType<E extends Elemtype, R extends number>
  extends Makes<string, ArrayTypeInfo, ArrayArg<E, R>, FutharkArray<E, R>> {
  readonly kind: "array";
}

/** A record or tuple type. */
export interface RecordType<T extends RecordShape>
  extends Makes<T["name"], RecordTypeInfo, Arg<T>, FutharkRecord<T>>,
    Restores<FutharkRecord<T>> {
  readonly kind: "record";
}

/** A sum type. */
export interface SumType<T extends SumShape & { readonly payloads: object }>
  extends Makes<T["name"], SumTypeInfo, Arg<T>, FutharkSum<T>>,
    Restores<FutharkSum<T>> {
  readonly kind: "sum";
  /** Makes a value from the name of a variant and its payload. */
  construct(...variant: Construction<T["payloads"]>): Pending<FutharkSum<T>>;
}

type Construction<Payloads> = {
  [N in keyof Payloads & string]: Payloads[N] extends readonly unknown[]
    ? [name: N, ...payload: Payloads[N]]
    : never;
}[keyof Payloads & string];

/** A type of arrays of records. */
export interface RecordArrayType<T extends OpaqueArrayShape & { readonly columns: object }>
  extends Makes<T["name"], RecordArrayTypeInfo, Arg<T>, FutharkOpaqueArray<T>>,
    Restores<FutharkOpaqueArray<T>> {
  readonly kind: "record_array";
  /** Joins one array per field into an array of records; handles are not copied. */
  zip(fields: T["columns"]): Pending<FutharkOpaqueArray<T>>;
}

/** A type of arrays of sums, arrays or abstract values. */
export interface OpaqueArrayType<T extends OpaqueArrayShape>
  extends Makes<T["name"], OpaqueArrayTypeInfo, Arg<T>, FutharkOpaqueArray<T>>,
    Restores<FutharkOpaqueArray<T>> {
  readonly kind: "opaque_array";
}

/** An abstract type, which is opaque outside the program. */
export interface AbstractType<Name extends string> extends Restores<FutharkOpaque<Name>> {
  readonly name: Name;
  readonly kind: "opaque";
  readonly info: AbstractTypeInfo;
}
