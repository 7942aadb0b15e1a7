import { ELEMTYPES, type Elemtype, type Scalar, type TypedArray } from "../elemtypes.ts";
import { ValueStateError } from "../errors.ts";
import { f16ToNumber } from "./float16.ts";
import { checkNested, elementCount, rowMajorStrides } from "./shape.ts";

/** The elements of an n-d array in `data`; `strides` and `offset` count elements. */
export interface Strided {
  readonly elemtype: Elemtype;
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Nested JS arrays, as deep as the array's rank. */
export type Nested<S> = S | Nested<S>[];

/** Returns the element at an index of `data`, which the caller has checked. */
export function elementAt({ elemtype, data }: Strided, position: number): Scalar {
  const element = data[position];
  if (element === undefined) throw released(elemtype);
  if (elemtype === "bool") return element !== 0;
  return elemtype === "f16" ? f16ToNumber(element as number) : element;
}

/** Whether the elements are contiguous in row-major order, starting at `offset`. */
export function isRowMajor({ shape, strides }: Strided): boolean {
  if (shape.includes(0)) return true;
  const expected = rowMajorStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

function released(elemtype: Elemtype): ValueStateError {
  return new ValueStateError("freed", `the memory of this ${elemtype} array was released`);
}

/** Copies the elements into row-major order. */
export function copyRowMajor(array: Strided): TypedArray {
  const { data, shape, strides } = array;
  const copy = new ELEMTYPES[array.elemtype].array(elementCount(shape));
  if (data.length === 0 && copy.length > 0) throw released(array.elemtype);
  const last = shape.length - 1;
  const width = shape[last] ?? 1;
  const step = strides[last] ?? 1;
  let to = 0;
  const rows = (axis: number, from: number): void => {
    if (axis < last) {
      const size = shape[axis] ?? 0;
      for (let i = 0; i < size; i++) rows(axis + 1, from + i * (strides[axis] ?? 0));
      return;
    }
    for (let i = 0; i < width; i++) copy[to++] = data[from + i * step] as never; // same kind
  };
  if (copy.length > 0) rows(0, array.offset);
  return copy;
}

/**
 * Copies the elements into nested JS arrays; a single element for rank 0.
 * @throws {ArgumentError} There are more than `MAX_NESTED` elements and rows.
 */
export function toNested(array: Strided): Nested<Scalar> {
  checkNested(array.shape, "toNested");
  return nest(array, 0, array.offset);
}

function nest(array: Strided, axis: number, position: number): Nested<Scalar> {
  if (axis === array.shape.length) return elementAt(array, position);
  const stride = array.strides[axis] ?? 0;
  return Array.from({ length: array.shape[axis] ?? 0 }, (_, i) =>
    nest(array, axis + 1, position + i * stride),
  );
}
