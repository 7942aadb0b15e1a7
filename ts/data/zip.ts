// Zip archives, as far as `.npz` files need them: no encryption, less than 4 GiB.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { crc32, inflateRawSync } from "node:zlib";
import { ArgumentError } from "../errors.ts";

// End of the directory: 0 signature | 10 u16 entries | 16 u32 offset of the directory | 20 u16 comment
const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
// Directory: 0 signature | 10 u16 method | 16 u32 crc | 20 u32 packed | 24 u32 size | 28 u16 name
//   | 30 u16 extra | 32 u16 comment | 42 u32 offset of the file | 46 name
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
// File: 0 signature | 4 u16 version | 14 u32 crc | 18 u32 packed | 22 u32 size | 26 u16 name
//   | 28 u16 extra | 30 name, extra, content
const FILE = 0x04034b50;
const FILE_BYTES = 30;
const [STORED, DEFLATED] = [0, 8];
const VERSION = 20;
const UTF8_NAME = 0x800; // in u16 flags: 6 of a file, 8 of an entry
const DATE = 0x21; // 1980-01-01: archives of the same arrays are equal
const MAX_BYTES = 0xffffffff;
/** The most that compressed data of one file may unpack to: a small file can announce any amount. */
export const MAX_UNPACKED_BYTES: number = 2 ** 30;
export const TOO_LONG: string = `expected at most ${MAX_UNPACKED_BYTES} bytes when unpacked, got more; unpack the file first`;

/**
 * Reads the files of an archive. Uncompressed contents are views of it.
 * @throws {ArgumentError} Damaged, or of a kind that is not supported.
 */
export function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
  try {
    return readFiles(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    throw new ArgumentError(`zip archive: damaged or cut short (${(error as Error).message})`, {
      cause: error,
    });
  }
}

function readFiles(file: Buffer): Map<string, Uint8Array> {
  const end = findEnd(file);
  const count = file.readUInt16LE(end + 10);
  let at = file.readUInt32LE(end + 16);
  let unpacked = 0;
  const entries = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    if (file.readUInt32LE(at) !== ENTRY) throw new ArgumentError("zip archive: damaged directory");
    const nameBytes = file.readUInt16LE(at + 28);
    entries.set(file.toString("utf8", at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes), at);
    if (file.readUInt16LE(at + 10) === DEFLATED) unpacked += file.readUInt32LE(at + 24);
    at += ENTRY_BYTES + nameBytes + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  if (unpacked > MAX_UNPACKED_BYTES) throw new ArgumentError(`zip archive: ${TOO_LONG}`);
  return new Map([...entries].map(([name, entry]) => [name, contentOf(file, entry, name)]));
}

function findEnd(file: Buffer): number {
  const least = Math.max(0, file.length - END_BYTES - MAX_COMMENT);
  for (let at = file.length - END_BYTES; at >= least; at--) {
    if (file.readUInt32LE(at) === END) return at;
  }
  throw new ArgumentError("zip archive: cut short, or not an archive");
}

function contentOf(file: Buffer, at: number, name: string): Uint8Array {
  const [method, crc] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 16)];
  const [packed, size] = [file.readUInt32LE(at + 20), file.readUInt32LE(at + 24)];
  const local = file.readUInt32LE(at + 42);
  const wrong = (what: string) => new ArgumentError(`zip archive, ${name}: ${what}`);
  if (packed === MAX_BYTES || size === MAX_BYTES) throw wrong("expected less than 4 GiB");
  if ((file.readUInt16LE(at + 8) & 1) !== 0) throw wrong("encrypted");
  if (file.readUInt32LE(local) !== FILE) throw wrong("damaged");
  const start = local + FILE_BYTES + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
  const body = file.subarray(start, start + packed);
  if (method !== STORED && method !== DEFLATED)
    throw wrong(`compression ${method} is not supported`);
  const content = method === STORED ? body : inflateRawSync(body, { maxOutputLength: size || 1 });
  if (content.length !== size || crc32(content) !== crc) throw wrong("damaged or cut short");
  return content;
}

/**
 * Returns an archive of these files, not compressed.
 * @throws {ArgumentError} They have 4 GiB or more.
 */
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const nameBytes = Buffer.from(name, "utf8");
    const head = Buffer.alloc(FILE_BYTES);
    head.writeUInt32LE(FILE, 0);
    head.writeUInt16LE(VERSION, 4);
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry.writeUInt32LE(ENTRY, 0);
    entry.writeUInt16LE(VERSION, 4);
    entry.writeUInt16LE(VERSION, 6);
    head.writeUInt16LE(UTF8_NAME, 6);
    entry.writeUInt16LE(UTF8_NAME, 8);
    for (const [record, base] of [[head, 10] as const, [entry, 12] as const]) {
      record.writeUInt16LE(DATE, base + 2);
      record.writeUInt32LE(crc32(content), base + 4);
      record.writeUInt32LE(content.length, base + 8);
      record.writeUInt32LE(content.length, base + 12);
      record.writeUInt16LE(nameBytes.length, base + 16);
    }
    entry.writeUInt32LE(offset, 42);
    parts.push(
      head,
      nameBytes,
      Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
    directory.push(entry, nameBytes);
    offset += FILE_BYTES + nameBytes.length + content.length;
    if (offset > MAX_BYTES) throw new ArgumentError("zip archive: expected less than 4 GiB");
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...parts, list, end]));
}
