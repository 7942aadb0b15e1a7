import { messageBytes } from "../arrow/codec.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import type { Elemtype, TypedArrayOf } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { MAX_MAPPING_BYTES } from "../memory/mapping.ts";
import { BorrowedArray, borrowBlock } from "./borrowed-array.ts";
import { readArray, readIntoBlock } from "./read-array.ts";
import { takeBlock } from "./slabs.ts";
import { tracedOut } from "./traced-read.ts";

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
  return tracedOut(slot, shape, () => borrow(session, slot, elemtype, shape));
}

function borrow<M extends Manner, E extends Elemtype>(
  session: Session<M>,
  slot: Slot,
  elemtype: E,
  shape: readonly number[],
): Answer<M, BorrowedArray<E>> {
  const block = takeBlock(session, messageBytes(elemtype, shape));
  if (block === undefined) {
    return session.channel.map(
      readArray(session, slot, shape),
      (data) => new BorrowedArray(elemtype, data as TypedArrayOf<E>, shape, undefined),
    );
  }
  const finish = (): BorrowedArray<E> => borrowBlock(elemtype, shape, block.retain());
  return readIntoBlock(session, slot, shape, block, { finish });
}
