import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, SLOTS, type Slot } from "../client/slot.ts";
import { type TransferTrace, transfers } from "../client/tracing.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { NewArray } from "./destination.ts";
import { readArray } from "./read-array.ts";
import { askSmall } from "./small-arrays.ts";

/**
 * Reads an array that a pending call will return, as a copy. A small array arrives in the same
 * round trip as the reply to the call. The array is kept alive until it has been read, even if it
 * is freed or consumed in the meantime.
 * @returns `undefined` if `pending` does not stand for an array.
 */
export function readPending<M extends Manner>(
  session: Session<M>,
  pending: Promise<unknown>,
  where: string,
): Answer<M, NdArray> | undefined {
  if (!hasSlots(pending) || pending[SLOTS][0]?.type.kind !== "array") return undefined;
  // If the call fails, this read fails with the same cause.
  pending.catch(() => {});
  const slot = session.slotOf(pending, where);
  if (slot === undefined) return undefined;
  const { sent } = slot;
  const read = (): Answer<M, NdArray> => readSlot(session, slot);
  const array = sent === undefined ? read() : session.channel.later(where, () => sent, read);
  return slot.keptFor(array);
}

function readSlot<M extends Manner>(session: Session<M>, slot: Slot): Answer<M, NdArray> {
  if (!transfers.on) return readSlotUntraced(session, slot);
  const trace: TransferTrace = { direction: "out", type: slot.type.name, bytes: undefined };
  return transfers.trace(trace, () =>
    session.channel.map(readSlotUntraced(session, slot), (array) => {
      trace.bytes = array.data.byteLength;
      return array;
    }),
  );
}

function readSlotUntraced<M extends Manner>(session: Session<M>, slot: Slot): Answer<M, NdArray> {
  const { channel } = session;
  const { elemtype } = slot.type as ArrayTypeInfo;
  const request = askSmall<NdArray | Answer<M, NdArray>>(slot, (shape, data) => {
    if (data !== undefined) return new NdArray(elemtype, data, shape);
    const large = readArray(session, slot, shape, new NewArray(slot, shape));
    return channel.map(large, (elements) => new NdArray(elemtype, elements, shape));
  });
  return channel.flat(channel.request(request));
}
