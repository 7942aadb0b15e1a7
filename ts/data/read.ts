import { gunzipSync } from "node:zlib";
import { fromColumn } from "../arrow/apache.ts";
import { readIpc } from "../arrow/read-ipc.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { fromNpy } from "../nd-array/npy.ts";
import { isBinaryData, readBinaryData } from "./binary.ts";
import { readCsv } from "./csv.ts";
import { fromImage, isImage } from "./images.ts";
import { type Literal, parseLiterals } from "./literal.ts";
import { readNpz } from "./npz.ts";
import { MAX_UNPACKED_BYTES, TOO_LONG } from "./zip.ts";

/** One value of a file or an argument, before it is converted to a parameter's type. */
export type Given =
  | { readonly kind: "array"; readonly array: NdArray; readonly arrow: boolean }
  | { readonly kind: "literal"; readonly literal: Literal }
  | { readonly kind: "stored"; readonly bytes: Uint8Array }
  /** The columns of a table, for a record of arrays or an array of records. */
  | { readonly kind: "fields"; readonly fields: ReadonlyMap<string, Given> };

/** The values of a file: those of a table have names. */
export type FileValues = readonly Given[] | ReadonlyMap<string, Given>;

/**
 * Reads the values of a file. Its first bytes determine the format: `.npy`, Arrow IPC (a value for
 * each column), the output of `store()`, Futhark's binary format, else text; or gzip of any of these.
 * @param where Prefix of errors.
 * @throws {ArgumentError} The bytes are not valid in that format.
 */
export function readValues(bytes: Uint8Array, where: string): Given[] {
  if (startsWith(bytes, "\x1f\x8b")) return readValues(unzipped(bytes, where), where);
  if (startsWith(bytes, "\x93NUMPY")) return [array(named(where, () => fromNpy(bytes)))];
  if (startsWith(bytes, "FUTV")) return [{ kind: "stored", bytes }];
  if (isArrow(bytes)) {
    return named(where, () => readIpc(bytes).map((column) => array(fromColumn(column), true)));
  }
  if (isBinaryData(bytes)) return readBinaryData(bytes, where).map((value) => array(value));
  return literals(decodeText(bytes, where), where);
}

function unzipped(bytes: Uint8Array, where: string): Uint8Array {
  const content = named(where, () => gunzip(bytes));
  if (startsWith(content, "\x1f\x8b")) throw new ArgumentError(`${where}: compressed twice`);
  return content;
}

function gunzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw error;
    throw new ArgumentError(TOO_LONG, { cause: error });
  }
}

/**
 * Reads the values of a file, with the names that they have in it: also PNG and JPEG (an array), and
 * `.npz` and CSV (a value for each array or column).
 * @param path The file's name: CSV is recognised by its extension. Also the prefix of errors.
 * @throws {ArgumentError} The bytes are not valid in their format.
 * @throws {BuildError} A package that the format needs is not installed.
 */
export async function readFileValues(bytes: Uint8Array, path: string): Promise<FileValues> {
  if (startsWith(bytes, "\x1f\x8b")) {
    return await readFileValues(unzipped(bytes, path), path.replace(/\.gz$/, ""));
  }
  if (isImage(bytes)) return [array(await fromImage(bytes))];
  if (startsWith(bytes, "PK")) {
    const arrays = [...named(path, () => readNpz(bytes))];
    return new Map(arrays.map(([name, value]) => [name, array(value)]));
  }
  if (path.toLowerCase().endsWith(".csv")) {
    const columns = [...readCsv(decodeText(bytes, path), path)];
    return new Map(columns.map(([name, literal]) => [name, { kind: "literal", literal }]));
  }
  if (!isArrow(bytes)) return readValues(bytes, path);
  return named(path, () => {
    const columns = readIpc(bytes).map(
      (column, i) => [column.field?.name ?? String(i), array(fromColumn(column), true)] as const,
    );
    const byName = new Map(columns);
    if (byName.size === columns.length) return byName;
    return columns.map(([, value]) => value);
  });
}

function isArrow(bytes: Uint8Array): boolean {
  return startsWith(bytes, "ARROW1") || startsWith(bytes, "\xff\xff\xff\xff");
}

/** Reads the values in a text. */
export function literals(text: string, where: string): Given[] {
  return parseLiterals(text, where).map((literal) => ({ kind: "literal", literal }));
}

function array(value: NdArray, arrow = false): Given {
  return { kind: "array", array: value, arrow };
}

function decodeText(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ArgumentError(`${where}: neither text nor a known format`);
  }
}

/** Prefixes errors with the file's name. */
function named<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ArgumentError(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return Buffer.from(bytes.subarray(0, magic.length)).equals(Buffer.from(magic, "latin1"));
}
