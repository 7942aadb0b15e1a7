import { types } from "node:util";
import { got } from "../arguments/describe.ts";
import { ELEMTYPES, type Elemtype, type TypedArray, type TypedArrayOf } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { elementCount, sameShape, shapeText } from "../nd-array/shape.ts";
import { isRowMajor } from "../nd-array/strided.ts";
import { isDetached, typedArrayName } from "../nd-array/typed-array.ts";
import { didYouMean } from "../spelling.ts";

/** Options of `values`. */
export interface ValuesOptions<E extends Elemtype = Elemtype> {
  /**
   * Where the elements are written, as with numpy's `out`: a typed array of the elemtype's kind
   * with exactly as many elements. By default a new one.
   */
  readonly into?: TypedArrayOf<E> | undefined;
}

/** Options of `toNdArray`. */
export interface NdArrayOptions<E extends Elemtype = Elemtype> {
  /**
   * The array that is filled, as with numpy's `out`: of the same elemtype and shape, in row-major
   * order. It may be a part of another, or come from `fut.alloc`. By default a new one.
   */
  readonly into?: NdArray<E> | undefined;
}

/** The array whose elements are to be written elsewhere. */
interface Source<E extends Elemtype> {
  readonly elemtype: E;
  readonly shape: readonly number[];
  /** Names the array and the method in error messages. */
  readonly where: string;
}

/**
 * Returns the option `into`.
 * @throws {ArgumentError} There are other options, or they are not an object.
 */
export function intoOf<T>(
  options: { readonly into?: T | undefined } | undefined,
  where: string,
): T | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null || ArrayBuffer.isView(options)) {
    throw new ArgumentError(`${where}: expected options { into }, got ${got(options)}`);
  }
  const unknown = Object.keys(options).find((name) => name !== "into");
  if (unknown !== undefined) {
    throw new ArgumentError(
      `${where}: unknown option ${unknown}; known is into${didYouMean(unknown, ["into"])}`,
    );
  }
  return options.into;
}

/** @throws {ArgumentError} The elements of the source cannot be written to the typed array. */
export function checkTarget(into: unknown, { elemtype, shape, where }: Source<Elemtype>): void {
  const { name } = ELEMTYPES[elemtype].array;
  if (typedArrayName(into) !== name) {
    throw new ArgumentError(`${where} into: expected ${name} for ${elemtype}, got ${got(into)}`);
  }
  const array = into as TypedArray;
  if (array.length === 0 && isDetached(array)) {
    throw new ArgumentError(`${where} into: the buffer of the ${name} is detached`);
  }
  if (types.isSharedArrayBuffer(array.buffer)) {
    throw new ArgumentError(
      `${where} into: expected memory of this thread only, got one in a SharedArrayBuffer`,
    );
  }
  const count = elementCount(shape);
  if (array.length !== count) {
    throw new ArgumentError(
      `${where} into: expected ${count} elements for shape ${shapeText(shape)}, got ${array.length}`,
    );
  }
}

/**
 * Returns the elements of the array to be filled.
 * @throws {ArgumentError} It has another elemtype or shape, or its elements are not contiguous.
 */
export function targetOf<E extends Elemtype>(into: NdArray<E>, source: Source<E>): TypedArrayOf<E> {
  const { elemtype, shape, where } = source;
  const alike = into instanceof NdArray && into.elemtype === elemtype;
  if (!alike || !sameShape(into.shape, shape)) {
    throw new ArgumentError(
      `${where} into: expected an NdArray ${elemtype} of shape ${shapeText(shape)}, got ${got(into)}`,
    );
  }
  if (!isRowMajor(into)) {
    throw new ArgumentError(
      `${where} into: expected row-major order, got strides ${shapeText(into.strides)}`,
    );
  }
  const { data, offset } = into;
  const count = elementCount(shape);
  if (offset === 0 && data.length === count) return data;
  return data.subarray(offset, offset + count) as TypedArrayOf<E>;
}
