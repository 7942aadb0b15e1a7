// Results as the columns of a table: CSV, and what Parquet is made of.
import type { Vector } from "apache-arrow";
import { toArrow } from "../arrow/apache.ts";
import { loadArrow } from "../arrow/library.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import type { Columns, Result } from "./result.ts";
import { scalarText } from "./text.ts";

/**
 * Returns the columns of results: arrays and scalars are named `arr_0`, `arr_1`, … as in `.npz`,
 * the columns of a record of arrays, or an array of records, by their fields.
 * @throws {ArgumentError} A result is no column, or they are not of one length.
 */
export function columnsOf(results: readonly Result[], path: string): Columns {
  const columns = new Map<string, NdArray>();
  for (const result of results) {
    const parts =
      "columns" in result ? result.columns : new Map([[String(columns.size), arrayOf(result)]]);
    for (const [name, array] of parts) {
      const own = /^\d+$/.test(name) ? `arr_${name}` : name;
      if (columns.has(own)) throw new ArgumentError(`${path}: two columns are named ${own}`);
      columns.set(own, columnOf(array, result.type));
    }
  }
  const lengths = [...columns].map(([name, { size }]) => `${size} (${name})`);
  if (new Set([...columns.values()].map(({ size }) => size)).size > 1) {
    throw new ArgumentError(
      `${path}: columns of a table have one length, got ${lengths.join(", ")}: use -o once for each`,
    );
  }
  return columns;
}

function arrayOf(result: Result): NdArray {
  if ("array" in result) return result.array;
  throw noColumn(result.type);
}

function columnOf(array: NdArray, type: string): NdArray {
  if (array.rank === 0) return new NdArray(array.elemtype, array.contiguous().data, [1]);
  if (array.rank === 1) return array;
  throw noColumn(type);
}

/** Returns the error for a value that is no column of a table. */
export function noColumn(type: string): ArgumentError {
  return new ArgumentError(
    `a table holds scalars, arrays of rank 1, and records of these, not ${type}: use .npy or .json`,
  );
}

/** Formats columns as CSV with a row of names: https://www.rfc-editor.org/rfc/rfc4180 */
export function csvOf(columns: Columns): string {
  const all = [...columns.values()];
  const lines = [[...columns.keys()].map(quoted).join(",")];
  for (let i = 0; i < (all[0]?.size ?? 0); i++) {
    lines.push(all.map((column) => cellText(column, i)).join(","));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function cellText(column: NdArray, index: number): string {
  const text = scalarText(column.elemtype, column.get(index));
  // Without the type: -f64.inf is -inf, 1.5f64 is 1.5.
  return text.replace(`${column.elemtype}.`, "").replace(new RegExp(`${column.elemtype}$`), "");
}

/**
 * Encodes columns as an Arrow stream.
 * @throws {BuildError} apache-arrow is not installed.
 */
export async function arrowOf(columns: Columns): Promise<Uint8Array> {
  const { Table, tableToIPC } = await loadArrow();
  const vectors: Record<string, Vector> = {};
  for (const [name, column] of columns) vectors[name] = (await toArrow(column)) as Vector; // rank 1
  return tableToIPC(new Table(vectors), "stream");
}
