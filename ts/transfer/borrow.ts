import { messageBytes } from "../arrow/codec.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import type { Elemtype, TypedArray, TypedArrayOf } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { MAX_MAPPING_BYTES } from "../memory/mapping.ts";
import { BorrowedArray, borrowBlock } from "./borrowed-array.ts";
import { readTo } from "./read-ahead.ts";

/** Copies a Futhark array into shared memory and returns it as a borrowed array. */
export function borrowArray<M extends Manner, E extends Elemtype>(
  session: Session<M>,
  slot: Slot,
  elemtype: E,
  shape: readonly number[],
): Answer<M, BorrowedArray<E>> {
  const bytes = messageBytes(elemtype, shape);
  if (bytes > MAX_MAPPING_BYTES) {
    throw new ArgumentError(
      `${slot.type.name} borrow: an array of ${bytes} bytes exceeds the limit of ${MAX_MAPPING_BYTES} bytes for a view of shared memory; use values()`,
    );
  }
  return readTo(session, slot, shape, {
    fromBlock: (block: Block) => borrowBlock(elemtype, shape, block.retain()),
    fromArray: (data: TypedArray) =>
      new BorrowedArray(elemtype, data as TypedArrayOf<E>, shape, undefined),
  });
}
