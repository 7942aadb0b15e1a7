import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import type { TypeTable } from "../data/argument.ts";
import { type Format, formatOf, KNOWN_EXTENSIONS } from "../data/formats.ts";
import type { Result } from "../data/result.ts";
import { encodeResults } from "../data/write.ts";
import type { Elemtype } from "../elemtypes.ts";
import { copyNested } from "../nd-array/nested.ts";
import { FutharkArray } from "../values/array.ts";
import type { Handle } from "../values/handle.ts";
import type { FutharkOpaque } from "../values/opaque.ts";
import { copyOut } from "../values/plain.ts";
import { fieldColumns } from "./field-columns.ts";
import { arrowToParquet } from "./parquet.ts";
import { UsageError } from "./usage-error.ts";

/** Where results are written, and how. */
export interface Outputs {
  /** The format that the result at this position is written in. */
  formatOf(index: number): Format;
  write(results: readonly Result[]): Promise<void>;
}

/**
 * Determines where results are written: each to its own file, or all to one.
 * @throws {UsageError} The number of files does not match, or an extension is unknown.
 */
export function planOutputs(
  output: readonly string[],
  format: Format | undefined,
  { name, outputs }: EntryPointInfo,
): Outputs {
  const paths = output.length === 0 ? ["-"] : output;
  if (paths.length > 1 && paths.length !== outputs.length) {
    throw new UsageError(
      `${name}: expected -o once, or ${outputs.length} times, got ${paths.length} times`,
    );
  }
  const twice = paths.find((path, i) => paths.slice(0, i).some((before) => isSame(path, before)));
  if (twice !== undefined) throw new UsageError(`-o ${twice}: two results are written to one file`);
  const formats = paths.map((path) => format ?? formatOfPath(path));
  const write = async (results: readonly Result[]): Promise<void> => {
    const files: Uint8Array[] = [];
    for (const [i, path] of paths.entries()) {
      const part = paths.length === 1 ? results : results.slice(i, i + 1);
      files.push(await encodeResults(part, formats[i] ?? "text", path, arrowToParquet));
    }
    for (const [i, path] of paths.entries()) {
      const bytes = files[i] as Uint8Array; // of equal length
      if (path === "-") await toStdout(bytes);
      else await writeFile(path, bytes);
    }
  };
  return { formatOf: (index) => formats[paths.length === 1 ? 0 : index] ?? "text", write };
}

/** Whether two paths are one file; stdout and devices such as /dev/null take several results. */
function isSame(path: string, other: string): boolean {
  if (path === "-" || resolve(path) !== resolve(other)) return false;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

function formatOfPath(path: string): Format {
  if (path === "-") return "text";
  const format = formatOf(path);
  if (format !== undefined) return format;
  const known = KNOWN_EXTENSIONS.map((extension) => `.${extension}`).join(" ");
  throw new UsageError(
    `-o ${path}: its extension has no format: expected one of ${known}, or --format`,
  );
}

/** Copies a result out of Futhark, in the form that its format requires. */
export async function resultOf(
  value: unknown,
  type: string,
  format: Format,
  types: TypeTable,
): Promise<Result> {
  if (typeof value !== "object" || value === null) {
    return { type, array: copyNested(value, type as Elemtype, 0, "result") };
  }
  const handle = value as Handle; // the only objects that calls return
  if (handle instanceof FutharkArray) return { type, array: await handle.toNdArray() };
  if (format === "arrow" && "toTable" in handle) {
    return { type, table: await (handle as { toTable(): Promise<unknown> }).toTable() };
  }
  if (format === "csv" || format === "parquet")
    return { type, columns: await fieldColumns(handle, types.get(type)) };
  const copy = format === "stored" ? undefined : copyOut(handle);
  if (copy === undefined) return { type, bytes: await (handle as FutharkOpaque).store() };
  return { type, plain: await copy };
}

function toStdout(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
