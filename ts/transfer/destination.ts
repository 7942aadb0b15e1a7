import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Slot } from "../client/slot.ts";
import { ELEMTYPES, type TypedArray } from "../elemtypes.ts";
import { OutOfMemoryError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { elementCount } from "../nd-array/shape.ts";

/** Where the elements of an array go once the worker has sent them. */
export interface Destination<T> {
  /** Called while the worker writes to a block. */
  prepare?(block: Block): void;
  /** Offers memory that was prepared for elements of the same shape. */
  reuse?(prepared: NewArray): void;
  /** Takes elements from a block, which the caller releases afterwards. */
  fromBlock(block: Block): T;
  /** Takes a typed array that nobody else has. */
  fromArray(data: TypedArray): T;
}

/** A new typed array, whose buffer holds exactly the elements. */
export class NewArray implements Destination<TypedArray> {
  readonly #slot: Slot;
  readonly #shape: readonly number[];
  #array: TypedArray | undefined;

  constructor(slot: Slot, shape: readonly number[]) {
    this.#slot = slot;
    this.#shape = shape;
  }

  prepare(block: Block): void {
    try {
      this.#allocate(block);
    } catch {
      // `fromBlock` tries again, and reports the error.
    }
  }

  reuse(prepared: NewArray): void {
    this.#array ??= prepared.#array;
  }

  fromBlock(block: Block): TypedArray {
    const array = this.#allocate(block);
    block.copyOut(array);
    return array;
  }

  fromArray(data: TypedArray): TypedArray {
    return data;
  }

  #allocate(block: Block): TypedArray {
    if (this.#array === undefined) {
      this.#array = newArray(this.#slot, this.#shape);
      // Page-faulting fresh memory takes as long as the copy, so it overlaps with the worker's work.
      block.prefault(this.#array);
    }
    return this.#array;
  }
}

function newArray(slot: Slot, shape: readonly number[]): TypedArray {
  const { elemtype, name } = slot.type as ArrayTypeInfo;
  const { array, bytes } = ELEMTYPES[elemtype];
  const count = elementCount(shape);
  try {
    if (count * bytes > MAX_REUSED_BYTES) return new array(count);
    // Not set to zero, which takes as long as the copy: every element is written before it is seen.
    return new array(Buffer.allocUnsafeSlow(count * bytes).buffer);
  } catch (cause) {
    throw new OutOfMemoryError(
      `${name} values: cannot allocate a typed array of ${count} elements`,
      { cause },
    );
  }
}

/** Memory above comes fresh from the system, and is zero already. */
const MAX_REUSED_BYTES = 2 ** 25;
