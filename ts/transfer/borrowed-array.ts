import { messageBytes } from "../arrow/codec.ts";
import type { Session } from "../client/session.ts";
import { ELEMTYPES, type Elemtype, type TypedArrayOf } from "../elemtypes.ts";
import { ArgumentError, OutOfMemoryError, ValueStateError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { MAX_MAPPING_BYTES, type Mapping } from "../memory/mapping.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { elementCount, shapeText } from "../nd-array/shape.ts";
import { takeBlock } from "./slabs.ts";

/** The memory of an array that was not released yet. */
interface Lent {
  readonly block: Block;
  readonly mapping: Mapping;
}

const lent: WeakMap<NdArray, Lent> = new WeakMap();

// A block whose array was forgotten is free again when nothing can reach its memory any more:
// not when the array object is gone, but when the ArrayBuffer is that all views of it share.
const forgotten: FinalizationRegistry<Block> = new FinalizationRegistry((block) => block.release());

/**
 * An array whose data lie in shared memory, without a copy. It is the user's until released.
 *
 * After `release()` the array's own members throw, and views taken from it before (`array.data`
 * kept in a variable, a `subarray`, an array made by `slice`) are empty. The data start its
 * ArrayBuffer, `data.buffer`, which may be longer. Other threads can have a copy of that buffer;
 * it cannot be transferred: that is an error, or, before Node 21, copies it.
 */
export class BorrowedArray<E extends Elemtype = Elemtype> extends NdArray<E> {
  #released = false;

  /** @internal */
  constructor(
    elemtype: E,
    data: TypedArrayOf<E>,
    shape: readonly number[],
    memory: Lent | undefined,
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
    if (memory === undefined) return;
    lent.set(this, memory);
    forgotten.register(data.buffer, memory.block, this);
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
    const memory = lent.get(this);
    if (memory === undefined) return;
    lent.delete(this);
    memory.block.takeBack(memory.mapping);
    memory.block.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** The block that holds an array's elements, if `alloc` or `borrow` made the array. */
export function blockOf(array: NdArray): Block | undefined {
  return lent.get(array)?.block;
}

/** An array of zeros or of whatever lies there, to be filled by the user and passed on. */
export function allocArray<E extends Elemtype>(
  session: Session,
  elemtype: E,
  shape: readonly number[],
): BorrowedArray<E> {
  const bytes = messageBytes(elemtype, shape);
  if (bytes > MAX_MAPPING_BYTES) {
    throw new ArgumentError(
      `alloc: an array of ${bytes} bytes cannot be one view of shared memory (limit ${MAX_MAPPING_BYTES}); pass a typed array instead`,
    );
  }
  const block = takeBlock(session, bytes);
  if (block === undefined) {
    const data = new ELEMTYPES[elemtype].array(elementCount(shape)) as TypedArrayOf<E>;
    return new BorrowedArray(elemtype, data, shape, undefined);
  }
  return borrowBlock(elemtype, shape, block);
}

/** The array whose elements a block holds, which it takes over. */
export function borrowBlock<E extends Elemtype>(
  elemtype: E,
  shape: readonly number[],
  block: Block,
): BorrowedArray<E> {
  const { array, bytes } = ELEMTYPES[elemtype];
  const length = elementCount(shape);
  let mapping: Mapping;
  try {
    mapping = block.lend(length * bytes);
  } catch {
    // There is no room for another mapping: an ordinary array serves as well.
    return copyBlock(elemtype, shape, block);
  }
  const data = new array(mapping.buffer, 0, length) as TypedArrayOf<E>;
  return new BorrowedArray(elemtype, data, shape, { block, mapping });
}

function copyBlock<E extends Elemtype>(
  elemtype: E,
  shape: readonly number[],
  block: Block,
): BorrowedArray<E> {
  try {
    const data = new ELEMTYPES[elemtype].array(elementCount(shape)) as TypedArrayOf<E>;
    block.copyOut(data);
    return new BorrowedArray(elemtype, data, shape, undefined);
  } catch (cause) {
    throw new OutOfMemoryError(`no memory for ${elemtype} of shape ${shapeText(shape)}`, { cause });
  } finally {
    block.release();
  }
}
