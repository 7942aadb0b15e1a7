import { encodeFooter, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { transfers } from "../client/tracing.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { INLINE, NEW } from "../wire/messages.ts";
import { isSmall } from "../wire/small.ts";
import { blockOf } from "./borrowed-array.ts";
import { LentArray } from "./lent-array.ts";
import { writeSmall } from "./small-arrays.ts";

/**
 * Makes an array ready to be copied into Futhark, as a value that a request about to be written
 * may use. Where that fails, the request fails with the cause.
 * @param array Of the type's elemtype and rank, in row-major order. What `fut.alloc` made is
 *   read where it lies; of the rest what is large is copied before this returns.
 * @param lent Is given the memory to give up where the array is not sent.
 * @returns Sends it.
 */
export function prepareArray(
  session: Session,
  type: ArrayTypeInfo,
  array: NdArray,
  lent: (array: LentArray) => void,
): () => Slot {
  const send = prepare(session, type, array, lent);
  if (!transfers.on) return send;
  const trace = incoming(type, array);
  return () => transfers.trace(trace, send);
}

function incoming({ name }: ArrayTypeInfo, { data }: NdArray) {
  return { direction: "in" as const, type: name, bytes: data.byteLength };
}

function prepare(
  session: Session,
  type: ArrayTypeInfo,
  array: NdArray,
  lent: (array: LentArray) => void,
): () => Slot {
  const small = blockOf(array) === undefined && isSmall(array.elemtype, array.data.length);
  if (small) return () => writeSmall(session, type, array);
  const shared = LentArray.of(session, type, array);
  if (shared === undefined) return () => writeInline(session, type, array);
  lent(shared);
  return () => shared.sendAhead();
}

/**
 * Makes an array ready to go with a call, instead of ahead of it as a value.
 * @returns `undefined` where it cannot.
 * @throws {OutOfMemoryError} Too much is unsent already.
 */
export function bring(
  session: Session,
  type: ArrayTypeInfo,
  array: NdArray,
  where: string,
): NdArray | LentArray | undefined {
  const small = blockOf(array) === undefined && isSmall(array.elemtype, array.data.length);
  if (!small && !session.sharesMemory) return undefined;
  const run = (): NdArray | LentArray | undefined => {
    if (!small) return LentArray.of(session, type, array);
    session.channel.checkLength(array.data.byteLength, where);
    return array;
  };
  return transfers.on ? transfers.trace(incoming(type, array), run) : run();
}

function writeInline(session: Session, type: ArrayTypeInfo, array: NdArray): Slot {
  const { data, elemtype, shape } = array;
  session.channel.checkLength(messageBytes(elemtype, shape), type.name);
  return session.makeQuietly(type, NEW, [], (body, { id }) => {
    body.u32(id);
    body.u32(session.catalog.typeIndex(type));
    body.u32(INLINE);
    body.bytes(encodeHeader(elemtype, shape));
    body.bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    body.bytes(encodeFooter(data.byteLength));
  });
}
