import type {
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  TypeInfo,
} from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { rankOf } from "../client/operation.ts";
import type { Request } from "../client/request.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ownBytes } from "../wire/frames.ts";
import { NEW_OPAQUE_ARRAY, RESTORE, STORE } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";

/** Creates an array of opaque values, into which the elements are copied. */
export function makeOpaqueArray(
  session: Session,
  type: OpaqueArrayTypeInfo | RecordArrayTypeInfo,
  shape: readonly number[],
  elements: readonly Slot[],
): Slot {
  return session.makeQuietly(type, NEW_OPAQUE_ARRAY, elements, (body: Packer, slot) => {
    body.u32(slot.id);
    body.u32(session.catalog.typeIndex(type));
    for (const size of shape) body.i64(size);
    for (const element of elements) body.u32(element.id);
  });
}

/** Serialises an opaque value. Only the same program can restore the bytes. */
export function storeOpaque(slot: Slot): Request<Uint8Array> {
  return {
    kind: STORE,
    write: (body) => body.u32(slot.id),
    decode: (reply) => ownBytes(reply.rest()),
  };
}

/** Restores an opaque value from the output of {@link storeOpaque}. */
export function restoreOpaque<M extends Manner>(
  session: Session<M>,
  type: TypeInfo,
  bytes: Uint8Array,
): Answer<M, object> {
  const slot = session.allocate(type);
  return session.channel.request({
    kind: RESTORE,
    write: (body) => {
      body.u32(slot.id);
      body.u32(session.catalog.typeIndex(type));
      body.bytes(bytes);
    },
    decode: (reply) => session.handle(slot, reply.dims(rankOf(type))),
    slots: [slot],
    failed: (error) => session.fail([slot], error),
  });
}
