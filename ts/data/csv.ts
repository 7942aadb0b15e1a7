import { ArgumentError } from "../errors.ts";
import type { Literal } from "./literal.ts";

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/;
const SPECIAL: Readonly<Record<string, string>> = {
  nan: "NaN",
  inf: "Infinity",
  "+inf": "Infinity",
  "-inf": "-Infinity",
  infinity: "Infinity",
  "-infinity": "-Infinity",
};

/**
 * Reads a comma-separated table of numbers and booleans as columns by name. The first row has the
 * names, unless it consists of numbers: then columns are named 1, 2, ….
 * @param where Prefix of errors.
 * @throws {ArgumentError} A cell that is neither, or a row with another number of cells.
 */
export function readCsv(text: string, where: string): Map<string, Literal[]> {
  const rows = [...readRows(text, where)];
  const head = rows[0];
  if (head === undefined) throw new ArgumentError(`${where}: expected a table, got no rows`);
  const named = head.some((cell) => cellOf(cell) === undefined);
  const names = named ? head : head.map((_, i) => String(i + 1));
  const columns = new Map<string, Literal[]>(names.map((name) => [name.trim(), []]));
  if (columns.size !== names.length) {
    throw new ArgumentError(`${where}: two columns have the same name (${names.join(", ")})`);
  }
  const all = [...columns.values()];
  for (const [i, row] of rows.entries()) {
    if (named && i === 0) continue;
    if (row.length !== names.length) {
      throw new ArgumentError(
        `${where}, row ${i + 1}: expected ${names.length} cells, got ${row.length}`,
      );
    }
    for (const [j, cell] of row.entries()) {
      const value = cellOf(cell);
      if (value === undefined) {
        throw new ArgumentError(
          `${where}, row ${i + 1}, column ${names[j]}: expected a number or boolean, got ${JSON.stringify(cell)}`,
        );
      }
      all[j]?.push(value);
    }
  }
  return columns;
}

function cellOf(cell: string): Literal | undefined {
  const text = cell.trim();
  if (NUMBER.test(text)) return text.replace(/^([+-]?)\./, "$10.").replace(/\.(?!\d)/, ".0");
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  return SPECIAL[lower];
}

/** Splits into rows and cells: https://www.rfc-editor.org/rfc/rfc4180 */
function* readRows(text: string, where: string): Generator<string[]> {
  const separator = /,|\r?\n|$/y;
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let row: string[] = [];
  let line = 1;
  while (at < text.length || row.length > 0) {
    const cellEnd = endOfCell(text, at);
    separator.lastIndex = cellEnd;
    const [end] = separator.exec(text) ?? [];
    if (end === undefined) {
      throw new ArgumentError(
        `${where}, row ${line}: a quotation mark within a cell, or not closed`,
      );
    }
    const isQuoted = text[at] === '"';
    row.push(
      isQuoted ? text.slice(at + 1, cellEnd - 1).replaceAll('""', '"') : text.slice(at, cellEnd),
    );
    at = cellEnd + end.length;
    if (end === ",") continue;
    if (row.length > 1 || row[0] !== "") yield row;
    row = [];
    line++;
  }
}

const PLAIN = /[^",\r\n]*/y;

/** Returns the end of a cell, or of its opening quotation mark if it is not closed. */
function endOfCell(text: string, start: number): number {
  if (text[start] !== '"') {
    PLAIN.lastIndex = start;
    return start + (PLAIN.exec(text)?.[0].length ?? 0);
  }
  // A pattern that repeats a group would overflow the stack for long cells.
  let at = text.indexOf('"', start + 1);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at < 0 ? start : at + 1;
}
