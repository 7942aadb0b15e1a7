import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import { argumentOf, type TypeTable } from "../data/argument.ts";
import { type FileValues, type Given, literals, readFileValues } from "../data/read.ts";
import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../spelling.ts";
import { isParquet, parquetToArrow } from "./parquet.ts";
import { UsageError } from "./usage-error.ts";

/** Reads the values of one argument: a file, one of its columns, `-` for stdin, or literals. */
export async function valuesOf(text: string, index: number): Promise<FileValues> {
  if (text === "-") return await contentOf(await stdin(), "stdin");
  if (isFile(text)) return await contentOf(await readFile(text), text);
  const [, path = "", column = ""] = /^(.+?)#(.+)$/s.exec(text) ?? [];
  if (isFile(path)) return [columnOf(await contentOf(await readFile(path), path), path, column)];
  const where = `argument ${index + 1}`;
  try {
    return literals(text, where);
  } catch (error) {
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    throw new UsageError(
      `${where}: ${shown} is neither a file nor a literal (${(error as Error).message})`,
    );
  }
}

async function contentOf(bytes: Uint8Array, path: string): Promise<FileValues> {
  if (!isParquet(bytes)) return await readFileValues(bytes, path);
  return await readFileValues(await parquetToArrow(bytes, path), path);
}

/** Whether an argument is the path of a file; a long literal exceeds the limit on paths. */
function isFile(text: string): boolean {
  try {
    return statSync(text, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

function columnOf(values: FileValues, path: string, name: string): Given {
  const columns = isTable(values) ? values : new Map<string, Given>();
  const found = columns.get(name);
  if (found !== undefined) return found;
  const names = [...columns.keys()];
  throw new ArgumentError(
    `${path} has no column ${name}; it has ${names.join(", ") || "none"}${didYouMean(name, names)}`,
  );
}

async function stdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer); // no encoding is set
  return Buffer.concat(chunks);
}

/**
 * Makes the arguments of an entry point. A table is one argument where the parameter is a record
 * or an array of records, else an argument for each column.
 * @throws {UsageError} Too few or too many values.
 * @throws {ArgumentError} A value does not fit.
 */
export function argumentsOf(
  { inputs, name }: EntryPointInfo,
  files: readonly FileValues[],
  types: TypeTable,
): unknown[] {
  const given: Given[] = [];
  for (const values of files) {
    if (!isTable(values)) given.push(...values);
    else if (hasFields(inputs[given.length]?.type, types))
      given.push({ kind: "fields", fields: values });
    else given.push(...values.values());
  }
  if (given.length !== inputs.length) {
    const wanted = inputs.map((input) => `${input.name}: ${input.type}`).join(", ");
    throw new UsageError(
      `${name}: expected ${inputs.length} values (${wanted || "none"}), got ${given.length}`,
    );
  }
  return inputs.map((input, i) =>
    argumentOf(given[i] as Given, input.type, types, `${name} argument ${i + 1} (${input.name})`),
  );
}

function isTable(values: FileValues): values is ReadonlyMap<string, Given> {
  return !Array.isArray(values);
}

function hasFields(type: string | undefined, types: TypeTable): boolean {
  const info = type === undefined ? undefined : types.get(type);
  return (info?.kind === "record" && !info.tuple) || info?.kind === "record_array";
}
