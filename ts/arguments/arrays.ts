import { fromArrow, isArrow } from "../arrow/apache.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import { ELEMTYPES, type TypedArray } from "../elemtypes.ts";
import { ArgumentError, located } from "../errors.ts";
import { isScijsLike, nd } from "../nd-array/nd.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { copyNested } from "../nd-array/nested.ts";
import { checkBoolBytes, isDetached, typedArrayName } from "../nd-array/typed-array.ts";
import { got } from "./describe.ts";

/**
 * Validates an array argument; nothing is converted silently.
 * @returns Row-major, of the type's elemtype and rank; a view of the caller's data if possible.
 * @throws {ArgumentError} If it is not an array, or has another elemtype or rank.
 */
export function toArray(type: ArrayTypeInfo, value: unknown, where: string): NdArray {
  if (Array.isArray(value)) return copyNested(value, type.elemtype, type.rank, where);
  if (isTypedArray(value)) return fromTypedArray(type, value, where);
  const array = asNdArray(value, where);
  if (array === undefined || array.elemtype !== type.elemtype || array.rank !== type.rank) {
    throw mismatch(type, value, where);
  }
  checkAttached(array.data, where);
  const whole = array.contiguous();
  // Bytes other than 0 and 1 are undefined behavior for a C bool.
  if (whole.elemtype === "bool") located(where, () => checkBoolBytes(whole.data as Uint8Array));
  return whole;
}

function asNdArray(value: unknown, where: string): NdArray | undefined {
  if (value instanceof NdArray) return value;
  if (isArrow(value)) return located(where, () => fromArrow(value));
  if (isScijsLike(value)) return located(where, () => nd(value));
  return undefined;
}

/** Wraps a typed array as raw storage: bits for elemtype f16, bytes of 0 and 1 for bool. */
function fromTypedArray(type: ArrayTypeInfo, data: TypedArray, where: string): NdArray {
  const { elemtype, rank } = type;
  const name = typedArrayName(data) as string;
  const fits =
    name === ELEMTYPES[elemtype].array.name ||
    (name === "Float16Array" && elemtype === "f16") ||
    (name === "Uint8ClampedArray" && elemtype === "u8");
  if (rank !== 1 || !fits) throw mismatch(type, data, where);
  checkAttached(data, where);
  return located(where, () => nd(data, undefined, elemtype));
}

/** Rejects an array whose buffer was transferred or shrunk, as it only appears empty. */
function checkAttached(data: TypedArray, where: string): void {
  if (data.length > 0 || !isDetached(data)) return;
  throw new ArgumentError(`${where}: the buffer of the ${typedArrayName(data)} is detached`);
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function mismatch(type: ArrayTypeInfo, value: unknown, where: string): ArgumentError {
  const hint =
    ArrayBuffer.isView(value) && type.rank > 1 ? `: pass its shape with nd(data, shape)` : "";
  return new ArgumentError(`${where}: expected ${type.name}, got ${got(value)}${hint}`);
}
