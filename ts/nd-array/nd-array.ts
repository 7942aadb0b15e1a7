import {
  ELEMTYPES,
  type Elemtype,
  isElemtypeName,
  type ScalarOf,
  type TypedArrayOf,
} from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { formatRepr, formatStr } from "./format.ts";
import { defineInspect } from "./inspect.ts";
import { checkLayout } from "./layout.ts";
import { elementCount, rowMajorStrides, sameShape, shapeText } from "./shape.ts";
import { checkIndex, type Range, sliceLayout } from "./slice.ts";
import {
  copyRowMajor,
  elementAt,
  isRowMajor,
  type Nested,
  type Strided,
  toNested,
} from "./strided.ts";
import { typedArrayName } from "./typed-array.ts";

export type { Range } from "./slice.ts";
export type { Nested } from "./strided.ts";

/**
 * An n-d array: a view of a typed array, which is not copied.
 *
 * Element `(i, j, …)` is `data[offset + i * strides[0] + j * strides[1] + …]`: `strides` and
 * `offset` count elements. f16 is stored as bits, bool as bytes of 0 and 1; `get`, `toNested` and
 * printing convert these to numbers and booleans.
 */
export class NdArray<E extends Elemtype = Elemtype> implements Strided {
  readonly elemtype: E;
  readonly data: TypedArrayOf<E>;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;

  /**
   * @param data Borrowed, not copied. Without `strides` its length must be the shape's number of
   *   elements. Bytes of bool are not checked; {@link nd} checks them.
   * @param strides In elements; row-major by default.
   * @throws {ArgumentError} `data` is not of the elemtype's kind, or the layout reaches outside of
   *   it.
   */
  constructor(
    elemtype: E,
    data: TypedArrayOf<E>,
    shape: readonly number[],
    strides?: readonly number[],
    offset = 0,
  ) {
    const known = isElemtypeName(elemtype);
    const expected = known ? ELEMTYPES[elemtype].array.name : undefined;
    if (expected === undefined || typedArrayName(data) !== expected) {
      throw new ArgumentError(
        `expected ${expected ?? "an elemtype"} for ${String(elemtype)}, got ${typedArrayName(data) ?? typeof data}`,
      );
    }
    checkLayout(data.length, shape, strides, offset);
    this.elemtype = elemtype;
    this.data = data;
    this.shape = Object.freeze([...shape]);
    this.strides = Object.freeze(strides ? [...strides] : rowMajorStrides(shape));
    this.offset = offset;
  }

  /** Name of the numpy dtype, for example `float32`. */
  get dtype(): string {
    return ELEMTYPES[this.elemtype].dtype;
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape);
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  /** Alias of `strides`: the name that scijs and zarr use. */
  get stride(): readonly number[] {
    return this.strides;
  }

  /**
   * Returns one element: a number, bigint (i64, u64) or boolean.
   * @param indices One for each dimension, counted from 0.
   * @throws {ArgumentError} Too few or too many indices, or one out of range.
   */
  get(...indices: number[]): ScalarOf<E> {
    const { shape, strides } = this;
    if (indices.length !== shape.length) {
      throw new ArgumentError(
        `expected ${shape.length} indices for shape ${shapeText(shape)}, got ${indices.length}`,
      );
    }
    let position = this.offset;
    for (let axis = 0; axis < indices.length; axis++) {
      const index = indices[axis] as number;
      checkIndex(index, axis, shape);
      position += index * (strides[axis] as number);
    }
    return elementAt(this, position) as ScalarOf<E>;
  }

  /**
   * Returns a view of a part of the array. `a.slice(0)` is the first row, `a.slice(null, [1, 3])`
   * columns 1 and 2, `a.slice([null, null, -1])` the rows in reverse order.
   * @throws {ArgumentError} Too many ranges, an index out of range, a step of 0.
   */
  slice(...ranges: Range[]): NdArray<E> {
    const { shape, strides, offset } = sliceLayout(this, ranges);
    return new NdArray(this.elemtype, this.data, shape, strides, offset);
  }

  /**
   * Returns a view with permuted dimensions.
   * @param axes Dimension `i` of the result is dimension `axes[i]`; by default the reverse order.
   * @throws {ArgumentError} `axes` is not a permutation of the dimensions.
   */
  transpose(...axes: number[]): NdArray<E> {
    const order = axes.length > 0 ? axes : this.shape.map((_, axis) => this.rank - 1 - axis);
    if (
      !sameShape(
        [...order].sort((a, b) => a - b),
        [...this.shape.keys()],
      )
    ) {
      throw new ArgumentError(`expected each dimension of ${shapeText(this.shape)}, got ${axes}`);
    }
    const shape = order.map((axis) => this.shape[axis] as number);
    const strides = order.map((axis) => this.strides[axis] as number);
    return new NdArray(this.elemtype, this.data, shape, strides, this.offset);
  }

  /** Copies the array into new memory, in row-major order. */
  copy(): NdArray<E> {
    const whole = this.contiguous();
    if (whole.data.buffer !== this.data.buffer) return whole;
    const data = new ELEMTYPES[this.elemtype].array(whole.data as never); // of the same kind
    return new NdArray(this.elemtype, data as TypedArrayOf<E>, this.shape);
  }

  /**
   * Returns an array whose `data` is exactly its elements in row-major order: the array itself if
   * that holds, a view if its elements are contiguous, else a copy.
   */
  contiguous(): NdArray<E> {
    const { elemtype, data, shape, offset, size } = this;
    if (!isRowMajor(this)) return new NdArray(elemtype, copyRowMajor(this) as typeof data, shape);
    if (data.length === size && sameShape(this.strides, rowMajorStrides(shape))) return this;
    const part = data.subarray(offset, offset + size) as typeof data;
    return new NdArray(elemtype, part, shape);
  }

  /**
   * Returns nested arrays, for `JSON.stringify`. JSON has `null` in place of NaN and infinities.
   * @throws {ArgumentError} An i64 or u64 that is not exact as a number.
   */
  toJSON(): unknown {
    return jsonOf(toNested(this));
  }

  /** Copies into nested JS arrays of numbers, bigints or booleans; for rank 0 a single element. */
  toNested(): Nested<ScalarOf<E>> {
    return toNested(this) as Nested<ScalarOf<E>>;
  }

  /** Returns the array as numpy's `str` prints it. */
  toString(): string {
    return formatStr(this);
  }
}

// Prints as numpy's `repr` does.
defineInspect<NdArray>(NdArray.prototype, formatRepr);

function jsonOf(nested: Nested<number | bigint | boolean>): unknown {
  if (Array.isArray(nested)) return nested.map(jsonOf);
  if (typeof nested !== "bigint") return nested;
  const number = Number(nested);
  if (Number.isSafeInteger(number)) return number;
  throw new ArgumentError(
    `JSON.stringify: expected integers within 2^53, which are exact in JSON, got ${nested}`,
  );
}
