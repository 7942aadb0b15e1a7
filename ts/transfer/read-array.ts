import { decode, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Request } from "../client/request.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import type { TypedArray } from "../elemtypes.ts";
import { ProtocolError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { elementCount } from "../nd-array/shape.ts";
import { isSmall } from "../wire/inline-limit.ts";
import { INLINE, VALUES } from "../wire/messages.ts";
import type { Destination } from "./destination.ts";
import { announce, takeBlock } from "./slabs.ts";
import { checkShape, ownArray, readSmall } from "./small-arrays.ts";

/** Requests the elements of a Futhark array, and passes them to their destination. */
export function readArray<M extends Manner, T>(
  session: Session<M>,
  slot: Slot,
  shape: readonly number[],
  destination: Destination<T>,
): Answer<M, T> {
  const { channel } = session;
  const { elemtype } = slot.type as ArrayTypeInfo;
  if (isSmall(elemtype, elementCount(shape))) {
    return channel.request(passOn(readSmall(slot, shape), destination));
  }
  const block = takeBlock(session, messageBytes(elemtype, shape));
  if (block === undefined) {
    return channel.request(passOn(readInline(session, slot, shape), destination));
  }
  return readIntoBlock(session, slot, shape, block, {
    meanwhile: () => destination.prepare?.(block),
    finish: () => destination.fromBlock(block),
  });
}

function passOn<T>(request: Request<TypedArray>, destination: Destination<T>): Request<T> {
  return { ...request, decode: (reply) => destination.fromArray(request.decode(reply)) };
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
