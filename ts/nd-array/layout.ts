import { ArgumentError } from "../errors.ts";
import { elementCount, shapeText } from "./shape.ts";

/**
 * Checks that a layout stays within `length` elements or, without strides, has exactly as many.
 * @throws {ArgumentError} It does not, or a dimension, stride or the offset is not an integer in
 *   range.
 */
export function checkLayout(
  length: number,
  shape: readonly number[],
  strides: readonly number[] | undefined,
  offset: number,
): void {
  if (!Array.isArray(shape)) {
    throw new ArgumentError(`expected a shape as an array of sizes, got ${String(shape)}`);
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ArgumentError(`expected non-negative dimensions, got shape ${shapeText(shape)}`);
  }
  const size = elementCount(shape);
  if (strides === undefined) {
    if (offset === 0 && size === length) return;
    throw new ArgumentError(
      `expected ${size} elements for shape ${shapeText(shape)}, got ${length}`,
    );
  }
  if (strides.length !== shape.length || ![...strides, offset].every(Number.isSafeInteger)) {
    throw new ArgumentError(
      `expected an offset and ${shape.length} strides, got ${offset} and ${shapeText(strides)}`,
    );
  }
  if (size === 0) return;
  let first = offset;
  let last = offset;
  strides.forEach((stride, axis) => {
    const reach = stride * ((shape[axis] ?? 1) - 1);
    if (reach < 0) first += reach;
    else last += reach;
  });
  if (first < 0 || last >= length) {
    throw new ArgumentError(
      `shape ${shapeText(shape)} with strides ${shapeText(strides)} from ${offset} reaches element ${first < 0 ? first : last} of ${length}`,
    );
  }
}
