import type {
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  TypeInfo,
} from "../bindings/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { NEW_OPAQUE_ARRAY, RESTORE, STORE } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";

/** Makes an array of opaque values of the values it shall hold, which are copied into it. */
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

/** Serialises an opaque value: bytes that only the same program can restore. */
export function storeOpaque(session: Session, slot: Slot): Promise<Uint8Array> {
  return session.channel.request(
    STORE,
    (body) => body.u32(slot.id),
    (reply) => reply.rest().slice(),
  );
}

/** Makes an opaque value of what {@link storeOpaque} gave. */
export function restoreOpaque(
  session: Session,
  type: TypeInfo,
  bytes: Uint8Array,
): Promise<object> {
  const slot = session.allocate(type);
  return session.channel.request(
    RESTORE,
    (body) => {
      body.u32(slot.id);
      body.u32(session.catalog.typeIndex(type));
      body.bytes(bytes);
    },
    (reply) => session.handle(slot, reply.dims("rank" in type ? type.rank : 0)),
    [slot],
    (error) => session.fail([slot], error),
  );
}
