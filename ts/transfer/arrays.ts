import { decode, encodeFooter, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../client/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ELEMTYPES, type TypedArray } from "../elemtypes.ts";
import { ProtocolError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { sameShape, shapeText } from "../nd-array/shape.ts";
import { INLINE, NEW, VALUES } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";

/** Copies an array of Futhark's into a typed array that nothing else refers to. */
export function readArray(
  session: Session,
  slot: Slot,
  shape: readonly number[],
): Promise<TypedArray> {
  const { elemtype, name } = slot.type as ArrayTypeInfo;
  return session.channel.request(
    VALUES,
    (body) => {
      body.u32(slot.id);
      body.u32(INLINE);
    },
    (reply) => {
      const message = decode(reply.rest());
      if (message.elemtype !== elemtype || !sameShape(message.shape, shape)) {
        throw new ProtocolError(
          `expected ${name} of shape ${shapeText(shape)}, got ${message.elemtype} of shape ${shapeText(message.shape)}`,
        );
      }
      return ownArray(elemtype, message.body);
    },
  );
}

/**
 * Copies an array into Futhark, as a value that a request about to be written may use.
 * Where it fails, that request fails with the cause.
 * @param array Of the type's elemtype and rank, in row-major order.
 */
export function writeArrayQuietly(session: Session, type: ArrayTypeInfo, array: NdArray): Slot {
  const slot = session.allocate(type);
  session.channel.post(NEW, (body) => writeNew(session, slot, array, body));
  return slot;
}

function writeNew(session: Session, slot: Slot, array: NdArray, body: Packer): void {
  const { data, elemtype, shape } = array;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  session.channel.checkLength(messageBytes(elemtype, shape) + 12, slot.type.name);
  body.u32(slot.id);
  body.u32(session.catalog.typeIndex(slot.type));
  body.u32(INLINE);
  body.bytes(encodeHeader(elemtype, shape));
  body.bytes(bytes);
  body.bytes(encodeFooter(bytes.byteLength));
}

/** A typed array over `body`: its own bytes, not those of a chunk that other replies share. */
function ownArray(elemtype: keyof typeof ELEMTYPES, body: Uint8Array): TypedArray {
  const { array, bytes } = ELEMTYPES[elemtype];
  const shared = body.buffer.byteLength - body.byteLength > MAX_WASTE_BYTES;
  const own = shared || body.byteOffset % bytes !== 0 ? body.slice() : body;
  return new array(own.buffer, own.byteOffset, own.byteLength / bytes);
}

// What a long reply has around its data: the Arrow header and footer.
const MAX_WASTE_BYTES = 2048;
