import { decode } from "../arrow/codec.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, SLOTS } from "../client/slot.ts";
import { ProtocolError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { INLINE_IF_SMALL, VALUES } from "../wire/messages.ts";
import { ownArray } from "./arrays.ts";

/**
 * Asks for the elements of an array that a call is still to make, so that a small one comes
 * with the call's own reply: one round trip for both.
 * @returns The array, or `undefined` where it is too large for that: then ask again when its
 *   shape is known. Nothing where `pending` stands for no array, or cannot be asked for yet.
 */
export function readPending(
  session: Session,
  pending: Promise<unknown>,
  where: string,
): Promise<NdArray | undefined> | undefined {
  if (!hasSlots(pending) || pending[SLOTS][0]?.type.kind !== "array") return undefined;
  const slot = session.slotOf(pending, where);
  if (slot?.type.kind !== "array" || slot.sent !== undefined) return undefined;
  const { elemtype, rank, name } = slot.type;
  const reply = session.channel.request(
    VALUES,
    (body) => {
      body.u32(slot.id);
      body.u32(INLINE_IF_SMALL);
    },
    (message) => {
      if (message.remaining === 0) return undefined;
      const array = decode(message.rest());
      if (array.elemtype !== elemtype || array.shape.length !== rank) {
        throw new ProtocolError(
          `expected ${name}, got ${array.elemtype} of rank ${array.shape.length}`,
        );
      }
      return new NdArray(elemtype, ownArray(elemtype, array.body), array.shape);
    },
  );
  // Where the call fails, so does this, with the same cause.
  pending.catch(() => {});
  return reply;
}
