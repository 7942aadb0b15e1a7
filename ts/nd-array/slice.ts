import { ArgumentError } from "../errors.ts";
import type { Strided } from "./strided.ts";

/**
 * A selection from one dimension. An index selects one element and drops the dimension; `[start,
 * stop, step]` selects as Python's slices do (negative bounds count from the end, `null` is the
 * default); `null` selects all.
 */
export type Range =
  | number
  | readonly [start?: number | null, stop?: number | null, step?: number | null]
  | null;

type Layout = Pick<Strided, "shape" | "strides" | "offset">;

/**
 * Returns the layout of a part of an array; dimensions without a range are kept whole.
 * @throws {ArgumentError} Too many ranges, an index out of bounds, a step of 0.
 */
export function sliceLayout(array: Layout, ranges: readonly Range[]): Layout {
  if (ranges.length > array.shape.length) {
    throw new ArgumentError(
      `expected ${array.shape.length} ranges at most for shape [${array.shape}], got ${ranges.length}`,
    );
  }
  const shape: number[] = [];
  const strides: number[] = [];
  let offset = array.offset;
  array.shape.forEach((size, axis) => {
    const range = ranges[axis] ?? null;
    const stride = array.strides[axis] ?? 0;
    if (typeof range === "number") {
      checkIndex(range, axis, array.shape);
      offset += range * stride;
      return;
    }
    const { start, count, step } = resolve(range ?? [], size);
    if (count > 0) offset += start * stride;
    shape.push(count);
    strides.push(stride * step);
  });
  return { shape, strides, offset };
}

/** @throws {ArgumentError} The index is not an integer from 0 to the dimension's size less 1. */
export function checkIndex(index: unknown, axis: number, shape: readonly number[]): void {
  const size = shape[axis] ?? 0;
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= size) {
    throw new ArgumentError(
      `index ${String(index)} is out of range for dimension ${axis} of shape [${shape.join(", ")}]`,
    );
  }
}

/** https://docs.python.org/3/reference/datamodel.html#slice.indices */
function resolve(
  range: Exclude<Range, number | null>,
  size: number,
): { start: number; count: number; step: number } {
  if (!Array.isArray(range)) {
    throw new ArgumentError(`expected an index, [start, stop, step] or null, got ${String(range)}`);
  }
  const step = range[2] ?? 1;
  if (!range.every((bound) => bound === null || bound === undefined || Number.isInteger(bound))) {
    throw new ArgumentError(`expected integers in the range [${range}]`);
  }
  if (step === 0) throw new ArgumentError("expected a step other than 0");
  const least = step < 0 ? -1 : 0;
  const most = step < 0 ? size - 1 : size;
  const clamp = (bound: number) =>
    Math.min(Math.max(bound < 0 ? bound + size : bound, least), most);
  const start = clamp(range[0] ?? (step < 0 ? size - 1 : 0));
  const end = range[1] ?? null;
  const stop = end === null ? (step < 0 ? -1 : size) : clamp(end);
  return { start, count: Math.max(0, Math.ceil((stop - start) / step)), step };
}
