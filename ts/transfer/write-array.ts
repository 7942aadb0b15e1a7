import { encodeFooter, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { transfers } from "../client/tracing.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { isSmall } from "../wire/inline-limit.ts";
import { INLINE, NEW } from "../wire/messages.ts";
import { blockOf } from "./borrowed-array.ts";
import { SharedArray } from "./shared-array.ts";
import { canShare } from "./slabs.ts";
import { writeSmall } from "./small-arrays.ts";

/**
 * Prepares the upload of an array as a value for a request about to be written. If the upload
 * fails, that request fails with the cause.
 * @param array Has the type's elemtype and rank, in row-major order. Memory from `fut.alloc` is
 *   shared without a copy; other large arrays are copied before this returns.
 * @param onShared Called with shared memory that the caller must release if the array is not sent.
 * @returns A function that sends the array.
 */
export function prepareArray(
  session: Session,
  type: ArrayTypeInfo,
  array: NdArray,
  onShared: (array: SharedArray) => void,
): () => Slot {
  const send = prepare(session, type, array, onShared);
  if (!transfers.on) return send;
  const trace = incoming(type, array);
  return () => transfers.trace(trace, send);
}

/** Whether an array is sent as its sizes and elements. Memory from `fut.alloc` is shared. */
function goesInline(array: NdArray): boolean {
  return blockOf(array) === undefined && isSmall(array.elemtype, array.data.length);
}

function incoming({ name }: ArrayTypeInfo, { data }: NdArray) {
  return { direction: "in" as const, type: name, bytes: data.byteLength };
}

function prepare(
  session: Session,
  type: ArrayTypeInfo,
  array: NdArray,
  onShared: (array: SharedArray) => void,
): () => Slot {
  if (goesInline(array)) return () => writeSmall(session, type, array);
  const shared = SharedArray.of(session, type, array);
  if (shared === undefined) return () => writeInline(session, type, array);
  onShared(shared);
  return () => shared.upload();
}

/**
 * Prepares an array to be sent inline or shared with a call.
 * @returns `undefined` if it has to be uploaded before the call.
 * @throws {OutOfMemoryError} Too much data is waiting to be sent.
 */
export function arrayOperand(
  session: Session,
  type: ArrayTypeInfo,
  array: NdArray,
  where: string,
): NdArray | SharedArray | undefined {
  const inline = goesInline(array);
  // Known before a trace begins: one that is uploaded has a trace of its own.
  if (!inline && !canShare(session)) return undefined;
  const run = (): NdArray | SharedArray | undefined => {
    if (!inline) return SharedArray.of(session, type, array);
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
