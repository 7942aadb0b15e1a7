// https://github.com/apache/arrow/blob/main/format/Schema.fbs
import { ArgumentError } from "../errors.ts";
import type { ArrowField, ArrowType } from "./arrow-objects.ts";
import type { FlatTable } from "./flat-reader.ts";
import { BOOL, DICTIONARY, FIXED_SIZE_LIST, FLOAT, INT } from "./read-column.ts";

const MAX_DEPTH = 64;

/** A field of an IPC schema. */
export interface IpcField extends ArrowField {
  /** Id of its dictionary, if it is dictionary-encoded. */
  readonly dictionary: number | undefined;
  readonly type: IpcType;
}

export interface IpcType extends ArrowType {
  readonly children?: readonly IpcField[];
  readonly dictionary?: IpcType;
}

/** @throws {ArgumentError} A type that is neither an elemtype nor fixed-size lists of one. */
export function readSchema(schema: FlatTable): IpcField[] {
  //  Schema: 0 endianness | 1 fields
  if (schema.i16(0) !== 0) throw new ArgumentError("expected little-endian Arrow data");
  return schema.tables(1).map((field) => readField(field, 0));
}

function readField(field: FlatTable, depth: number): IpcField {
  //  Field: 0 name | 2 type type | 3 type | 4 dictionary | 5 children | 6 metadata
  const name = field.text(0);
  if (depth > MAX_DEPTH) throw new ArgumentError(`column ${name}: lists deeper than ${MAX_DEPTH}`);
  const type = readType(field, name, depth);
  const encoding = field.table(4);
  const metadata = new Map(field.tables(6).map((pair) => [pair.text(0), pair.text(1)]));
  if (encoding === undefined) return { name, type, metadata, dictionary: undefined };
  if (type.typeId === FIXED_SIZE_LIST) {
    throw new ArgumentError(`column ${name}: expected a dictionary of numbers or bool`);
  }
  //  DictionaryEncoding: 0 id | 1 index type
  const index = encoding.table(1);
  const indices = index === undefined ? { bitWidth: 32, isSigned: true } : readInt(index, name);
  const looked: IpcType = { typeId: DICTIONARY, dictionary: type, ...indices };
  return { name, type: looked, metadata, dictionary: encoding.size(0) };
}

function readType(field: FlatTable, name: string, depth: number): IpcType {
  const typeId = field.u8(2);
  const type = field.table(3);
  switch (type && typeId) {
    case INT:
      return { typeId, ...readInt(type as FlatTable, name) };
    case FLOAT: {
      const precision = (type as FlatTable).i16(0);
      if (precision < 0 || precision > 2)
        throw unsupported(name, `float of precision ${precision}`);
      return { typeId, precision };
    }
    case BOOL:
      return { typeId };
    case FIXED_SIZE_LIST: {
      const listSize = (type as FlatTable).i32(0);
      const children = field.tables(5).map((child) => readField(child, depth + 1));
      if (listSize < 0 || children.length !== 1) {
        throw unsupported(name, `lists of size ${listSize} with ${children.length} children`);
      }
      return { typeId, listSize, children };
    }
    default:
      throw unsupported(name, `Arrow type ${typeId}`);
  }
}

function readInt(type: FlatTable, name: string): { bitWidth: number; isSigned: boolean } {
  const bitWidth = type.i32(0);
  if (![8, 16, 32, 64].includes(bitWidth)) throw unsupported(name, `integers of ${bitWidth} bits`);
  return { bitWidth, isSigned: type.u8(1) !== 0 };
}

function unsupported(name: string, got: string): ArgumentError {
  return new ArgumentError(`column ${name}: expected Arrow data of numbers or bool, got ${got}`);
}
