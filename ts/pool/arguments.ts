import { got } from "../arguments/describe.ts";
import { Variant } from "../arguments/variant.ts";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import { hasSlots } from "../client/slot.ts";
import { ArgumentError, located, ValueStateError } from "../errors.ts";
import { isScijsLike, nd } from "../nd-array/nd.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { typedArrayName } from "../nd-array/typed-array.ts";
import { isPlainObject } from "../plain-object.ts";
import { BorrowedArray } from "../transfer/borrowed-array.ts";
import { ClusterInput, LocalInput } from "./input.ts";

/**
 * Copies the arguments of a call that may start later or be retried.
 * @throws {ArgumentError} If one is a handle or a pending call, which belong to one worker.
 */
export function copyArguments(
  args: readonly unknown[],
  info: EntryPointInfo,
  copier: ArrayCopier = COPIES,
): unknown[] {
  return args.map((arg, i) => {
    const parameter = info.inputs[i]?.name;
    const name = parameter === undefined ? "" : ` (${parameter})`;
    return copyData(arg, `${info.name} argument ${i + 1}${name}`, 0, copier);
  });
}

/** How arrays and inputs of a pool are passed. */
export interface ArrayCopier {
  array(value: NdArray): unknown;
  view(value: ArrayBufferView): unknown;
  /** @throws {ArgumentError | ValueStateError} It cannot be used here. */
  input(value: LocalInput | ClusterInput, where: string): unknown;
}

/** For calls that start later: everything is copied. */
const COPIES: ArrayCopier = {
  array: (value) => value.copy(),
  view: copyView,
  input: (value, where) => {
    if (value instanceof ClusterInput) throw foreign(where);
    if (value.data === undefined) throw new ValueStateError("freed", `${where}: was freed`);
    return value.data; // nobody else can change it
  },
};

/** For calls that are written immediately. Copies only memory shared with other processes. */
export const READS: ArrayCopier = {
  array: (value) => (value instanceof BorrowedArray ? value.copy() : value),
  view: (value) => value,
  input: (value, where) => {
    if (value instanceof ClusterInput) return value;
    throw foreign(where);
  },
};

function foreign(where: string): ArgumentError {
  return new ArgumentError(`${where}: the shared input is of another pool`);
}

function copyData(value: unknown, where: string, depth: number, copier: ArrayCopier): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof LocalInput || value instanceof ClusterInput) {
    return copier.input(value, where);
  }
  if (hasSlots(value) || value instanceof Promise) {
    throw new ArgumentError(
      `${where}: expected plain data, got ${got(value)}: values stay in one worker; use pool.run with a function that makes and uses them there, or on a cluster a list of entry points`,
    );
  }
  if (depth > MAX_DEPTH) {
    throw new ArgumentError(
      `${where}: expected a value nested at most ${MAX_DEPTH} deep, got one that is nested deeper or contains itself`,
    );
  }
  const copy = (item: unknown): unknown => copyData(item, where, depth + 1, copier);
  if (value instanceof NdArray) return copier.array(value);
  if (ArrayBuffer.isView(value)) return copier.view(value);
  if (value instanceof Variant) return new Variant(value.variant, value.payload.map(copy));
  if (Array.isArray(value)) {
    // A longer array may be sparse, and would take too long to traverse.
    if (value.length > MAX_NESTED) {
      throw new ArgumentError(
        `${where}: expected a JS array of at most ${MAX_NESTED} elements, got ${value.length}: use a typed array`,
      );
    }
    return value.map(copy);
  }
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
  }
  // Arrow's columns and tables are immutable.
  return isScijsLike(value) ? located(where, () => nd(value).copy()) : value;
}

/** Returns a copy of the part of the buffer that a view covers, as the same type of view. */
function copyView(value: ArrayBufferView): unknown {
  const name = typedArrayName(value);
  if (name === undefined) return value; // a DataView, which no entry point takes
  // Subclasses may copy in their own way or, like Buffer, not at all.
  const kinds = globalThis as unknown as Record<string, new (data: ArrayBufferView) => object>;
  return new (kinds[name] as (typeof kinds)[string])(value);
}

/** Exceeds the nesting of any Futhark type. */
const MAX_DEPTH = 128;
