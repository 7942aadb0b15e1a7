import { decode, encodeFooter, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../client/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ProtocolError } from "../errors.ts";
import { type Block, copyFromBlock, copyIntoBlock } from "../memory/slab-pool.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { elementCount, sameShape, shapeText } from "../nd-array/shape.ts";
import { INLINE, NEW, SMALL, SMALL_BYTES, VALUES } from "../wire/messages.ts";
import type { Unpacker } from "../wire/unpacker.ts";
import { blockOf } from "./borrowed-array.ts";
import { announce, takeBlock } from "./slabs.ts";

/** Copies an array of Futhark's into a typed array that nothing else refers to. */
export function readArray(
  session: Session,
  slot: Slot,
  shape: readonly number[],
): Promise<TypedArray> {
  const { elemtype } = slot.type as ArrayTypeInfo;
  if (isSmall(elemtype, elementCount(shape))) return readSmall(session, slot, shape);
  const block = takeBlock(session, messageBytes(elemtype, shape));
  if (block === undefined) return readInline(session, slot, shape);
  let values: TypedArray | undefined;
  const prepare = (): TypedArray => {
    if (values === undefined) {
      values = new ELEMTYPES[elemtype].array(elementCount(shape));
      block.prefault(values);
    }
    return values;
  };
  // The system takes as long to find fresh memory as to copy into it: it does so meanwhile.
  session.channel.whileNext(prepare);
  return readIntoBlock(session, slot, shape, block, () => {
    const target = prepare();
    copyFromBlock(block, encodeHeader(elemtype, shape).byteLength, target);
    return target;
  });
}

/**
 * Lets the worker write an array's message at the start of a block.
 * @param finish Uses the message; the block is released after it, and where there is none.
 */
export function readIntoBlock<T>(
  session: Session,
  slot: Slot,
  shape: readonly number[],
  block: Block,
  finish: () => T,
): Promise<T> {
  const { elemtype } = slot.type as ArrayTypeInfo;
  const header = encodeHeader(elemtype, shape);
  announce(session, block.slab);
  session.channel.afterNext(() => block.release());
  return session.channel.request(
    VALUES,
    (body) => {
      body.u32(slot.id);
      body.u32(block.slab.id);
      body.i64(block.offset);
      body.i64(block.bytes);
    },
    (reply) => {
      const length = reply.i64();
      const expected = messageBytes(elemtype, shape);
      if (length !== expected || !sameBytes(block.view(0, header.byteLength), header)) {
        throw new ProtocolError(`expected ${expected} bytes of ${slot.type.name}, got ${length}`);
      }
      return finish();
    },
  );
}

function readSmall(session: Session, slot: Slot, shape: readonly number[]): Promise<TypedArray> {
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

function readInline(session: Session, slot: Slot, shape: readonly number[]): Promise<TypedArray> {
  const { elemtype, name } = slot.type as ArrayTypeInfo;
  session.channel.checkLength(messageBytes(elemtype, shape), `${name} values`);
  return session.channel.request(
    VALUES,
    (body) => {
      body.u32(slot.id);
      body.u32(INLINE);
    },
    (reply) => {
      const message = decode(reply.rest());
      checkShape(slot, shape, message.elemtype, message.shape);
      return ownArray(elemtype, message.body);
    },
  );
}

function checkShape(
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

/**
 * Whether a call can bring an array along, instead of naming one that was sent ahead.
 * @throws {OutOfMemoryError} Too much is unsent already.
 */
export function canBring({ channel }: Session, array: NdArray, where: string): boolean {
  if (blockOf(array) !== undefined || !isSmall(array.elemtype, array.data.length)) return false;
  channel.checkLength(array.data.byteLength, where);
  return true;
}

/** Whether an array goes as its sizes and elements, without a message of Arrow's. */
function isSmall(elemtype: Elemtype, count: number): boolean {
  return count * ELEMTYPES[elemtype].bytes <= SMALL_BYTES;
}

/**
 * Copies an array into Futhark, as a value that a request about to be written may use.
 * Where it fails, that request fails with the cause.
 * @param array Of the type's elemtype and rank, in row-major order. What `fut.alloc` made is
 *   read where it lies; all else is copied before this returns.
 */
export function writeArrayQuietly(session: Session, type: ArrayTypeInfo, array: NdArray): Slot {
  const { data, elemtype, shape } = array;
  const own = blockOf(array);
  if (own === undefined && isSmall(elemtype, data.length)) return writeSmall(session, type, array);
  const bytes = messageBytes(elemtype, shape);
  const block = own?.retain() ?? takeBlock(session, bytes);
  if (block === undefined) return writeInline(session, type, array);
  if (own === undefined) {
    const header = encodeHeader(elemtype, shape);
    copyIntoBlock(block, 0, header);
    copyIntoBlock(block, header.byteLength, data);
    const end = header.byteLength + data.byteLength;
    copyIntoBlock(block, end, encodeFooter(data.byteLength));
  }
  announce(session, block.slab);
  const slot = session.allocate(type);
  session.channel.post(NEW, (body) => {
    body.u32(slot.id);
    body.u32(session.catalog.typeIndex(type));
    body.u32(block.slab.id);
    body.i64(block.offset);
    body.i64(bytes);
  });
  // Replies come in order: when the next one is here, the worker has read the block.
  session.channel.afterNext(() => block.release());
  return slot;
}

function writeSmall(session: Session, type: ArrayTypeInfo, { data, shape }: NdArray): Slot {
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

function writeInline(session: Session, type: ArrayTypeInfo, array: NdArray): Slot {
  const { data, elemtype, shape } = array;
  session.channel.checkLength(messageBytes(elemtype, shape), type.name);
  const slot = session.allocate(type);
  session.channel.post(NEW, (body) => {
    body.u32(slot.id);
    body.u32(session.catalog.typeIndex(type));
    body.u32(INLINE);
    body.bytes(encodeHeader(elemtype, shape));
    body.bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    body.bytes(encodeFooter(data.byteLength));
  });
  return slot;
}

/** A typed array whose buffer is its elements and nothing else, however they came. */
export function ownArray(elemtype: Elemtype, body: Uint8Array): TypedArray {
  const { array } = ELEMTYPES[elemtype];
  return new array(body.slice().buffer);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
