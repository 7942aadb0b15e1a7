// https://github.com/apache/arrow/blob/main/format/Message.fbs
import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import type { ArrowData, ArrowType, ArrowVector } from "./arrow-objects.ts";
import type { FlatTable } from "./flat-reader.ts";
import type { IpcField } from "./ipc-schema.ts";
import { BOOL, DICTIONARY, FIXED_SIZE_LIST, FLOAT, FLOATS } from "./read-column.ts";

/** Dictionaries by id. */
export type Dictionaries = ReadonlyMap<number, ArrowVector>;

/**
 * Reads the columns of a record batch: views of its body, or copies where it is not aligned.
 * @throws {ArgumentError} Compressed data, or lengths that do not fit the body.
 */
export function readBatch(
  batch: FlatTable,
  body: Uint8Array,
  fields: readonly IpcField[],
  dictionaries: Dictionaries,
): ArrowData[] {
  //  RecordBatch: 0 length | 1 nodes | 2 buffers | 3 compression
  if (batch.has(3)) throw new ArgumentError("expected Arrow data that is not compressed");
  const length = batch.size(0);
  //  FieldNode: 0 length | 8 null count. Buffer: 0 offset | 8 length
  const layout = new Layout(batch.sizes(1, 16, [0, 8]), batch.sizes(2, 16, [0, 8]), body);
  const columns = fields.map((field) => readData(layout, field, dictionaries));
  const other = columns.find((column) => column.length !== length);
  if (other !== undefined) throw wrong(`expected columns of ${length} rows, got ${other.length}`);
  layout.end();
  return columns;
}

/** Reads nodes and buffers in order. */
class Layout {
  readonly #nodes: number[][];
  readonly #buffers: number[][];
  readonly #body: Uint8Array;
  #node = 0;
  #buffer = 0;
  #left: number;

  constructor(nodes: number[][], buffers: number[][], body: Uint8Array) {
    this.#nodes = nodes;
    this.#buffers = buffers;
    this.#body = body;
    this.#left = body.length;
  }

  node(): { length: number; nullCount: number } {
    const [length, nullCount] = this.#nodes[this.#node++] ?? [];
    if (length === undefined || nullCount === undefined) throw wrong("fewer nodes than fields");
    return { length, nullCount };
  }

  /** The buffers' total is limited: overlapping columns could need more than the memory. */
  buffer(): Uint8Array {
    const [offset, length] = this.#buffers[this.#buffer++] ?? [];
    if (offset === undefined || length === undefined) throw wrong("fewer buffers than fields");
    this.#left -= length;
    if (offset + length > this.#body.length || this.#left < 0) {
      throw wrong(`buffer of ${length} bytes at ${offset} in a body of ${this.#body.length}`);
    }
    return this.#body.subarray(offset, offset + length);
  }

  end(): void {
    if (this.#node !== this.#nodes.length || this.#buffer !== this.#buffers.length) {
      throw wrong("more nodes or buffers than fields");
    }
  }
}

function readData(layout: Layout, { type, dictionary }: IpcField, known: Dictionaries): ArrowData {
  const { length, nullCount } = layout.node();
  layout.buffer(); // the validity bitmap: the null count is enough
  if (type.typeId === FIXED_SIZE_LIST) {
    const children = (type.children ?? []).map((child) => readData(layout, child, known));
    return new Data(type, length, nullCount, children);
  }
  const values = elementsIn(layout.buffer(), type, length);
  const looked = dictionary === undefined ? undefined : known.get(dictionary);
  if (type.typeId === DICTIONARY && looked === undefined)
    throw wrong(`no dictionary ${dictionary}`);
  return new Data(type, length, nullCount, [], values, looked);
}

function elementsIn(bytes: Uint8Array, type: ArrowType, length: number): TypedArray {
  if (type.typeId === BOOL) {
    if (Math.ceil(length / 8) > bytes.length) throw tooFew(length, bytes);
    return bytes;
  }
  const { array, bytes: size } = ELEMTYPES[storedAs(type)];
  if (length * size > bytes.length) throw tooFew(length, bytes);
  const elements = bytes.subarray(0, length * size);
  const own = elements.byteOffset % size === 0 ? elements : new Uint8Array(elements);
  return new array(own.buffer, own.byteOffset, length);
}

function storedAs(type: ArrowType): Elemtype {
  if (type.typeId === FLOAT) return FLOATS[type.precision ?? 0] as Elemtype; // 0 to 2
  return `${type.isSigned ? "i" : "u"}${type.bitWidth}` as Elemtype; // 8 to 64 bits
}

class Data implements ArrowData {
  readonly type: ArrowType;
  readonly length: number;
  readonly offset = 0;
  readonly nullCount: number;
  readonly children: readonly ArrowData[];
  readonly values: TypedArray | undefined;
  readonly dictionary?: ArrowVector;

  constructor(
    type: ArrowType,
    length: number,
    nullCount: number,
    children: readonly ArrowData[],
    values?: TypedArray,
    dictionary?: ArrowVector,
  ) {
    this.type = type;
    this.length = length;
    this.nullCount = nullCount;
    this.children = children;
    this.values = values;
    if (dictionary !== undefined) this.dictionary = dictionary;
  }

  /** Takes the first elements; callers need no other offset than 0. */
  slice(_: number, length: number): ArrowData {
    const values = this.type.typeId === BOOL ? this.values : this.values?.subarray(0, length);
    return new Data(this.type, length, this.nullCount, this.children, values, this.dictionary);
  }
}

function tooFew(length: number, bytes: Uint8Array): ArgumentError {
  return wrong(`expected ${length} elements, got ${bytes.length} bytes`);
}

function wrong(what: string): ArgumentError {
  return new ArgumentError(`Arrow data: ${what}`);
}
