import type { ArrayTypeInfo } from "../client/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ProtocolError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { elementCount, sameShape, shapeText } from "../nd-array/shape.ts";
import { NEW, SMALL, SMALL_BYTES, VALUES } from "../wire/messages.ts";
import type { Unpacker } from "../wire/unpacker.ts";

/** Whether an array goes as its sizes and elements, without a message of Arrow's. */
export function isSmall(elemtype: Elemtype, count: number): boolean {
  return count * ELEMTYPES[elemtype].bytes <= SMALL_BYTES;
}

/** Sends a small array ahead of the request that uses it. */
export function writeSmall(session: Session, type: ArrayTypeInfo, { data, shape }: NdArray): Slot {
  session.channel.checkLength(data.byteLength, type.name);
  const slot = session.allocate(type);
  session.channel.post(NEW, (body) => {
    body.u32(slot.id);
    body.u32(session.catalog.typeIndex(type));
    body.u32(SMALL);
    body.array(shape, data);
  });
  return slot;
}

/** Copies a small array out of Futhark. */
export function readSmall(
  session: Session,
  slot: Slot,
  shape: readonly number[],
): Promise<TypedArray> {
  return session.channel.request(
    VALUES,
    (body) => {
      body.u32(slot.id);
      body.u32(SMALL);
    },
    (reply) => {
      const type = slot.type as ArrayTypeInfo;
      const { shape: got, data } = takeSmall(type, reply);
      checkShape(slot, shape, type.elemtype, got);
      if (data === undefined) throw new ProtocolError(`expected the elements of ${type.name}`);
      return data;
    },
  );
}

/** Reads a small array: its sizes and its elements, which are left out of a larger one. */
export function takeSmall(
  { elemtype, rank, name }: ArrayTypeInfo,
  reply: Unpacker,
): { shape: number[]; data: TypedArray | undefined } {
  const shape = reply.dims(rank);
  const elements = reply.rest();
  if (elements.byteLength === 0 && !isSmall(elemtype, elementCount(shape))) {
    return { shape, data: undefined };
  }
  if (elements.byteLength !== elementCount(shape) * ELEMTYPES[elemtype].bytes) {
    throw new ProtocolError(
      `expected ${name} of shape ${shapeText(shape)}, got ${elements.byteLength} bytes`,
    );
  }
  return { shape, data: ownArray(elemtype, elements) };
}

/** A typed array whose buffer is its elements and nothing else, however they came. */
export function ownArray(elemtype: Elemtype, body: Uint8Array): TypedArray {
  const { array } = ELEMTYPES[elemtype];
  return new array(body.slice().buffer);
}

/** @throws {ProtocolError} It is not the array that was asked for. */
export function checkShape(
  { type }: Slot,
  shape: readonly number[],
  elemtype: Elemtype,
  got: readonly number[],
): void {
  if (elemtype === (type as ArrayTypeInfo).elemtype && sameShape(got, shape)) return;
  throw new ProtocolError(
    `expected ${type.name} of shape ${shapeText(shape)}, got ${elemtype} of shape ${shapeText(got)}`,
  );
}
