import { got } from "../arguments/got.ts";
import { Variant } from "../arguments/variant.ts";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import { hasSlots } from "../client/slot.ts";
import { ArgumentError, located } from "../errors.ts";
import { isScijsLike, nd } from "../nd-array/nd.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { typedArrayName } from "../nd-array/typed-array.ts";
import { isPlainObject } from "../plain-object.ts";

/**
 * Copies the arguments of a call that may start later or be retried.
 * @throws {ArgumentError} If one is a handle or a pending call, which belong to one worker.
 */
export function copyArguments(args: readonly unknown[], info: EntryPointInfo): unknown[] {
  return args.map((arg, i) => {
    const parameter = info.inputs[i]?.name;
    const name = parameter === undefined ? "" : ` (${parameter})`;
    return copyData(arg, `${info.name} argument ${i + 1}${name}`, 0);
  });
}

function copyData(value: unknown, where: string, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (hasSlots(value) || value instanceof Promise) {
    throw new ArgumentError(
      `${where}: expected plain data, got ${got(value)}: values stay in one worker; use pool.run with a function that makes and uses them there`,
    );
  }
  if (depth > MAX_DEPTH) {
    throw new ArgumentError(
      `${where}: expected a value nested at most ${MAX_DEPTH} deep, got one that is deeper, or contains itself`,
    );
  }
  const copy = (item: unknown): unknown => copyData(item, where, depth + 1);
  if (value instanceof NdArray) return value.copy();
  if (ArrayBuffer.isView(value)) return copyView(value);
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
