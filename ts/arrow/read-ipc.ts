// Reads Arrow IPC files and streams of numbers and bool without a library. The input is untrusted:
// lengths and offsets are checked before they are used.
// https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
import { ArgumentError } from "../errors.ts";
import type { ArrowColumn, ArrowData, ArrowVector } from "./arrow-objects.ts";
import { FlatTable } from "./flat-reader.ts";
import { readBatch } from "./ipc-batch.ts";
import { type IpcField, type IpcType, readSchema } from "./ipc-schema.ts";

const CONTINUATION = 0xffffffff;
const MAGIC = "ARROW1";
const FILE_START = 8;
// Message: 0 version | 1 header type | 2 header | 3 body length
const [SCHEMA, DICTIONARY_BATCH, RECORD_BATCH] = [1, 2, 3];
const V4 = 3;
const V5 = 4;

/**
 * Reads the columns of a file or stream: views of `bytes`, or copies where it is not aligned.
 * @throws {ArgumentError} Types other than numbers, bool, and fixed-size lists and dictionaries of
 *   them; compressed data; data that is damaged or cut short.
 */
export function readIpc(bytes: Uint8Array): ArrowColumn[] {
  try {
    const reader = new Reader(bytes);
    return startsWith(bytes, MAGIC, 0) ? reader.file() : reader.stream();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ArgumentError(`Arrow data: damaged or cut short (${error.message})`, {
      cause: error,
    });
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #dictionaries = new Map<number, ArrowVector>();
  #columns: { readonly field: IpcField; readonly chunks: ArrowData[] }[] | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  stream(): ArrowColumn[] {
    let at: number | undefined = 0;
    while (at !== undefined && at < this.#bytes.length) at = this.#message(at).end;
    return this.#result();
  }

  /** Reads the blocks that the footer lists. The file ends in `i32 footer length | magic`. */
  file(): ArrowColumn[] {
    const end = this.#bytes.length - MAGIC.length - 4;
    if (end < FILE_START || !startsWith(this.#bytes, MAGIC, end + 4))
      throw new RangeError("no footer");
    const start = end - this.#view.getInt32(end, true);
    const footer = FlatTable.root(this.#part(start, end));
    //  Footer: 0 version | 1 schema | 2 dictionaries | 3 record batches
    this.#take(SCHEMA, footer.table(1), new Uint8Array(0));
    //  Block: 0 offset | 8 length of the metadata (i32) | 16 length of the body
    const blocks = [2, 3].flatMap((slot) => footer.sizes(slot, 24, [0, 16]));
    let left = start;
    for (const [offset = 0, bodyBytes = 0] of blocks) {
      const { end: next, kind } = this.#message(offset);
      // Their total is limited: overlapping blocks could need more than the memory.
      left -= (next ?? offset) - offset;
      const isBatch = kind === DICTIONARY_BATCH || kind === RECORD_BATCH;
      if (left < 0 || next === undefined || !isBatch || next - bodyBytes < offset) {
        throw new RangeError("a block that is not a batch");
      }
    }
    return this.#result();
  }

  /** Reads a message; returns its kind and where the next one starts, if one may follow. */
  #message(at: number): { readonly end: number | undefined; readonly kind?: number } {
    // Arrow before version 0.15 wrote no continuation marker.
    const marked = this.#view.getUint32(at, true) === CONTINUATION;
    const start = at + (marked ? 8 : 4);
    const length = this.#view.getUint32(start - 4, true);
    if (length === 0) {
      if (this.#bytes.subarray(start).some((byte) => byte !== 0)) {
        throw new ArgumentError("Arrow data: bytes follow the end of the stream");
      }
      return { end: undefined };
    }
    const message = FlatTable.root(this.#part(start, start + length));
    const version = message.i16(0);
    if (version !== V4 && version !== V5) {
      throw new ArgumentError(`expected Arrow data of version 4 or 5, got ${version + 1}`);
    }
    const end = start + length + message.size(3);
    const kind = message.u8(1);
    this.#take(kind, message.table(2), this.#part(start + length, end));
    return { end, kind };
  }

  #take(kind: number, header: FlatTable | undefined, body: Uint8Array): void {
    if (header === undefined) throw new RangeError("a message without header");
    if (kind === SCHEMA && this.#columns === undefined) {
      this.#columns = readSchema(header).map((field) => ({ field, chunks: [] }));
    } else if (kind === RECORD_BATCH && this.#columns !== undefined) {
      const fields = this.#columns.map(({ field }) => field);
      const batch = readBatch(header, body, fields, this.#dictionaries);
      for (const [i, chunk] of batch.entries()) this.#columns[i]?.chunks.push(chunk);
    } else if (kind === DICTIONARY_BATCH && this.#columns !== undefined) {
      this.#takeDictionary(header, body, this.#columns);
    } else {
      throw new ArgumentError(`Arrow data: unexpected message of kind ${kind}`);
    }
  }

  #takeDictionary(
    header: FlatTable,
    body: Uint8Array,
    columns: readonly { readonly field: IpcField }[],
  ): void {
    //  DictionaryBatch: 0 id | 1 data | 2 is delta
    const id = header.size(0);
    const data = header.table(1);
    const type = columns.map(({ field }) => dictionaryType(field, id)).find(Boolean);
    if (data === undefined || type === undefined) throw new RangeError(`unknown dictionary ${id}`);
    const field: IpcField = { name: "", type, dictionary: undefined };
    const chunks = readBatch(data, body, [field], this.#dictionaries);
    const before = header.u8(2) === 0 ? [] : (this.#dictionaries.get(id)?.data ?? []);
    const all = [...before, ...chunks];
    const length = all.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#dictionaries.set(id, { type, length, data: all });
  }

  #part(start: number, end: number): Uint8Array {
    if (start < 0 || start > end || end > this.#bytes.length) {
      throw new RangeError(`bytes ${start} to ${end} of ${this.#bytes.length}`);
    }
    return this.#bytes.subarray(start, end);
  }

  #result(): ArrowColumn[] {
    if (this.#columns === undefined) throw new RangeError("no schema");
    return this.#columns.map(({ field, chunks }) => ({ chunks, type: field.type, field }));
  }
}

/** Returns the value type of a dictionary that a field or its list elements refer to. */
function dictionaryType(field: IpcField, id: number): IpcType | undefined {
  if (field.dictionary === id) return field.type.dictionary;
  const [child] = field.type.children ?? [];
  return child === undefined ? undefined : dictionaryType(child, id);
}

function startsWith(bytes: Uint8Array, text: string, at: number): boolean {
  return Buffer.from(bytes.subarray(at, at + text.length)).equals(Buffer.from(text, "latin1"));
}
