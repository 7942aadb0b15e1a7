// Builds apache-arrow columns from n-d arrays.
// biome-ignore lint/suspicious/noTsIgnore: there is no error if the package is installed
/** @ts-ignore: an optional peer dependency; its types are `any` if it is not installed. */
import type { Data, DataType, Field, Struct, Table } from "apache-arrow";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { elementCount } from "../nd-array/shape.ts";
import type { Arrow } from "./library.ts";

/** A column and its field in a schema. */
export interface BuiltColumn {
  readonly field: Field;
  readonly data: Data;
}

/**
 * Builds a column of `shape[0]` rows, above rank 1 each an `arrow.fixed_shape_tensor`. A view
 * of a row-major array, except for bool, which is copied and packed to bits.
 */
export function buildColumn(arrow: Arrow, name: string, array: NdArray): BuiltColumn {
  const { elemtype, shape, data: elements } = array.contiguous();
  const [rows, ...inner] = shape;
  if (rows === undefined) throw new ArgumentError(`column ${name}: expected an array, got rank 0`);
  const type = arrowType(arrow, elemtype);
  const data = elemtype === "bool" ? packBits(elements as Uint8Array) : elements;
  // The declared types differ from type to type; at run time all take these properties.
  const leaf = arrow.makeData({ type, data, length: elements.length, nullCount: 0 } as never);
  if (inner.length === 0) return { field: new arrow.Field(name, type, false), data: leaf };
  const list = new arrow.FixedSizeList(elementCount(inner), new arrow.Field("item", type, false));
  const metadata = new Map([
    ["ARROW:extension:name", "arrow.fixed_shape_tensor"],
    ["ARROW:extension:metadata", JSON.stringify({ shape: inner })],
  ]);
  return {
    field: new arrow.Field(name, list, false, metadata),
    data: arrow.makeData({ type: list, length: rows, nullCount: 0, child: leaf }),
  };
}

/**
 * Combines columns of equal length into one column of structs.
 * @throws {ArgumentError} No columns, or different lengths.
 */
export function buildStruct(
  arrow: Arrow,
  name: string,
  columns: readonly BuiltColumn[],
): BuiltColumn {
  const [first] = columns;
  if (first === undefined) throw new ArgumentError(`${name}: expected columns, got none`);
  const { length } = first.data;
  const other = columns.find(({ data }) => data.length !== length);
  if (other !== undefined) {
    throw new ArgumentError(
      `${name}: expected columns of equal length, got ${length} rows in ${first.field.name} and ${other.data.length} in ${other.field.name}`,
    );
  }
  const type = new arrow.Struct(columns.map(({ field }) => field));
  const children = columns.map(({ data }) => data);
  return {
    field: new arrow.Field(name, type, false),
    data: arrow.makeData({ type, length, nullCount: 0, children }),
  };
}

/** Combines columns of equal length into a table of one record batch. */
export function buildTable(arrow: Arrow, columns: readonly BuiltColumn[]): Table {
  const { data } = buildStruct(arrow, "table", columns);
  const schema = new arrow.Schema(columns.map(({ field }) => field));
  return new arrow.Table(new arrow.RecordBatch(schema, data as Data<Struct>)) as Table;
}

function arrowType(arrow: Arrow, elemtype: Elemtype): DataType {
  const { kind, bytes } = ELEMTYPES[elemtype];
  if (kind === "bool") return new arrow.Bool();
  if (kind !== "float") return new arrow.Int(kind === "int", (8 * bytes) as 8 | 16 | 32 | 64);
  return new arrow.Float(Math.log2(bytes) - 1); // 0 half, 1 single, 2 double
}

function packBits(bytes: TypedArray): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return bits;
}
