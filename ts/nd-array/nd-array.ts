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
 * An n-d array over a typed array that it shares with whoever made it.
 *
 * Element `(i, j, …)` is `data[offset + i * strides[0] + j * strides[1] + …]`: `strides` and
 * `offset` count elements. f16 is stored as its bits, bool as bytes of 0 and 1; `get`, `toNested`
 * and printing give numbers and booleans.
 */
export class NdArray<E extends Elemtype = Elemtype> implements Strided {
  readonly elemtype: E;
  readonly data: TypedArrayOf<E>;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;

  /**
   * @param data Kept, not copied; of exactly as many elements as the shape has, if no strides are
   *   given. The bytes of bool are not looked at ({@link nd} does).
   * @param strides In elements, row-major when left out.
   * @throws {ArgumentError} Another kind of typed array than the elemtype's, or elements that lie
   *   outside of it.
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

  /** numpy's name of the element type: `float32`. */
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

  /** The same as `strides`: scijs's and zarr's name. */
  get stride(): readonly number[] {
    return this.strides;
  }

  /**
   * One element: a number, bigint (i64, u64) or boolean.
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
   * A part of the array: a view. `a.slice(0)` is the first row, `a.slice(null, [1, 3])` columns 1
   * and 2, `a.slice([null, null, -1])` the rows backwards.
   * @throws {ArgumentError} Too many ranges, an index out of range, a step of 0.
   */
  slice(...ranges: Range[]): NdArray<E> {
    const { shape, strides, offset } = sliceLayout(this, ranges);
    return new NdArray(this.elemtype, this.data, shape, strides, offset);
  }

  /**
   * The array with its dimensions in another order: a view.
   * @param axes Which dimension comes first, second and so on; backwards when left out.
   * @throws {ArgumentError} Not each dimension once.
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

  /** The same elements in memory of their own, in row-major order. */
  copy(): NdArray<E> {
    const whole = this.contiguous();
    if (whole.data.buffer !== this.data.buffer) return whole;
    const data = new ELEMTYPES[this.elemtype].array(whole.data as never); // of the same kind
    return new NdArray(this.elemtype, data as TypedArrayOf<E>, this.shape);
  }

  /**
   * The array with `data` of exactly its elements in row-major order. The array itself if it is
   * so; a view if its elements lie together; else a copy.
   */
  contiguous(): NdArray<E> {
    const { elemtype, data, shape, offset, size } = this;
    if (!isRowMajor(this)) return new NdArray(elemtype, copyRowMajor(this) as typeof data, shape);
    if (data.length === size && sameShape(this.strides, rowMajorStrides(shape))) return this;
    const part = data.subarray(offset, offset + size) as typeof data;
    return new NdArray(elemtype, part, shape);
  }

  /**
   * What `JSON.stringify` writes: nested arrays. As in all JSON, NaN and infinities become `null`.
   * @throws {ArgumentError} An i64 or u64 that a number cannot hold exactly.
   */
  toJSON(): unknown {
    return jsonOf(toNested(this));
  }

  /** Copies into nested JS arrays of numbers, bigints or booleans; rank 0 is one of these. */
  toNested(): Nested<ScalarOf<E>> {
    return toNested(this) as Nested<ScalarOf<E>>;
  }

  /** The text that numpy's `str` gives. */
  toString(): string {
    return formatStr(this);
  }
}

// The text that numpy's `repr` gives.
defineInspect<NdArray>(NdArray.prototype, formatRepr);

function jsonOf(nested: Nested<number | bigint | boolean>): unknown {
  if (Array.isArray(nested)) return nested.map(jsonOf);
  if (typeof nested !== "bigint") return nested;
  const number = Number(nested);
  if (Number.isSafeInteger(number)) return number;
  throw new ArgumentError(
    `JSON.stringify: expected integers within 2^53, which JSON numbers hold exactly, got ${nested}`,
  );
}
