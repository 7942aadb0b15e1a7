import { messageBytes } from "../arrow/codec.ts";
import type { Session } from "../client/session.ts";
import { ELEMTYPES, type Elemtype, type TypedArrayOf } from "../elemtypes.ts";
import { ArgumentError, OutOfMemoryError, ValueStateError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { MAX_MAPPING_BYTES, type Mapping } from "../memory/mapping.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { elementCount, shapeText } from "../nd-array/shape.ts";
import { takeBlock } from "./slabs.ts";

/** The memory of an array that has not been released. */
interface SharedMemory {
  readonly block: Block;
  readonly mapping: Mapping;
}

const memories: WeakMap<NdArray, SharedMemory> = new WeakMap();

// Returns the block of an unreleased array when the ArrayBuffer is collected, not when the array
// object is: other views may still share the buffer.
const forgotten: FinalizationRegistry<Block> = new FinalizationRegistry((block) => block.release());

/**
 * An array whose data is in shared memory, without a copy. The caller owns it until `release()`.
 *
 * After `release()`, the array's own members throw, and views taken from it before (`array.data`
 * kept in a variable, a `subarray`, an array made by `slice`) are empty. The data starts at offset
 * 0 of `data.buffer`, which may be longer. Other threads can receive a copy of that buffer, but it
 * cannot be transferred: trying to throws or, before Node 21, copies it.
 */
export class BorrowedArray<E extends Elemtype = Elemtype> extends NdArray<E> {
  #released = false;

  /** @internal */
  constructor(
    elemtype: E,
    data: TypedArrayOf<E>,
    shape: readonly number[],
    memory: SharedMemory | undefined,
  ) {
    super(elemtype, data, shape);
    // All methods access the elements through `data`, so this check covers them too.
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
    memories.set(this, memory);
    forgotten.register(data.buffer, memory.block, this);
  }

  /** Whether `release` has been called. */
  get released(): boolean {
    return this.#released;
  }

  /** Releases the memory. Calls already made with the array can still read it. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    forgotten.unregister(this);
    const memory = memories.get(this);
    if (memory === undefined) return;
    memories.delete(this);
    memory.block.takeBack(memory.mapping);
    memory.block.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Returns the block that holds an array's elements, if `alloc` or `borrow` created the array. */
export function blockOf(array: NdArray): Block | undefined {
  return memories.get(array)?.block;
}

/** Returns an uninitialised array in shared memory, for the caller to fill and pass to calls. */
export function allocArray<E extends Elemtype>(
  session: Session,
  elemtype: E,
  shape: readonly number[],
): BorrowedArray<E> {
  const bytes = messageBytes(elemtype, shape);
  if (bytes > MAX_MAPPING_BYTES) {
    throw new ArgumentError(
      `alloc: an array of ${bytes} bytes exceeds the limit of ${MAX_MAPPING_BYTES} bytes for a view of shared memory; pass a typed array instead`,
    );
  }
  const block = takeBlock(session, bytes);
  if (block === undefined) {
    const data = new ELEMTYPES[elemtype].array(elementCount(shape)) as TypedArrayOf<E>;
    return new BorrowedArray(elemtype, data, shape, undefined);
  }
  return borrowBlock(elemtype, shape, block);
}

/** Returns an array over the elements in a block. Takes ownership of the block. */
export function borrowBlock<E extends Elemtype>(
  elemtype: E,
  shape: readonly number[],
  block: Block,
): BorrowedArray<E> {
  const { array, bytes } = ELEMTYPES[elemtype];
  const length = elementCount(shape);
  let mapping: Mapping;
  try {
    mapping = block.giveMapping(length * bytes);
  } catch {
    // The address space has no room for another mapping; fall back to an ordinary array.
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
    throw new OutOfMemoryError(`cannot allocate ${elemtype} of shape ${shapeText(shape)}`, {
      cause,
    });
  } finally {
    block.release();
  }
}
