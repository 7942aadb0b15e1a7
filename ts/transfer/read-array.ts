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
import { INLINE, VALUES } from "../wire/messages.ts";
import { isSmall } from "../wire/small.ts";
import { announce, takeBlock } from "./slabs.ts";
import { checkShape, ownArray, readSmall } from "./small-arrays.ts";

/** Copies an array of Futhark's into a typed array that nothing else refers to. */
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
  // The system takes as long to find fresh memory as to copy into it: it does so meanwhile.
  const meanwhile = (): void => {
    try {
      prepare();
    } catch {
      // No memory: it is told when it is tried again.
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
 * Lets the worker write an array's message at the start of a block.
 * @param use What is done meanwhile, and with the message; the block is released after it, and
 *   where there is none.
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
  const count = elementCount(shape);
  try {
    return new ELEMTYPES[elemtype].array(count);
  } catch (cause) {
    throw new OutOfMemoryError(
      `${name} values: no memory for a typed array of ${count} elements, or it cannot be so long`,
      { cause },
    );
  }
}
