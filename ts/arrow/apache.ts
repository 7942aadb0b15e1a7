// Conversion to and from apache-arrow's objects. They are recognised by their fields, not by their
// class: users may have another copy or version of the library, and reading does not load it.
// biome-ignore lint/suspicious/noTsIgnore: there is no error if the package is installed
/** @ts-ignore: an optional peer dependency; its types are `any` if it is not installed. */
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
 * Converts an array to apache-arrow: a view of a row-major array, except for bool, which is copied
 * and packed to bits.
 * @returns A Vector for rank 1, and of one element for rank 0. For a higher rank a Table with one
 *   column `data` of `shape[0]` rows, each an `arrow.fixed_shape_tensor` of the other dimensions.
 * @throws {BuildError} apache-arrow is not installed.
 */
export async function toArrow(array: NdArray): Promise<Vector | Table> {
  return asArrow(await loadArrow(), array);
}

/** As {@link toArrow}, synchronously: the library is loaded by `require`. */
export function toArrowSync(array: NdArray): Vector | Table {
  return asArrow(loadArrowSync(), array);
}

function asArrow(arrow: Arrow, array: NdArray): Vector | Table {
  const column = buildColumn(arrow, "data", array.rank === 0 ? nd(array, [1]) : array);
  if (array.rank > 1) return buildTable(arrow, [column]);
  return arrow.makeVector(column.data) as Vector;
}

/**
 * Converts an Arrow array. The result is a view, except that several chunks are joined, packed bool
 * is unpacked and dictionaries are decoded.
 *
 * The first dimension of a column of fixed-size lists or fixed-shape tensors is the row, the others
 * are those of a list or tensor.
 *
 * @param value A Vector or Data of apache-arrow, or a RecordBatch or Table.
 * @param column Name of the column; optional if there is only one.
 * @throws {ArgumentError} Nulls, a type that is not an elemtype, or no such column.
 */
export function fromArrow(value: ArrowObject, column?: string): NdArray {
  return fromColumn(columnOf(value, column));
}

/** Converts a column; see {@link fromArrow}. */
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
