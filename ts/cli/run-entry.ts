import { statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { EntryPointInfo, TypeInfo } from "../bindings/program-info.ts";
import { argumentOf, type TypeTable } from "../data/argument.ts";
import { type Given, literals, readValues } from "../data/file.ts";
import { type Format, formatOf } from "../data/formats.ts";
import { encodeResults, type Result } from "../data/write.ts";
import type { Elemtype } from "../elemtypes.ts";
import type { EntryFunction } from "../module/entry.ts";
import type { FutharkType } from "../module/futhark-type.ts";
import type { FutharkModule } from "../module/module.ts";
import { open } from "../module/open.ts";
import { copyNested } from "../nd-array/nested.ts";
import { didYouMean } from "../spelling.ts";
import { FutharkArray } from "../values/array.ts";
import type { Handle } from "../values/handle.ts";
import type { FutharkOpaque } from "../values/opaque.ts";
import { copyOut } from "../values/plain.ts";

/** Options of `run`. */
export interface RunOptions {
  readonly output?: readonly string[];
  readonly format?: Format;
  readonly backend?: string;
  readonly threads?: number;
  readonly tuning?: string;
}

/** The command's arguments are wrong. */
export class UsageError extends Error {}

/** Calls an entry point with values of the command line, and writes its results. */
export async function runEntry(
  module: string,
  name: string,
  texts: readonly string[],
  options: RunOptions,
): Promise<void> {
  const { backend, threads, tuning } = options;
  await using fut = await open(module, {
    ...(backend === undefined ? {} : { backend }),
    ...(threads === undefined ? {} : { numThreads: threads }),
    ...(tuning === undefined ? {} : { tuning }),
  });
  const entry = fut.entryPoints.find((point) => point.name === name);
  if (entry === undefined) {
    const names = fut.entryPoints.map((point) => point.name);
    throw new UsageError(
      `${module} has no entry point ${name}; it has ${names.join(", ") || "none"}${didYouMean(name, names)}`,
    );
  }
  const given = (await Promise.all(texts.map(valuesOf))).flat();
  const args = argumentsOf(fut, entry, given);
  const outputs = planOutputs(options, entry);
  const result: unknown = await (fut.entry[name] as EntryFunction)(...args);
  const values = entry.outputs.length === 1 ? [result] : (result as readonly unknown[]);
  const results = await Promise.all(
    values.map((value, i) => resultOf(value, entry.outputs[i]?.type ?? "", outputs.storing)),
  );
  await outputs.write(results);
}

/** Reads the values of one argument: a file, `-` for stdin, or literals. */
async function valuesOf(text: string, index: number): Promise<Given[]> {
  if (text === "-") return readValues(await stdin(), "stdin");
  const isFile = statSync(text, { throwIfNoEntry: false })?.isFile() === true;
  if (isFile) return readValues(await readFile(text), text);
  const where = `argument ${index + 1}`;
  try {
    return literals(text, where);
  } catch (error) {
    throw new UsageError(
      `${where}: ${text} is neither a file nor a literal (${(error as Error).message})`,
    );
  }
}

async function stdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer); // no encoding is set
  return Buffer.concat(chunks);
}

function argumentsOf(
  fut: FutharkModule,
  entry: EntryPointInfo,
  given: readonly Given[],
): unknown[] {
  const { inputs, name } = entry;
  if (given.length !== inputs.length) {
    const wanted = inputs.map((input) => `${input.name}: ${input.type}`).join(", ");
    throw new UsageError(
      `${name}: expected ${inputs.length} values (${wanted || "none"}), got ${given.length}`,
    );
  }
  const types = fut.types as Readonly<Record<string, FutharkType>>;
  const table: TypeTable = {
    get: (type): TypeInfo | undefined =>
      Object.hasOwn(types, type) ? types[type]?.info : undefined,
    restore: (type, bytes) => types[type]?.restore(bytes),
  };
  return inputs.map((input, i) =>
    argumentOf(given[i] as Given, input.type, table, `${name} argument ${i + 1} (${input.name})`),
  );
}

/** Copies a result out of Futhark; for an opaque value with `stored`, the bytes of `store()`. */
async function resultOf(value: unknown, type: string, stored: boolean): Promise<Result> {
  if (typeof value !== "object" || value === null) {
    return { type, array: copyNested(value, type as Elemtype, 0, "result") };
  }
  const handle = value as Handle; // the only objects that calls return
  if (handle instanceof FutharkArray) return { type, array: await handle.toNdArray() };
  const copy = stored ? undefined : copyOut(handle);
  if (copy === undefined) return { type, bytes: await (handle as FutharkOpaque).store() };
  return { type, plain: await copy };
}

/** Determines where results are written: each to its own file, or all to one. */
function planOutputs(
  { output = [], format }: RunOptions,
  { name, outputs }: EntryPointInfo,
): { readonly storing: boolean; write(results: readonly Result[]): Promise<void> } {
  const paths = output.length === 0 ? ["-"] : output;
  if (paths.length > 1 && paths.length !== outputs.length) {
    throw new UsageError(
      `${name}: expected -o once, or ${outputs.length} times, got ${paths.length} times`,
    );
  }
  const formats = paths.map((path) => format ?? formatOf(path) ?? "text");
  const write = async (results: readonly Result[]): Promise<void> => {
    for (const [i, path] of paths.entries()) {
      const part = paths.length === 1 ? results : results.slice(i, i + 1);
      const bytes = await encodeResults(part, formats[i] ?? "text", path);
      if (path === "-") await toStdout(bytes);
      else await writeFile(path, bytes);
    }
  };
  return { storing: formats.includes("stored"), write };
}

function toStdout(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
