import { markAsUntransferable } from "node:worker_threads";
import { encodeFooter, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { Session } from "../client/session.ts";
import { ELEMTYPES, type Elemtype, type TypedArrayOf } from "../elemtypes.ts";
import { ArgumentError, ValueStateError } from "../errors.ts";
import { MAX_VIEW_BYTES } from "../memory/libc.ts";
import type { Block } from "../memory/slab-pool.ts";
import { copyIntoBlock } from "../memory/slab-pool.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { elementCount } from "../nd-array/shape.ts";
import { takeBlock } from "./slabs.ts";

const blocks: WeakMap<NdArray, Block> = new WeakMap();

// A block whose array was forgotten is free again when nothing can reach its memory any more:
// not when the array object is gone, but when the ArrayBuffer is that all views of it share.
const forgotten: FinalizationRegistry<Block> = new FinalizationRegistry((block) => block.release());

/**
 * An array whose data lie in shared memory, without a copy. It is the user's until released.
 *
 * After `release()` the array's own members throw. Views taken from it before (`array.data`
 * kept in a variable, a `subarray`) stay readable, as JavaScript cannot take them back: they
 * may then show the data of another array, and must not be used. Other
 * threads can have a copy of the buffer, not the buffer: to transfer it is a `DataCloneError`, or,
 * before Node 21, copies it.
 */
export class BorrowedArray<E extends Elemtype = Elemtype> extends NdArray<E> {
  #released = false;

  /** @internal */
  constructor(
    elemtype: E,
    data: TypedArrayOf<E>,
    shape: readonly number[],
    block: Block | undefined,
  ) {
    super(elemtype, data, shape);
    // All access to elements, by methods of this class or not, goes through `data`.
    Object.defineProperty(this, "data", {
      enumerable: true,
      get: () => {
        if (this.#released) {
          throw new ValueStateError("freed", `the borrowed ${elemtype} array was released`);
        }
        return data;
      },
    });
    if (block === undefined) return;
    blocks.set(this, block);
    forgotten.register(data.buffer, block, this);
  }

  /** Whether `release` was called. */
  get released(): boolean {
    return this.#released;
  }

  /** Gives the memory back. Calls that were made with the array still read it. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    forgotten.unregister(this);
    blocks.get(this)?.release();
    blocks.delete(this);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** The block that an array's message fills, if `alloc` or `borrow` made the array. */
export function blockOf(array: NdArray): Block | undefined {
  return blocks.get(array);
}

/** An array of zeros or of whatever lies there, to be filled by the user and passed on. */
export function allocArray<E extends Elemtype>(
  session: Session,
  elemtype: E,
  shape: readonly number[],
): BorrowedArray<E> {
  const bytes = messageBytes(elemtype, shape);
  if (bytes > MAX_VIEW_BYTES) {
    throw new ArgumentError(
      `alloc: an array of ${bytes} bytes cannot be one view of shared memory (limit ${MAX_VIEW_BYTES}); pass a typed array instead`,
    );
  }
  const block = takeBlock(session, bytes);
  if (block === undefined) {
    const data = new ELEMTYPES[elemtype].array(elementCount(shape)) as TypedArrayOf<E>;
    return new BorrowedArray(elemtype, data, shape, undefined);
  }
  const header = encodeHeader(elemtype, shape);
  copyIntoBlock(block, 0, header);
  const array = borrowBlock(elemtype, shape, block);
  copyIntoBlock(
    block,
    header.byteLength + array.data.byteLength,
    encodeFooter(array.data.byteLength),
  );
  return array;
}

/** The array whose message fills a block, which it takes over. */
export function borrowBlock<E extends Elemtype>(
  elemtype: E,
  shape: readonly number[],
  block: Block,
): BorrowedArray<E> {
  const start = encodeHeader(elemtype, shape).byteLength;
  const { array, bytes } = ELEMTYPES[elemtype];
  const length = elementCount(shape);
  const { buffer } = block.view(start, length * bytes);
  // Another thread that took it over would not keep the block from being used again.
  markAsUntransferable(buffer);
  return new BorrowedArray(elemtype, new array(buffer, 0, length) as TypedArrayOf<E>, shape, block);
}
