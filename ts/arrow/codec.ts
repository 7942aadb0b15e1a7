// Codec between one array and an Arrow IPC stream, as arrow/README.md specifies.
//
// A message consists of a header, a body (the elements) and a footer. The codec does not touch the
// elements: the body is sent, read or mapped in place. Headers are built and validated once per
// elemtype and shape, and cached by the text of the shape.
import { ELEMTYPES, type Elemtype } from "../elemtypes.ts";
import { ArgumentError, ProtocolError } from "../errors.ts";
import { shapeText } from "../nd-array/shape.ts";
import { makeTemplate, type Template } from "./headers.ts";

/** The same limit as numpy's; bounds the size of a header. */
export const MAX_RANK = 64;

/** The largest size of a header in bytes. */
export const MAX_HEADER = 4096;

/** Largest dimension, and largest size of the elements in bytes. */
export const MAX_COUNT: number = Number.MAX_SAFE_INTEGER;

/** A decoded message; `body` is a view of the message, not a copy. */
export interface Decoded {
  readonly elemtype: Elemtype;
  readonly shape: number[];
  readonly body: Uint8Array;
}

const MAX_LIST_SIZE = 2 ** 31 - 1;
const MAX_CACHED = 256;
const ALIGN = 64;
const CONTINUATION = 0xffffffff;
const NAMES = Object.keys(ELEMTYPES) as Elemtype[]; // it has no other keys
const DIMENSION = /^\d{1,16}$/;

/** An encoded header, and what it describes. */
interface Header {
  readonly bytes: Buffer;
  readonly shape: readonly number[];
  readonly nbytes: number;
}

/** The headers of one elemtype in one form, by the dimensions joined with commas. */
interface Cache {
  readonly template: Template;
  readonly headers: Map<string, Header>;
}

/**
 * Returns the bytes before the elements, a multiple of 64. Cached: the caller must not modify them.
 * @throws {ArgumentError} The elemtype is unknown, or the shape exceeds the limits.
 */
export function encodeHeader(elemtype: Elemtype, shape: readonly number[]): Uint8Array {
  return headerOf(elemtype, shape).bytes;
}

/** Returns the bytes after `nbytes` of elements: padding and end of stream. Not to be modified. */
export function encodeFooter(nbytes: number): Uint8Array {
  return FOOTER.subarray(ALIGN - padding(nbytes));
}

/** Returns the size of an array's message in bytes. */
export function messageBytes(elemtype: Elemtype, shape: readonly number[]): number {
  const { bytes, nbytes } = headerOf(elemtype, shape);
  return bytes.length + nbytes + padding(nbytes) + 8;
}

/**
 * Decodes one array's message; `bytes` must contain nothing else.
 *
 * Only the text of the shape is parsed. The rest is compared with the encoder's output, so that no
 * length or offset from an untrusted peer is ever followed.
 * @throws {ProtocolError} The bytes differ from the encoder's output.
 */
export function decode(bytes: Uint8Array): Decoded {
  const { elemtype, shape, start, end } = decodeHeader(bytes, bytes.byteLength);
  checkFooter(elemtype, shape, bytes.subarray(end));
  return { elemtype, shape, body: bytes.subarray(start, end) };
}

/** What the header of a message says; the elements are its bytes from `start` to `end`. */
export interface DecodedHeader {
  readonly elemtype: Elemtype;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Decodes the header of a message of `length` bytes.
 * @param head The first bytes of the message: all, or {@link MAX_HEADER} at least.
 * @throws {ProtocolError} The header differs from the encoder's output, or is of another length.
 */
export function decodeHeader(head: Uint8Array, length: number): DecodedHeader {
  const message = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const start = headerBytes(message);
  const cache = cacheOf(message, start);
  const header = parseHeader(message, start, cache);
  const { elemtype } = cache.template;
  if (message.compare(header.bytes, 0, header.bytes.length, 0, start) !== 0) {
    throw new ProtocolError(`${where(elemtype, header.shape)}: header is not canonical`);
  }
  const expected = messageBytes(elemtype, header.shape);
  if (length !== expected) {
    throw new ProtocolError(
      `${where(elemtype, header.shape)}: expected ${expected} bytes, got ${length}`,
    );
  }
  return { elemtype, shape: [...header.shape], start, end: start + header.nbytes };
}

/**
 * Checks what follows the elements of a message.
 * @throws {ProtocolError} It differs from the encoder's output.
 */
export function checkFooter(
  elemtype: Elemtype,
  shape: readonly number[],
  footer: Uint8Array,
): void {
  if (Buffer.compare(encodeFooter(headerOf(elemtype, shape).nbytes), footer) === 0) return;
  throw new ProtocolError(
    `${where(elemtype, shape)}: expected zero padding and the end of the stream`,
  );
}

function where(elemtype: Elemtype, shape: readonly number[]): string {
  return `array message of ${elemtype} ${shapeText(shape)}`;
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
    // Bounds the cache; clearing it is simpler than finding the least recently used header.
    if (cache.headers.size >= MAX_CACHED) cache.headers.clear();
    cache.headers.set(text, header);
  }
  return header;
}

/** Returns the number of elements; throws if a message cannot hold as many. */
function checkedCount(shape: readonly number[], itemBytes: number): number {
  if (shape.length > MAX_RANK) fail(`expected rank ${MAX_RANK} at most, got ${shape.length}`);
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      fail(`expected dimensions from 0 to ${MAX_COUNT}, got ${shapeText(shape)}`);
    }
    count *= size;
  }
  if (shape.includes(0)) return 0; // the product is NaN if it overflowed before the 0
  if (!(count * itemBytes <= MAX_COUNT)) {
    fail(`expected ${MAX_COUNT} bytes at most, got shape ${shapeText(shape)}`);
  }
  return count;
}

function fail(message: string): never {
  throw new ArgumentError(message);
}

/**
 * Fills in the template's gaps.
 *
 *     0 continuation | 4 size of the schema's flatbuffer, with padding | 8 schema
 *     b continuation | b+4 size of the batch's flatbuffer, with padding to 64 | b+8 batch
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

/** Returns the size of the header, from the sizes of its two messages. */
function headerBytes(message: Buffer): number {
  let end = 0;
  for (let i = 0; i < 2; i++) {
    if (end + 8 > message.length) {
      throw new ProtocolError(`array message of ${message.length} bytes: cut short`);
    }
    const mark = message.readUInt32LE(end);
    end += 8 + message.readUInt32LE(end + 4);
    if (mark !== CONTINUATION || end > Math.min(MAX_HEADER, message.length)) {
      throw new ProtocolError("array message: bad continuation marker or size in the header");
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

/** Compares backwards, as the templates of two elemtypes differ near the end. */
function startsWith(message: Buffer, template: Template, headerEnd: number): boolean {
  const { schema, constant } = template;
  if (8 + schema.length > headerEnd) return false;
  let i = constant - 1;
  while (i >= 0 && message[8 + i] === schema[i]) i--;
  return i < 0;
}

/** Returns the canonical header for the message's shape; the caller compares the two. */
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
