// Codec between one array and an Arrow IPC stream, as arrow/README.md specifies.
//
// An array's message is its header, its body (the elements) and its footer. Nothing here touches
// the elements: the body is sent, read or mapped where it lies. Headers are made and checked once
// per elemtype and shape, and then found by the text of the shape.
import { ELEMTYPES, type Elemtype } from "../elemtypes.ts";
import { ArgumentError, ProtocolError } from "../errors.ts";
import { shapeText } from "../nd-array/shape.ts";
import { makeTemplate, type Template } from "./headers.ts";

/** numpy's own limit; it bounds the header. */
export const MAX_RANK = 64;

/** Greatest dimension and greatest size in bytes. */
export const MAX_COUNT: number = Number.MAX_SAFE_INTEGER;

/** One array of a message; `body` is a view of the message, not a copy. */
export interface Decoded {
  readonly elemtype: Elemtype;
  readonly shape: number[];
  readonly body: Uint8Array;
}

const MAX_LIST_SIZE = 2 ** 31 - 1;
const MAX_HEADER = 4096;
const MAX_CACHED = 256;
const ALIGN = 64;
const CONTINUATION = 0xffffffff;
const NAMES = Object.keys(ELEMTYPES) as Elemtype[]; // its type says which keys it has
const DIMENSION = /^\d{1,16}$/;

/** A header that was made, with what it says. */
interface Header {
  readonly bytes: Buffer;
  readonly shape: readonly number[];
  readonly nbytes: number;
}

/** The headers of one form of one elemtype, by the dimensions joined with commas. */
interface Cache {
  readonly template: Template;
  readonly headers: Map<string, Header>;
}

/**
 * The bytes before the elements: their number is a multiple of 64. Shared: not to be written to.
 * @throws {ArgumentError} A shape of too high a rank or size.
 */
export function encodeHeader(elemtype: Elemtype, shape: readonly number[]): Uint8Array {
  return headerOf(elemtype, shape).bytes;
}

/** The bytes after `nbytes` of elements: padding and the end of the stream. Shared. */
export function encodeFooter(nbytes: number): Uint8Array {
  return FOOTER.subarray(ALIGN - padding(nbytes));
}

/** Size of the whole message of an array. */
export function messageBytes(elemtype: Elemtype, shape: readonly number[]): number {
  const { bytes, nbytes } = headerOf(elemtype, shape);
  return bytes.length + nbytes + padding(nbytes) + 8;
}

/**
 * Reads one array's message; `bytes` must hold it and nothing else.
 *
 * The shape's text is all that is parsed; the rest is compared with what the encoder gives, so no
 * length or offset of a stranger is ever followed.
 * @throws {ProtocolError} The bytes are not exactly what the encoder gives for some array.
 */
export function decode(bytes: Uint8Array): Decoded {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = headerBytes(message);
  const cache = cacheOf(message, start);
  const header = parseHeader(message, start, cache);
  const end = start + header.nbytes;
  const { elemtype } = cache.template;
  const where = () => `array message of ${elemtype} ${shapeText(header.shape)}`;
  if (message.compare(header.bytes, 0, header.bytes.length, 0, start) !== 0) {
    throw new ProtocolError(`${where()}: header is not canonical`);
  }
  const expected = end + padding(header.nbytes) + 8;
  if (message.length !== expected) {
    throw new ProtocolError(`${where()}: expected ${expected} bytes, got ${message.length}`);
  }
  if (message.compare(encodeFooter(header.nbytes), 0, undefined, end) !== 0) {
    throw new ProtocolError(`${where()}: expected zeros and the end of the stream after it`);
  }
  return { elemtype, shape: [...header.shape], body: bytes.subarray(start, end) };
}

const FOOTER = Buffer.concat([Buffer.alloc(ALIGN), Buffer.from("ffffffff00000000", "hex")]);

function padding(nbytes: number): number {
  return (ALIGN - (nbytes % ALIGN)) % ALIGN;
}

const caches = new Map<string, Cache>();

function cacheFor(elemtype: Elemtype, flat: boolean): Cache {
  const key = flat ? `flat ${elemtype}` : elemtype;
  let cache = caches.get(key);
  if (cache === undefined) {
    cache = { template: makeTemplate(elemtype, flat), headers: new Map() };
    caches.set(key, cache);
  }
  return cache;
}

function headerOf(elemtype: Elemtype, shape: readonly number[]): Header {
  const info = ELEMTYPES[elemtype] ?? fail(`expected an elemtype, got ${String(elemtype)}`);
  const text = shape.join(",");
  const known = caches.get(elemtype)?.headers.get(text);
  if (known !== undefined) return known;
  const count = checkedCount(shape, info.bytes);
  const cache = cacheFor(elemtype, count > MAX_LIST_SIZE);
  let header = cache.headers.get(text);
  if (header === undefined) {
    header = fill(cache.template, [...shape], count);
    // Shapes can vary without end; starting afresh is simpler than to find the least used.
    if (cache.headers.size >= MAX_CACHED) cache.headers.clear();
    cache.headers.set(text, header);
  }
  return header;
}

/** Number of elements of a shape that a message can carry. */
function checkedCount(shape: readonly number[], itemBytes: number): number {
  if (shape.length > MAX_RANK) fail(`expected rank ${MAX_RANK} at most, got ${shape.length}`);
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      fail(`expected dimensions from 0 to ${MAX_COUNT}, got ${shapeText(shape)}`);
    }
    count *= size;
  }
  if (shape.includes(0)) return 0; // before it, the product may have grown to infinity
  if (!(count * itemBytes <= MAX_COUNT)) {
    fail(`expected ${MAX_COUNT} bytes at most, got shape ${shapeText(shape)}`);
  }
  return count;
}

function fail(message: string): never {
  throw new ArgumentError(message);
}

/**
 * Fills the gaps of the template.
 *
 *     0 continuation | 4 size of the schema's flatbuffer, with padding | 8 schema
 *     b continuation | b+4 size of the batch's, with padding to 64 | b+8 batch
 */
function fill(form: Template, shape: readonly number[], count: number): Header {
  const text = form.before + shape.join(",") + form.after;
  const textAt = 8 + form.schema.length;
  const batchAt = roundUp(textAt + text.length + 1, 8);
  const end = roundUp(batchAt + 8 + form.batch.length, ALIGN);
  const nbytes = count * ELEMTYPES[form.elemtype].bytes;
  const bytes = Buffer.alloc(end);
  bytes.writeUInt32LE(CONTINUATION, 0);
  bytes.writeUInt32LE(batchAt - 8, 4);
  bytes.set(form.schema, 8);
  bytes.writeUInt32LE(text.length, textAt - 4);
  bytes.write(text, textAt, "latin1");
  if (form.listSize > 0) bytes.writeInt32LE(count, 8 + form.listSize);
  bytes.writeUInt32LE(CONTINUATION, batchAt);
  bytes.writeUInt32LE(end - batchAt - 8, batchAt + 4);
  const batch = batchAt + 8;
  bytes.set(form.batch, batch);
  for (const position of form.rows) bytes.writeBigInt64LE(BigInt(count), batch + position);
  bytes.writeBigInt64LE(BigInt(nbytes), batch + form.size);
  bytes.writeBigInt64LE(BigInt(nbytes + padding(nbytes)), batch + form.body);
  return { bytes, shape, nbytes };
}

function roundUp(size: number, step: number): number {
  return Math.ceil(size / step) * step;
}

/** Size of the header, from the sizes of its two messages. */
function headerBytes(message: Buffer): number {
  let end = 0;
  for (let i = 0; i < 2; i++) {
    if (end + 8 > message.length) {
      throw new ProtocolError(`array message of ${message.length} bytes: cut short`);
    }
    const mark = message.readUInt32LE(end);
    end += 8 + message.readUInt32LE(end + 4);
    if (mark !== CONTINUATION || end > Math.min(MAX_HEADER, message.length)) {
      throw new ProtocolError("array message: bad start of a message in the stream");
    }
  }
  return end;
}

function cacheOf(message: Buffer, headerEnd: number): Cache {
  for (const flat of [false, true]) {
    for (const name of NAMES) {
      const cache = cacheFor(name, flat);
      if (startsWith(message, cache.template, headerEnd)) return cache;
    }
  }
  throw new ProtocolError("array message: unknown schema");
}

/** Compared from the back, where the templates of two elemtypes differ. */
function startsWith(message: Buffer, template: Template, headerEnd: number): boolean {
  const { schema, constant } = template;
  if (8 + schema.length > headerEnd) return false;
  let i = constant - 1;
  while (i >= 0 && message[8 + i] === schema[i]) i--;
  return i < 0;
}

/** What the header says, if it is canonical: to be compared with the header that is returned. */
function parseHeader(message: Buffer, headerEnd: number, cache: Cache): Header {
  const { schema, before, after, elemtype } = cache.template;
  const textAt = 8 + schema.length;
  const first = textAt + before.length;
  const last = Math.min(textAt + message.readUInt32LE(textAt - 4), headerEnd) - after.length;
  const text = message.toString("latin1", first, Math.max(first, last));
  const known = cache.headers.get(text);
  if (known !== undefined) return known;
  const parts = text === "" ? [] : text.split(",");
  if (parts.length > MAX_RANK || !parts.every((part) => DIMENSION.test(part))) {
    throw new ProtocolError("array message: bad shape");
  }
  try {
    return headerOf(elemtype, parts.map(Number));
  } catch (cause) {
    throw new ProtocolError(`array message: ${(cause as Error).message}`, { cause });
  }
}
