// To and from the objects of apache-arrow. They are known by what they have, not by their classes:
// users may have another copy or version of the library, and most never need it loaded.
// biome-ignore lint/suspicious/noTsIgnore: with the package there is no error to expect
/** @ts-ignore: an optional peer; where it is not installed its types are any. */
import type { Table, Vector } from "apache-arrow";
import { ArgumentError } from "../errors.ts";
import { nd } from "../nd-array/nd.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { type ArrowColumn, type ArrowObject, columnOf } from "./arrow-objects.ts";
import { buildColumn, buildTable } from "./build-column.ts";
import { type Arrow, loadArrow, loadArrowSync } from "./library.ts";
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
  return asArrow(await loadArrow(), array);
}

/** As {@link toArrow}, for those who cannot wait: by the library as `require` gives it. */
export function toArrowSync(array: NdArray): Vector | Table {
  return asArrow(loadArrowSync(), array);
}

function asArrow(arrow: Arrow, array: NdArray): Vector | Table {
  const column = buildColumn(arrow, "data", array.rank === 0 ? nd(array, [1]) : array);
  if (array.rank > 1) return buildTable(arrow, [column]);
  return arrow.makeVector(column.data) as Vector;
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
  return fromColumn(columnOf(value, column));
}

/** The elements of a column. */
export function fromColumn({ chunks, type, field }: ArrowColumn): NdArray {
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
