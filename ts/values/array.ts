// biome-ignore lint/suspicious/noTsIgnore: @ts-expect-error fails if the package is installed
/** @ts-ignore: an optional peer dependency; its types are any where it is not installed. */
import type { Table, Vector } from "apache-arrow";
import { attemptWith } from "../arguments/mark-handled.ts";
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
import { NewArray } from "../transfer/destination.ts";
import { FilledArray } from "../transfer/filled-array.ts";
import { readTo } from "../transfer/read-ahead.ts";
import { Handle } from "./handle.ts";
import { checkIndices } from "./indices.ts";
import { checkTarget, intoOf, type NdArrayOptions, targetOf, type ValuesOptions } from "./into.ts";

/** A handle to an array of scalars in Futhark's memory, on the device if there is one. */
export class FutharkArray<
  E extends Elemtype = Elemtype,
  R extends number = number,
  M extends Manner = "promise",
> extends Handle<ArrayTypeInfo, string, M> {
  declare readonly "~blocking": FutharkArray<E, R, "blocking">;
  /** Sizes of the dimensions, outermost first; available without a request to the worker. */
  readonly shape: readonly number[];

  /** @internal */
  constructor(session: Session<M>, slot: Slot, shape: readonly number[]) {
    super(session, slot);
    this.shape = Object.freeze([...shape]);
  }

  /** Futhark's name for the element type: `f32`. */
  get elemtype(): E {
    return this.info.elemtype as E;
  }

  /** NumPy's name for the element type: `float32`. */
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
   * @returns `size` elements in row-major order, in a new typed array unless `into` is given; f16 as
   *   raw bits, bool as bytes of 0 and 1. Takes one round trip, O(bytes); none if results of the
   *   entry point were read before, on a CPU back end: then they arrive with the call (above 64 KiB,
   *   if two in a row had the same shape).
   * @throws {ValueStateError} If the value was freed, consumed or lost.
   * @throws {ArgumentError} If `into` does not match, or loses its memory before they arrive.
   */
  values(options?: ValuesOptions<E>): Answer<M, TypedArrayOf<E>> {
    return attempt(this.session.channel, () => {
      const slot = this.use("values");
      const into = intoOf(options, `${this.type} values`);
      if (into === undefined) return this.#read(slot);
      return this.#fill(slot, into, `${this.type} values`);
    });
  }

  /**
   * Copies the array out of Futhark into a row-major NdArray: a new one, or `into`. One round trip,
   * O(bytes), or none, as for {@link values}.
   */
  toNdArray(options?: NdArrayOptions<E>): Answer<M, NdArray<E>> {
    const { channel } = this.session;
    return attempt(channel, () => {
      const slot = this.use("values");
      const where = `${this.type} toNdArray`;
      const into = intoOf(options, where);
      if (into === undefined) {
        const make = (data: TypedArrayOf<E>): NdArray<E> =>
          new NdArray(this.elemtype, data, this.shape);
        return channel.map(this.#read(slot), make);
      }
      const { elemtype, shape } = this;
      const target = targetOf(into, { elemtype, shape, where });
      return channel.map(this.#fill(slot, target, where), () => into);
    });
  }

  #read(slot: Slot): Answer<M, TypedArrayOf<E>> {
    const elements = readTo(this.session, slot, this.shape, new NewArray(slot, this.shape));
    return elements as Answer<M, TypedArrayOf<E>>; // the elements are of type E
  }

  #fill(slot: Slot, into: TypedArrayOf<E>, where: string): Answer<M, TypedArrayOf<E>> {
    const { elemtype, shape, session } = this;
    checkTarget(into, { elemtype, shape, where });
    const filled = readTo(session, slot, shape, new FilledArray(into, where));
    return filled as Answer<M, TypedArrayOf<E>>; // `into` itself
  }

  /**
   * Copies the elements into shared memory, without another copy in JavaScript. The result must be
   * treated as read-only; where memory is not shared, it is an ordinary copy.
   * @throws {ArgumentError} If they exceed one view, at 4 GiB or more: use `values`.
   */
  borrow(): Answer<M, BorrowedArray<E>> {
    return attempt(this.session.channel, () =>
      borrowArray(this.session, this.use("borrow"), this.elemtype, this.shape),
    );
  }

  /** Alias of {@link toNdArray}, named as in PyOpenCL. */
  get(options?: NdArrayOptions<E>): Answer<M, NdArray<E>> {
    return this.toNdArray(options);
  }

  /** Copies the array out of Futhark as nested JS arrays of numbers, bigints or booleans. */
  toNested(): Answer<M, Nested<ScalarOf<E>>> {
    return this.session.channel.map(this.toNdArray(), (array: NdArray<E>) => array.toNested());
  }

  /**
   * Copies the array out of Futhark into Arrow: a Vector for rank 1, otherwise a Table with one
   * column of `arrow.fixed_shape_tensor`, whose rows are those of the array.
   */
  toArrow(): Answer<M, Vector | Table> {
    const { channel } = this.session;
    return channel.convert(this.toNdArray(), { later: toArrow, now: toArrowSync });
  }

  /**
   * Reads one element, in one round trip.
   * @param indices One index per dimension, starting at 0.
   * @throws {ArgumentError} If the number of indices is wrong, or one is out of bounds.
   */
  at(...indices: number[]): Answer<M, ScalarOf<E>> {
    return attemptWith(this.session.channel, indices, () => {
      const slot = this.use("at");
      checkIndices(`${this.type} at`, indices, this.shape);
      const index = this.session.catalog.operation("index", this.info.name);
      if (index === undefined) {
        // Compilers before 0.25.19 have no index function, so copy the whole array.
        const get = (array: NdArray<E>) => array.get(...indices) as ScalarOf<E>;
        return this.session.channel.map(this.toNdArray(), get);
      }
      return this.session.invoke<ScalarOf<E>>(index, [slot, ...indices.map(BigInt)]);
    });
  }

  /** Returns the type including the sizes: `[2][3]f32`. */
  override toString(): string {
    return this.describe();
  }

  protected override describe(): string {
    return `${this.shape.map((size) => `[${size}]`).join("")}${this.info.elemtype}`;
  }
}
