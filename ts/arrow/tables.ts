// Conversion between apache-arrow tables and columns by name: in Futhark a record of arrays, or an
// array of records.
// biome-ignore lint/suspicious/noTsIgnore: there is no error if the package is installed
/** @ts-ignore: an optional peer dependency; its types are `any` if it is not installed. */
import type { Table } from "apache-arrow";
import { ArgumentError, located } from "../errors.ts";
import { isScijsLike, nd, type ScijsLike } from "../nd-array/nd.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { fromNested } from "../nd-array/nested.ts";
import { stack } from "../nd-array/stack.ts";
import { typedArrayName } from "../nd-array/typed-array.ts";
import { isPlainObject } from "../plain-object.ts";
import { fromArrow, fromColumn } from "./apache.ts";
import {
  type ArrowBatch,
  type ArrowData,
  type ArrowField,
  type ArrowObject,
  type ArrowTable,
  isArrow,
  isTable,
} from "./arrow-objects.ts";
import { type BuiltColumn, buildColumn, buildStruct, buildTable } from "./build-column.ts";
import { type Arrow, loadArrow, loadArrowSync } from "./library.ts";
import { checkNulls, STRUCT } from "./read-column.ts";

/** Columns by name. */
export interface Columns {
  readonly [name: string]: Column;
}

/** A column as an array; a column of structs as columns by name. */
export type Column = NdArray | Columns;

/** Data for a column: nested arrays of numbers are f64, of bigints i64, of booleans bool. */
export type ColumnInput =
  | NdArray
  | ArrayBufferView
  | ScijsLike
  | ArrowObject
  | readonly unknown[]
  | { readonly [name: string]: ColumnInput };

/** Input of {@link toTable}: columns by name, rows as objects, or a handle of such a value. */
export type TableInput =
  | { readonly [name: string]: ColumnInput }
  | readonly Readonly<Record<string, unknown>>[]
  | { toTable(): Promise<Table> };

/**
 * Returns the columns of a table or record batch by name. They are views where those
 * of {@link fromArrow} are. A table passed as an argument to an entry point needs no conversion.
 * @throws {ArgumentError} Nulls, a type that is not an elemtype, or two columns of one name.
 */
export function fromTable<T extends Columns = Readonly<Record<string, NdArray>>>(
  table: ArrowTable | ArrowBatch,
): T {
  const batches = isTable(table) ? table.batches : [table];
  const structs = batches.map(({ data }) => data);
  return readFields(table.schema.fields, structs, "") as T; // not checked
}

/**
 * Returns a table of one record batch, with views of row-major typed data.
 *
 * @param value Columns by name: NdArrays, typed arrays, n-d arrays of other libraries, Arrow
 *   arrays, nested arrays, or again columns by name for a column of structs. Columns of a rank
 *   above 1 become fixed-shape tensors. Or an array of objects, one for each row. Or a handle,
 *   which is copied out of Futhark.
 * @throws {ArgumentError} No columns, different lengths, or a value that is not a column.
 */
export async function toTable(value: TableInput): Promise<Table> {
  if ("toTable" in value && typeof value.toTable === "function") return value.toTable();
  return asTable(await loadArrow(), value);
}

/** As {@link toTable}, for columns, and for those who cannot wait: by the library as `require` gives it. */
export function toTableSync(columns: TableInput): Table {
  return asTable(loadArrowSync(), columns);
}

function asTable(arrow: Arrow, value: TableInput): Table {
  const columns = Array.isArray(value) ? gatherRows(value) : value;
  return buildTable(arrow, buildFields(arrow, columns, ""));
}

function readFields(
  fields: readonly ArrowField[],
  structs: readonly ArrowData[],
  path: string,
): Columns {
  const columns = new Map<string, Column>();
  fields.forEach((field, i) => {
    const name = path + field.name;
    if (columns.has(field.name)) throw new ArgumentError(`expected one column ${name}, got two`);
    const chunks = structs.flatMap((struct) => struct.children[i] ?? []);
    columns.set(field.name, readField(field, chunks, name));
  });
  return Object.fromEntries(columns);
}

function readField(field: ArrowField, chunks: readonly ArrowData[], name: string): Column {
  const { type } = field;
  return named(name, () => {
    if (type.typeId !== STRUCT) return fromColumn({ chunks, type, field });
    checkNulls(chunks);
    return readFields(type.children ?? [], chunks, `${name}.`);
  });
}

function buildFields(arrow: Arrow, columns: object, path: string): BuiltColumn[] {
  return Object.entries(columns).map(([name, value]) => {
    const column = asColumn(value, path + name);
    if (column instanceof NdArray) return buildColumn(arrow, name, column);
    return buildStruct(arrow, name, buildFields(arrow, column, `${path}${name}.`));
  });
}

function asColumn(value: unknown, name: string): NdArray | object {
  if (value instanceof NdArray) return value;
  return named(name, () => {
    if (isArrow(value)) return fromArrow(value);
    if (typedArrayName(value) !== undefined || isScijsLike(value)) return nd(value as ScijsLike);
    if (Array.isArray(value)) {
      const [first] = value;
      if (first instanceof NdArray) return stack(value);
      return isPlainObject(first) ? gatherRows(value) : fromNested(value);
    }
    if (!isPlainObject(value)) throw new ArgumentError(`expected an array, got ${String(value)}`);
    return value;
  });
}

/** Converts rows to columns: for each name an array of the rows' values. */
function gatherRows(rows: readonly Readonly<Record<string, unknown>>[]): object {
  const [first] = rows;
  if (first === undefined) throw new ArgumentError("expected rows, got none");
  const names = Object.keys(first);
  rows.forEach((row, i) => {
    const fits = isPlainObject(row) && names.every((name) => Object.hasOwn(row, name));
    if (!fits || Object.keys(row).length !== names.length) {
      throw new ArgumentError(`row ${i}: expected an object with fields ${names.join(", ")}`);
    }
  });
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
}

/** Adds the column's name to errors. */
function named<T>(name: string, convert: () => T): T {
  return located(`column ${name}`, convert, "column ");
}
