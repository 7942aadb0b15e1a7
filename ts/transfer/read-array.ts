import { decode, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Request } from "../client/request.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ELEMTYPES, type TypedArray } from "../elemtypes.ts";
import { OutOfMemoryError, ProtocolError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { elementCount } from "../nd-array/shape.ts";
import { isSmall } from "../wire/inline-limit.ts";
import { INLINE, VALUES } from "../wire/messages.ts";
import { announce, takeBlock } from "./slabs.ts";
import { checkShape, ownArray, readSmall } from "./small-arrays.ts";

/** Copies a Futhark array into a new typed array. */
export function readArray<M extends Manner>(
  session: Session<M>,
  slot: Slot,
  shape: readonly number[],
): Answer<M, TypedArray> {
  const { channel } = session;
  const { elemtype } = slot.type as ArrayTypeInfo;
  if (isSmall(elemtype, elementCount(shape))) return channel.request(readSmall(slot, shape));
  const block = takeBlock(session, messageBytes(elemtype, shape));
  if (block === undefined) return channel.request(readInline(session, slot, shape));
  let values: TypedArray | undefined;
  const prepare = (): TypedArray => {
    if (values === undefined) {
      values = newArray(slot, shape);
      block.prefault(values);
    }
    return values;
  };
  // Page-faulting fresh memory takes as long as the copy, so it overlaps with the worker's work.
  const meanwhile = (): void => {
    try {
      prepare();
    } catch {
      // The allocation is retried in `finish`, which reports the error.
    }
  };
  const finish = (): TypedArray => {
    const target = prepare();
    block.copyOut(target);
    return target;
  };
  return readIntoBlock(session, slot, shape, block, { finish, meanwhile });
}

/**
 * Has the worker write an encoded array to the start of a block. `meanwhile` runs while the worker
 * writes and `finish` after it has; the block is released afterwards in any case.
 */
export function readIntoBlock<M extends Manner, T>(
  session: Session<M>,
  slot: Slot,
  shape: readonly number[],
  block: Block,
  { finish, meanwhile }: { finish(): T; meanwhile?(): void },
): Answer<M, T> {
  const { elemtype } = slot.type as ArrayTypeInfo;
  const header = encodeHeader(elemtype, shape);
  announce(session, block.slab);
  session.channel.afterNext((reachable) => block.release(reachable));
  return session.channel.request({
    kind: VALUES,
    write: (body) => {
      body.u32(slot.id);
      body.u32(block.slab.id);
      body.i64(block.messageStart(header));
      body.i64(block.messageRoom(header));
    },
    decode: (reply) => {
      const length = reply.i64();
      const expected = messageBytes(elemtype, shape);
      if (length !== expected || !block.hasHeader(header)) {
        throw new ProtocolError(`expected ${expected} bytes of ${slot.type.name}, got ${length}`);
      }
      return finish();
    },
    ...(meanwhile && { meanwhile }),
  });
}

function readInline(session: Session, slot: Slot, shape: readonly number[]): Request<TypedArray> {
  const { elemtype, name } = slot.type as ArrayTypeInfo;
  session.channel.checkLength(messageBytes(elemtype, shape), `${name} values`);
  return {
    kind: VALUES,
    write: (body) => {
      body.u32(slot.id);
      body.u32(INLINE);
    },
    decode: (reply) => {
      const message = decode(reply.rest());
      checkShape(slot, shape, message.elemtype, message.shape);
      return ownArray(elemtype, message.body);
    },
  };
}

function newArray(slot: Slot, shape: readonly number[]): TypedArray {
  const { elemtype, name } = slot.type as ArrayTypeInfo;
  const { array, bytes } = ELEMTYPES[elemtype];
  const count = elementCount(shape);
  try {
    if (count * bytes > MAX_REUSED_BYTES) return new array(count);
    // Not set to zero, which takes as long as the copy: every element is written before it is seen.
    return new array(Buffer.allocUnsafeSlow(count * bytes).buffer);
  } catch (cause) {
    throw new OutOfMemoryError(
      `${name} values: cannot allocate a typed array of ${count} elements`,
      { cause },
    );
  }
}

/** Memory above comes fresh from the system, and is zero already. */
const MAX_REUSED_BYTES = 2 ** 25;
