import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Request } from "../client/request.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ProtocolError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { elementCount, sameShape, shapeText } from "../nd-array/shape.ts";
import { ownBytes } from "../wire/frames.ts";
import { isSmall } from "../wire/inline-limit.ts";
import { NEW, SMALL, VALUES } from "../wire/messages.ts";

/** Uploads a small array as a value, before the request that uses it. */
export function writeSmall(session: Session, type: ArrayTypeInfo, { data, shape }: NdArray): Slot {
  session.channel.checkLength(data.byteLength, type.name);
  const slot = session.makeQuietly(type, NEW, [], (body, { id }) => {
    body.u32(id);
    body.u32(session.catalog.typeIndex(type));
    body.u32(SMALL);
    body.array(shape, data);
  });
  slot.large = false;
  return slot;
}

/** Returns a request that copies a small array out of Futhark. */
export function readSmall(slot: Slot, shape: readonly number[]): Request<TypedArray> {
  return askSmall(slot, (got, data) => {
    const { elemtype, name } = slot.type as ArrayTypeInfo;
    checkShape(slot, shape, elemtype, got);
    if (data === undefined) throw new ProtocolError(`expected the elements of ${name}`);
    return data;
  });
}

/**
 * Returns a request for an array that may be small.
 * @param finish Receives the shape, and the elements unless the array is large.
 */
export function askSmall<T>(
  slot: Slot,
  finish: (shape: number[], data: TypedArray | undefined) => T,
): Request<T> {
  const { elemtype, rank, name } = slot.type as ArrayTypeInfo;
  return {
    kind: VALUES,
    write: (body) => {
      body.u32(slot.id);
      body.u32(SMALL);
    },
    decode: (reply) => {
      const shape = reply.dims(rank);
      const count = elementCount(shape);
      const elements = reply.rest();
      if (elements.byteLength === 0 && !isSmall(elemtype, count)) return finish(shape, undefined);
      if (elements.byteLength !== count * ELEMTYPES[elemtype].bytes) {
        throw new ProtocolError(
          `expected ${name} of shape ${shapeText(shape)}, got ${elements.byteLength} bytes`,
        );
      }
      return finish(shape, ownArray(elemtype, elements));
    },
  };
}

/** Copies `body` into a typed array whose buffer holds exactly the elements. */
export function ownArray(elemtype: Elemtype, body: Uint8Array): TypedArray {
  const { array } = ELEMTYPES[elemtype];
  return new array(ownBytes(body).buffer);
}

/** @throws {ProtocolError} The shape or elemtype differs from the requested array. */
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
