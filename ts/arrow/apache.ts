// To and from the objects of apache-arrow. They are known by what they have, not by their classes:
// users may have another copy or version of the library, and most never need it loaded.
import type { DataType, Table, Vector } from "apache-arrow";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { elementCount } from "../nd-array/shape.ts";
import { type ArrowObject, columnOf } from "./arrow-objects.ts";
import { readColumn } from "./read-column.ts";

export { type ArrowObject, isArrow } from "./arrow-objects.ts";

/**
 * The array as apache-arrow has it; shares memory if row-major, but for bool, which Arrow packs.
 *
 * @returns A Vector for rank 1 (and of one element for rank 0). For a higher rank a Table, as
 *   only its schema can say what the column is: one column `data` of `shape[0]` rows, each an
 *   `arrow.fixed_shape_tensor` of the other dimensions.
 */
export async function toArrow(array: NdArray): Promise<Vector | Table> {
  const arrow = await import("apache-arrow");
  const { elemtype, shape, data: elements } = array.contiguous();
  const type = arrowType(arrow, elemtype);
  const data = elemtype === "bool" ? packBits(elements as Uint8Array) : elements;
  // The constructors take just this for every type; their own types tell the types apart.
  const leaf = arrow.makeData({ type, data, length: elements.length, nullCount: 0 } as never);
  const [rows = 1, ...inner] = shape;
  if (inner.length === 0) return arrow.makeVector(leaf) as Vector;
  const item = new arrow.Field("item", type, false);
  const list = new arrow.FixedSizeList(elementCount(inner), item);
  const column = arrow.makeData({ type: list, length: rows, nullCount: 0, child: leaf });
  const metadata = new Map([
    ["ARROW:extension:name", "arrow.fixed_shape_tensor"],
    ["ARROW:extension:metadata", JSON.stringify({ shape: inner })],
  ]);
  const schema = new arrow.Schema([new arrow.Field("data", list, false, metadata)]);
  const struct = arrow.makeData({
    type: new arrow.Struct(schema.fields),
    length: rows,
    nullCount: 0,
    children: [column],
  });
  return new arrow.Table(new arrow.RecordBatch(schema, struct)) as Table;
}

/**
 * The elements of an Arrow array: shares memory, but for more than one chunk, bool that is packed
 * to bits, and dictionaries, which are decoded.
 *
 * A column of lists of a fixed size, or of tensors of a fixed shape, has the rank of a row and
 * one more: rows come first.
 *
 * @param value A Vector or Data of apache-arrow, or a RecordBatch or Table.
 * @param column Name of the column; not needed where there is but one.
 * @throws {ArgumentError} Nulls, elements of no elemtype, or no such column.
 */
export function fromArrow(value: ArrowObject, column?: string): NdArray {
  const { chunks, type, field } = columnOf(value, column);
  const { elemtype, data, inner, permutation } = readColumn(chunks, type, field);
  const rows = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const array = new NdArray(elemtype, data, [rows, ...inner]);
  if (permutation === undefined) return array;
  const isPermutation = [...permutation].sort((a, b) => a - b).every((axis, i) => axis === i);
  if (permutation.length !== inner.length || !isPermutation) {
    throw new ArgumentError(`expected a permutation of ${inner.length} axes, got ${permutation}`);
  }
  return array.transpose(0, ...permutation.map((axis) => axis + 1));
}

function arrowType(arrow: typeof import("apache-arrow"), elemtype: Elemtype): DataType {
  const { kind, bytes } = ELEMTYPES[elemtype];
  if (kind === "bool") return new arrow.Bool();
  if (kind !== "float") return new arrow.Int(kind === "int", (8 * bytes) as 8 | 16 | 32 | 64);
  return new arrow.Float(Math.log2(bytes) - 1); // precisions are numbered from half on
}

function packBits(bytes: TypedArray): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return bits;
}
