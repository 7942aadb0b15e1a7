import { ArgumentError } from "../errors.ts";

/** Returns the number of elements of a shape: 1 for rank 0, 0 if a dimension is 0. */
export function elementCount(shape: readonly number[]): number {
  if (shape.includes(0)) return 0; // 0 * Infinity is NaN
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Returns the strides of a row-major array, in elements. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return strides;
}

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Formats a shape as `[2, 3]`. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Limit on the elements and rows of nested JS arrays, as input and output. More would exhaust V8's
 * heap, which ends the process; typed arrays are allocated outside of it.
 */
export const MAX_NESTED: number = 2 ** 25;

/** @throws {ArgumentError} Nested JS arrays of this shape exceed {@link MAX_NESTED}. */
export function checkNested(shape: readonly number[], where: string): void {
  let rows = 1;
  let total = 0;
  for (const size of shape) {
    rows *= size;
    total += rows;
  }
  if (total <= MAX_NESTED) return;
  throw new ArgumentError(
    `${where}: expected at most ${MAX_NESTED} elements and rows in nested JS arrays, got shape ${shapeText(shape)}`,
  );
}
