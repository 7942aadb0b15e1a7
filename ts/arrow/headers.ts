// Templates of the flatbuffers in an array's header, with gaps for the values that vary.
//
// Both languages write the tables in the same order, front to back, so that their bytes are equal.
// The text of the shape comes last in the schema, so that all other positions depend only on the
// elemtype and the form.
//
// Tables and slots: https://github.com/apache/arrow/blob/main/format/Schema.fbs and
// https://github.com/apache/arrow/blob/main/format/Message.fbs
import { ELEMTYPES, type Elemtype } from "../elemtypes.ts";
import { Flat, type Slot } from "./flat.ts";

const V5 = ["i16", 4] as const;
const HEADER_SCHEMA = 1;
const HEADER_RECORD_BATCH = 3;
const TYPE_INT = 2;
const TYPE_FLOAT = 3;
const TYPE_FIXED_SIZE_LIST = 16;
const PRECISIONS: Readonly<Record<number, number>> = { 2: 0, 4: 1, 8: 2 };

/** The two flatbuffers of a header; positions count from the start of each. */
export interface Template {
  readonly elemtype: Elemtype;
  /** Ends with the length (u32) of the text that follows: `before`, dimensions, `after`, a 0. */
  readonly schema: Uint8Array;
  /** Number of bytes of `schema` before the first gap. */
  readonly constant: number;
  /** Position in `schema` of the list's size; 0 in the flat form. */
  readonly listSize: number;
  readonly before: string;
  readonly after: string;
  readonly batch: Uint8Array;
  /** Positions in `batch` of the number of elements. */
  readonly rows: readonly number[];
  /** Position in `batch` of the size of the body without padding. */
  readonly size: number;
  /** Position in `batch` of the size of the body with padding. */
  readonly body: number;
}

/** Builds the template for a tensor of one row, or for the `flat` form. */
export function makeTemplate(elemtype: Elemtype, flat: boolean): Template {
  const schema = new Flat();
  const listSize = writeSchema(schema, elemtype, flat);
  const batch = new Flat();
  const gaps = writeRecordBatch(batch, flat);
  return {
    elemtype,
    schema: schema.toBytes(),
    constant: listSize || schema.end - 4,
    listSize,
    before: flat ? "[" : '{"shape":[',
    after: flat ? "]" : "]}",
    batch: batch.toBytes(),
    ...gaps,
  };
}

/** Writes the schema's message; returns the position of the list's size, 0 in the flat form. */
function writeSchema(flat: Flat, elemtype: Elemtype, flatForm: boolean): number {
  //  Message: 0 version | 1 header type | 2 header | 3 bodyLength
  const [, , header = 0] = flat.table(0, V5, ["u8", HEADER_SCHEMA], "ref");
  //  Schema: 0 endianness (little by default) | 1 fields
  const [, fields = 0] = flat.table(header, null, "ref");
  const [field = 0] = flat.refs(fields, 1);
  const bool8 = elemtype === "bool" ? BOOL8 : [];
  if (flatForm) {
    const metadata = writePrimitive(flat, field, "data", elemtype, true);
    flat.keyValues(metadata, [...bool8, ["shape", null]]);
    return 0;
  }
  //  Field: 0 name | 1 nullable | 2 type type | 3 type | 4 dictionary | 5 children | 6 metadata
  const slots: Slot[] = ["ref", null, ["u8", TYPE_FIXED_SIZE_LIST], "ref", null, "ref", "ref"];
  const [name = 0, , , type = 0, , children = 0, metadata = 0] = flat.table(field, ...slots);
  flat.string(name, "data");
  const [child = 0] = flat.refs(children, 1);
  const childMetadata = writePrimitive(flat, child, "item", elemtype, bool8.length > 0);
  if (bool8.length > 0) flat.keyValues(childMetadata, bool8);
  //  FixedSizeList: 0 listSize
  const [listSize = 0] = flat.table(type, ["i32", 0]);
  flat.keyValues(metadata, [
    ["ARROW:extension:name", "arrow.fixed_shape_tensor"],
    ["ARROW:extension:metadata", null],
  ]);
  return listSize;
}

/** The metadata that marks an int8 as bool. */
const BOOL8: readonly (readonly [string, string])[] = [
  ["ARROW:extension:name", "arrow.bool8"],
  ["ARROW:extension:metadata", ""],
];

/** Writes a field of a primitive type; returns the position of its metadata, 0 if absent. */
function writePrimitive(
  flat: Flat,
  field: number,
  name: string,
  elemtype: Elemtype,
  metadata: boolean,
): number {
  const { kind, bytes } = ELEMTYPES[elemtype];
  const type = kind === "float" ? TYPE_FLOAT : TYPE_INT;
  const slots: Slot[] = ["ref", null, ["u8", type], "ref", null, "ref"];
  if (metadata) slots.push("ref");
  const positions = flat.table(field, ...slots);
  flat.string(positions[0] ?? 0, name);
  const typeAt = positions[3] ?? 0;
  //  FloatingPoint: 0 precision (half, single, double)
  if (kind === "float") flat.table(typeAt, ["i16", PRECISIONS[bytes] ?? 0]);
  //  Int: 0 bitWidth | 1 is signed
  else flat.table(typeAt, ["i32", 8 * bytes], ["u8", kind === "uint" ? 0 : 1]);
  flat.refs(positions[5] ?? 0, 0);
  return positions[6] ?? 0;
}

/** Writes the record batch's message; returns the positions of its gaps. */
function writeRecordBatch(flat: Flat, flatForm: boolean): Pick<Template, "rows" | "size" | "body"> {
  const slots: Slot[] = [V5, ["u8", HEADER_RECORD_BATCH], "ref", ["i64", 0]];
  const [, , header = 0, body = 0] = flat.table(0, ...slots);
  //  RecordBatch: 0 length | 1 nodes | 2 buffers
  const length: Slot = ["i64", flatForm ? 0 : 1];
  const [lengthAt = 0, nodes = 0, buffers = 0] = flat.table(header, length, "ref", "ref");
  //  FieldNode: 0 length | 8 null count. Buffer: 0 offset | 8 length
  const node = flat.pairs(nodes, flatForm ? 1 : 2);
  if (!flatForm) flat.setInt64(node, 1);
  const buffer = flat.pairs(buffers, flatForm ? 2 : 3);
  return flatForm
    ? { rows: [lengthAt, node], size: buffer + 16 + 8, body }
    : { rows: [node + 16], size: buffer + 32 + 8, body };
}
