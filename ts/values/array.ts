// biome-ignore lint/suspicious/noTsIgnore: with the package there is no error to expect
/** @ts-ignore: an optional peer; where it is not installed its types are any. */
import type { Table, Vector } from "apache-arrow";
import { attemptWith } from "../arguments/leave-failures.ts";
import { toArrow, toArrowSync } from "../arrow/apache.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { attempt } from "../client/channel.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ELEMTYPES, type Elemtype, type ScalarOf, type TypedArrayOf } from "../elemtypes.ts";
import { NdArray, type Nested } from "../nd-array/nd-array.ts";
import { borrowArray } from "../transfer/borrow.ts";
import type { BorrowedArray } from "../transfer/borrowed-array.ts";
import { readValues } from "../transfer/read-ahead.ts";
import { Handle } from "./handle.ts";
import { checkIndices } from "./indices.ts";

/** An array of scalars that Futhark holds, on the device where there is one. */
export class FutharkArray<
  E extends Elemtype = Elemtype,
  R extends number = number,
  M extends Manner = "promise",
> extends Handle<ArrayTypeInfo, string, M> {
  declare readonly "~blocking": FutharkArray<E, R, "blocking">;
  /** Sizes of the dimensions, outermost first; known without asking the worker. */
  readonly shape: readonly number[];

  /** @internal */
  constructor(session: Session<M>, slot: Slot, shape: readonly number[]) {
    super(session, slot);
    this.shape = Object.freeze([...shape]);
  }

  /** Futhark's name of the element type: `f32`. */
  get elemtype(): E {
    return this.info.elemtype as E;
  }

  /** numpy's name of the element type: `float32`. */
  get dtype(): string {
    return ELEMTYPES[this.info.elemtype].dtype;
  }

  /** Number of dimensions. */
  get rank(): R {
    return this.info.rank as R;
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }

  /**
   * Copies the elements out of Futhark.
   * @returns `size` elements in row-major order; f16 as its bits, bool as bytes of 0 and 1.
   *   One round trip, O(bytes); none for 32 KiB and less where results of the entry point were
   *   read before: they come with the call.
   * @throws {ValueStateError} `freed` or `consumed`.
   */
  values(): Answer<M, TypedArrayOf<E>> {
    const { channel } = this.session;
    const read = () => readValues(this.session, this.use("values"), this.shape);
    return attempt(channel, read) as Answer<M, TypedArrayOf<E>>; // its elemtype is E
  }

  /** Copies the array out of Futhark, with its shape: row-major. One round trip, O(bytes). */
  toNdArray(): Answer<M, NdArray<E>> {
    const make = (data: TypedArrayOf<E>): NdArray<E> =>
      new NdArray(this.elemtype, data, this.shape);
    return this.session.channel.map(this.values(), make);
  }

  /**
   * Lends the elements out in shared memory: no copy but Futhark's own, and none of it in
   * JavaScript. Read only by convention; where memory is not shared, an ordinary copy.
   * @throws {ArgumentError} 4 GiB or more, which cannot be one view: use `values`.
   */
  borrow(): Answer<M, BorrowedArray<E>> {
    return attempt(this.session.channel, () =>
      borrowArray(this.session, this.use("borrow"), this.elemtype, this.shape),
    );
  }

  /** As {@link toNdArray}: the name that PyOpenCL uses. */
  get(): Answer<M, NdArray<E>> {
    return this.toNdArray();
  }

  /** Copies the array out of Futhark as nested JS arrays of numbers, bigints or booleans. */
  toNested(): Answer<M, Nested<ScalarOf<E>>> {
    return this.session.channel.map(this.toNdArray(), (array: NdArray<E>) => array.toNested());
  }

  /**
   * Copies the array out of Futhark into Arrow: a Vector for rank 1, for other ranks a
   * Table with one column of `arrow.fixed_shape_tensor`, whose rows are those of the array.
   */
  toArrow(): Answer<M, Vector | Table> {
    const { channel } = this.session;
    return channel.convert(this.toNdArray(), { later: toArrow, now: toArrowSync });
  }

  /**
   * Reads one element; one round trip.
   * @param indices One for each dimension, counted from 0.
   * @throws {ArgumentError} Too few or too many indices, or one out of bounds.
   */
  at(...indices: number[]): Answer<M, ScalarOf<E>> {
    return attemptWith(this.session.channel, indices, () => {
      const slot = this.use("at");
      checkIndices(`${this.type} at`, indices, this.shape);
      const index = this.session.catalog.operation("index", this.info.name);
      if (index === undefined) {
        // Compilers before 0.25.19 have no index function: the element comes with all others.
        const get = (array: NdArray<E>) => array.get(...indices) as ScalarOf<E>;
        return this.session.channel.map(this.toNdArray(), get);
      }
      return this.session.invoke<ScalarOf<E>>(index, [slot, ...indices.map(BigInt)]);
    });
  }

  /** As the type, with the sizes: `[2][3]f32`. */
  override toString(): string {
    return this.describe();
  }

  protected override describe(): string {
    return `${this.shape.map((size) => `[${size}]`).join("")}${this.info.elemtype}`;
  }
}
