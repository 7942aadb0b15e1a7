import type { ArrayTypeInfo } from "../client/program-info.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, SLOTS } from "../client/slot.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { SMALL, VALUES } from "../wire/messages.ts";
import { takeSmall } from "./arrays.ts";

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
  const reply = session.channel.request(
    VALUES,
    (body) => {
      body.u32(slot.id);
      body.u32(SMALL);
    },
    (message) => {
      if (message.remaining === 0) return undefined;
      return takeSmall(slot.type as ArrayTypeInfo, message);
    },
  );
  // Where the call fails, so does this, with the same cause.
  pending.catch(() => {});
  return reply;
}
