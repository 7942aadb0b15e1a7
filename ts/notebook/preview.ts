import { inspect } from "node:util";
import { NdArray } from "../nd-array/nd-array.ts";
import { isPlainObject } from "../plain-object.ts";

/** A value with a method that returns plain data; handles have one of these. */
interface Readable {
  toNdArray?(): Promise<unknown>;
  toObject?(): Promise<unknown>;
  toObjects?(): Promise<unknown>;
}

// Indices shown at each end of a dimension, and rows shown of an array of records.
const EDGE = 4;
const ROWS = 10;

/**
 * Returns HTML that shows a value in a notebook: its type or shape, and a table of its elements,
 * without the middle of a large array. Handles are copied out of Futhark.
 */
export async function toHtml(value: unknown): Promise<string> {
  const readable = (typeof value === "object" && value !== null ? value : {}) as Readable;
  const data = await (readable.toNdArray?.() ??
    readable.toObject?.() ??
    readable.toObjects?.() ??
    value);
  const title = data === value ? "" : `<code>${escaped(inspect(value))}</code>`;
  return `<div>${title}${shown(data)}</div>`;
}

function shown(data: unknown): string {
  if (data instanceof NdArray) return arrayHtml(data);
  if (Array.isArray(data) && data.every(isPlainObject)) return rowsHtml(data);
  if (isPlainObject(data))
    return table(
      ["", ""],
      Object.entries(data).map(([k, v]) => [k, brief(v)]),
    );
  return `<pre>${escaped(inspect(data))}</pre>`;
}

function arrayHtml(array: NdArray): string {
  const { shape, rank, elemtype } = array;
  const title = `<code>${shape.map((size) => `[${size}]`).join("")}${elemtype}</code>`;
  if (rank === 0 || rank > 2) return `${title}<pre>${escaped(String(array))}</pre>`;
  const columns = withGap(shape.at(-1) ?? 0);
  const rows: readonly (number | "" | undefined)[] = rank === 1 ? [""] : withGap(shape[0] ?? 0);
  const cell = (row: number | "" | undefined, column: number | undefined) => {
    if (row === undefined || column === undefined) return "…";
    return number(row === "" ? array.get(column) : array.get(row, column));
  };
  return `${title}${table(
    ["", ...columns.map((column) => String(column ?? "…"))],
    rows.map((row) => [String(row ?? "…"), ...columns.map((column) => cell(row, column))]),
  )}`;
}

function rowsHtml(rows: readonly Record<string, unknown>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows
    .slice(0, ROWS)
    .map((row, i) => [String(i), ...names.map((name) => brief(row[name]))]);
  if (rows.length > ROWS) lines.push(["…", ...names.map(() => "…")]);
  return table(["", ...names], lines);
}

/** Returns the indices that are shown, with `undefined` for the gap. */
function withGap(size: number): (number | undefined)[] {
  if (size <= 2 * EDGE + 1) return Array.from({ length: size }, (_, i) => i);
  const ends = Array.from({ length: EDGE }, (_, i) => i);
  return [...ends, undefined, ...ends.map((i) => size - EDGE + i)];
}

function brief(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return number(value);
  }
  if (typeof value === "string") return value;
  if (value instanceof NdArray && value.size > 2 * EDGE) {
    return `${value.shape.map((size) => `[${size}]`).join("")}${value.elemtype}`;
  }
  return inspect(value instanceof NdArray ? value.toNested() : value, {
    breakLength: Number.POSITIVE_INFINITY,
  });
}

function number(value: number | bigint | boolean): string {
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((cells) => line(cells, "td")).join("");
  return `<table><thead>${line(heads, "th")}</thead><tbody>${body}</tbody></table>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
