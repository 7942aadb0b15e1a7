import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, SLOTS, type Slot } from "../client/slot.ts";
import { type TransferTrace, transfers } from "../client/tracing.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { readUntraced } from "./read-array.ts";
import { askSmall } from "./small-arrays.ts";

/**
 * Copies out an array that a call is still to make. A small one comes with the call's own reply:
 * one round trip for both. The array stays until it has been read, if it is freed or consumed
 * meanwhile.
 * @returns Nothing where `pending` stands for no array.
 */
export function readPending(
  session: Session,
  pending: Promise<unknown>,
  where: string,
): Promise<NdArray> | undefined {
  if (!hasSlots(pending) || pending[SLOTS][0]?.type.kind !== "array") return undefined;
  // Where the call fails, so does this, with the same cause.
  pending.catch(() => {});
  const slot = session.slotOf(pending, where);
  if (slot === undefined) return undefined;
  const { sent } = slot;
  const array =
    sent === undefined ? readSlot(session, slot) : sent.then(() => readSlot(session, slot));
  return slot.usedUntil(array);
}

function readSlot(session: Session, slot: Slot): Promise<NdArray> {
  if (!transfers.on) return readSlotUntraced(session, slot);
  const trace: TransferTrace = { direction: "out", type: slot.type.name, bytes: undefined };
  return transfers.trace(trace, () =>
    readSlotUntraced(session, slot).then((array) => {
      trace.bytes = array.data.byteLength;
      return array;
    }),
  );
}

function readSlotUntraced(session: Session, slot: Slot): Promise<NdArray> {
  const { elemtype } = slot.type as ArrayTypeInfo;
  return askSmall<NdArray | Promise<NdArray>>(session, slot, (shape, data) => {
    if (data !== undefined) return new NdArray(elemtype, data, shape);
    return readUntraced(session, slot, shape).then((large) => new NdArray(elemtype, large, shape));
  }) as Promise<NdArray>;
}
