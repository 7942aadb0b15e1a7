import { gzipSync } from "node:zlib";
import { toArrow } from "../arrow/apache.ts";
import { loadArrow } from "../arrow/library.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { toNpy } from "../nd-array/npy.ts";
import { writeBinaryData } from "./binary.ts";
import { arrowOf, columnsOf, csvOf } from "./columns.ts";
import type { Format } from "./formats.ts";
import { toImage } from "./images.ts";
import { jsonOf } from "./json.ts";
import { toNpz } from "./npz.ts";
import type { Result } from "./result.ts";
import { textOf } from "./text.ts";

/** Converts an Arrow stream to a Parquet file. */
export type ToParquet = (arrow: Uint8Array) => Promise<Uint8Array>;

/**
 * Encodes results as a file.
 * @throws {ArgumentError} The format cannot hold results of this type, or several.
 */
export async function encodeResults(
  results: readonly Result[],
  format: Format,
  path: string,
  toParquet: ToParquet,
): Promise<Uint8Array> {
  const made = await encoded(results, format, path);
  const bytes = format === "parquet" ? await toParquet(made) : made;
  return /\.gz$/i.test(path) ? gzipSync(bytes) : bytes;
}

async function encoded(
  results: readonly Result[],
  format: Format,
  path: string,
): Promise<Uint8Array> {
  switch (format) {
    case "text":
      return lines(
        results.map((result) => ("array" in result ? textOf(result.array) : json(result))),
      );
    case "json":
      return lines(results.map(json));
    case "binary":
      return writeBinaryData(results.map((result) => arrayIn(result, "Futhark's binary format")));
    case "npy":
      return toNpy(arrayIn(one(results, path), ".npy"));
    case "npz": {
      const arrays = results.map((result, i) => [`arr_${i}`, arrayIn(result, ".npz")] as const);
      return toNpz(Object.fromEntries(arrays));
    }
    case "png":
    case "jpeg":
      return await toImage(arrayIn(one(results, path), "an image"), format);
    case "csv":
      return Buffer.from(csvOf(columnsOf(results, path)));
    case "parquet":
      return await arrowOf(columnsOf(results, path));
    case "arrow":
      return await arrowFile(one(results, path), path);
    case "stored": {
      const result = one(results, path);
      if ("bytes" in result) return result.bytes;
      throw new ArgumentError(`${path}: arrays and scalars cannot be stored, got ${result.type}`);
    }
  }
}

function lines(texts: readonly string[]): Uint8Array {
  return Buffer.from(texts.map((text) => `${text}\n`).join(""));
}

function json(result: Result): string {
  if ("array" in result) return jsonOf(result.array);
  if ("plain" in result) return jsonOf(result.plain);
  throw new ArgumentError(
    `a value of type ${result.type} can only be stored: write it with -o FILE.futv`,
  );
}

function one(results: readonly Result[], path: string): Result {
  const [result] = results;
  if (result !== undefined && results.length === 1) return result;
  throw new ArgumentError(
    `${path}: holds one value, got ${results.length} results: use -o once for each`,
  );
}

function arrayIn(result: Result, format: string): NdArray {
  if ("array" in result) return result.array;
  throw new ArgumentError(`${format} holds arrays and scalars only, not ${result.type}: use .json`);
}

/** Encodes as an IPC file if the path ends in `.arrow`, else as a stream. */
async function arrowFile(result: Result, path: string): Promise<Uint8Array> {
  const { Table, tableToIPC, Vector } = await loadArrow();
  const data = "table" in result ? result.table : await toArrow(arrayIn(result, "Arrow"));
  const table = data instanceof Vector ? new Table({ data }) : (data as InstanceType<typeof Table>);
  return tableToIPC(table, /\.arrow(?:\.gz)?$/i.test(path) ? "file" : "stream");
}
