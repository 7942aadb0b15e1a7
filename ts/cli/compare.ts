import { scalarText } from "../data/text.ts";
import { ELEMTYPES } from "../elemtypes.ts";
import { f16ToNumber } from "../nd-array/float16.ts";
import type { NdArray } from "../nd-array/nd-array.ts";

/** The largest difference of floats, relative to the largest expected one; as `futhark test`. */
export const TOLERANCE = 0.002;

/**
 * Compares results of a program as `futhark test` does: types and shapes must be equal, and floats
 * differ by at most `tolerance` times the larger of 1 and the largest expected number.
 * @returns The first difference, or `undefined`.
 */
export function firstDifference(
  got: readonly NdArray[],
  expected: readonly NdArray[],
  tolerance: number,
): string | undefined {
  if (got.length !== expected.length) {
    return `expected ${expected.length} values, got ${got.length}`;
  }
  for (const [i, value] of expected.entries()) {
    const difference = arrayDifference(got[i] as NdArray, value, tolerance); // of equal length
    if (difference !== undefined) return `value #${i}${difference}`;
  }
  return undefined;
}

function arrayDifference(got: NdArray, expected: NdArray, tolerance: number): string | undefined {
  const { elemtype } = expected;
  const [type, wanted] = [typeText(got), typeText(expected)];
  if (type !== wanted) return `: expected ${wanted}, got ${type}`;
  const [a, b] = [elements(got), elements(expected)];
  const isFloat = ELEMTYPES[elemtype].kind === "float";
  const limit = isFloat ? tolerance * largest(b) : 0;
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    if (isClose(x, y, limit)) continue;
    const [is, should] = [x, y].map((value) => scalarText(elemtype, plain(elemtype, value)));
    return `${indexText(expected.shape, i)}: expected ${should}, got ${is}`;
  }
  return undefined;
}

/** Returns the elements in row-major order. */
function elements(array: NdArray): ArrayLike<number | bigint> {
  const { data } = array.contiguous();
  const isBits = array.elemtype === "f16" && data instanceof Uint16Array;
  return isBits ? Float64Array.from(data, f16ToNumber) : data;
}

function largest(values: ArrayLike<number | bigint>): number {
  let most = 1;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (Number.isFinite(value)) most = Math.max(most, value);
  }
  return most;
}

function isClose(a: number | bigint, b: number | bigint, limit: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a === "bigint" || typeof b === "bigint") return false;
  return Math.abs(a - b) <= limit;
}

function plain(elemtype: string, value: number | bigint): number | bigint | boolean {
  return elemtype === "bool" ? value !== 0 : value;
}

function typeText({ shape, elemtype }: NdArray): string {
  return shape.map((size) => `[${size}]`).join("") + elemtype;
}

function indexText(shape: readonly number[], position: number): string {
  if (shape.length === 0) return "";
  let rest = position;
  const index = shape.toReversed().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  return ` at [${index.toReversed().join(", ")}]`;
}
