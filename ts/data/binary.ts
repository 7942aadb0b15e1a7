// Futhark's binary data format, version 2:
// https://futhark.readthedocs.io/en/latest/binary-data-format.html
import { ELEMTYPES, type Elemtype, isElemtypeName } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { elementCount } from "../nd-array/shape.ts";

// 0 "b" | 1 u8 version | 2 u8 rank | 3 elemtype in 4 letters | 7 u64 for each dimension | elements
const LETTER = 0x62;
const MAX_RANK = 64; // as for all arrays
const VERSION = 2;
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Whether the bytes are of this format; no text starts this way. */
export function isBinaryData(bytes: Uint8Array): boolean {
  const start = skipSpace(bytes, 0);
  return bytes[start] === LETTER && (bytes[start + 1] ?? 0x20) < 0x20;
}

/**
 * Reads the values of a binary file; scalars are arrays of rank 0. Copies the elements.
 * @throws {ArgumentError} Another version, or invalid or truncated data.
 */
export function readBinaryData(bytes: Uint8Array, where: string): NdArray[] {
  const values: NdArray[] = [];
  let at = skipSpace(bytes, 0);
  while (at < bytes.length) {
    const { array, end } = readValue(bytes, at, `${where}, value ${values.length + 1}`);
    values.push(array);
    at = skipSpace(bytes, end);
  }
  return values;
}

/** Returns the bytes of a binary file with these values. */
export function writeBinaryData(values: readonly NdArray[]): Uint8Array {
  return Buffer.concat(values.flatMap(writeValue));
}

function writeValue(array: NdArray): Uint8Array[] {
  const { shape, elemtype } = array;
  const head = Buffer.alloc(7 + 8 * shape.length);
  head[0] = LETTER;
  head[1] = VERSION;
  head[2] = shape.length;
  head.write(elemtype.padStart(4), 3, "latin1");
  for (const [axis, size] of shape.entries()) head.writeBigUInt64LE(BigInt(size), 7 + 8 * axis);
  const { data } = array.contiguous();
  return [head, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

function readValue(bytes: Uint8Array, at: number, where: string): { array: NdArray; end: number } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file[at] !== LETTER || file[at + 1] !== VERSION) {
    throw new ArgumentError(`${where}: expected Futhark's binary format, version ${VERSION}`);
  }
  const rank = file[at + 2] ?? 0;
  if (rank > MAX_RANK)
    throw new ArgumentError(`${where}: expected rank ${MAX_RANK} at most, got ${rank}`);
  const start = at + 7 + 8 * rank;
  if (start > file.length) throw new ArgumentError(`${where}: cut short within its header`);
  const elemtype = file.toString("latin1", at + 3, at + 7).trim() as Elemtype; // checked next
  if (!isElemtypeName(elemtype)) {
    throw new ArgumentError(`${where}: expected an elemtype, got ${JSON.stringify(elemtype)}`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => {
    const size = file.readBigUInt64LE(at + 7 + 8 * axis);
    if (size > Number.MAX_SAFE_INTEGER) throw new ArgumentError(`${where}: ${size} is too large`);
    return Number(size);
  });
  const info = ELEMTYPES[elemtype];
  const length = elementCount(shape) * info.bytes;
  const body = bytes.subarray(start, start + length);
  if (body.length !== length) {
    throw new ArgumentError(
      `${where}: expected ${length} bytes for ${elemtype} of shape [${shape}], got ${body.length}`,
    );
  }
  if (elemtype === "bool" && body.some((byte) => byte > 1)) {
    throw new ArgumentError(`${where}: expected bytes of 0 and 1 for bool`);
  }
  const data = new info.array(new Uint8Array(body).buffer); // a copy is aligned
  return { array: new NdArray(elemtype, data, shape), end: start + length };
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (SPACES.has(bytes[at] ?? 0)) at++;
  return at;
}
