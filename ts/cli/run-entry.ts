import type { Backend } from "../backends.ts";
import type { Format } from "../data/formats.ts";
import type { EntryFunction } from "../module/entry.ts";
import type { FutharkModule } from "../module/module.ts";
import { open } from "../module/open.ts";
import { Progress } from "../setup/progress.ts";
import { didYouMean } from "../spelling.ts";
import { argumentsOf, valuesOf } from "./run-inputs.ts";
import { planOutputs, resultOf } from "./run-outputs.ts";
import { profileTable, Times } from "./run-times.ts";
import { typeTable } from "./type-table.ts";
import { UsageError } from "./usage-error.ts";

/** Options of `run`. */
export interface RunOptions {
  readonly output?: readonly string[];
  readonly format?: Format;
  readonly backend?: Backend;
  readonly threads?: number;
  readonly tuning?: string;
  readonly time?: true;
  readonly profile?: true;
}

/** Calls an entry point with values from the command line, and writes its results. */
export async function runEntry(
  module: string,
  name: string,
  texts: readonly string[],
  options: RunOptions,
): Promise<void> {
  const times = new Times();
  await using fut = await opened(module, options);
  times.end("open");
  if (options.threads !== undefined && !THREADED.includes(fut.backend)) {
    throw new UsageError(`--threads: programs for ${fut.backend} have no threads`);
  }
  const names = fut.entryPoints.map((point) => point.name);
  const entry = fut.entryPoints.find((point) => point.name === name);
  if (entry === undefined) {
    throw new UsageError(
      `${module} has no entry point ${name}; it has ${names.join(", ") || "none"}${didYouMean(name, names)}`,
    );
  }
  const outputs = planOutputs(options.output ?? [], options.format, entry);
  const types = typeTable(fut);
  const args = argumentsOf(entry, await Promise.all(texts.map(valuesOf)), types);
  times.end("read arguments");
  const result: unknown = await (fut.entry[name] as EntryFunction)(...args);
  await fut.sync();
  times.end("call");
  const values = entry.outputs.length === 1 ? [result] : (result as readonly unknown[]);
  const results = await Promise.all(
    values.map((value, i) => {
      return resultOf(value, entry.outputs[i]?.type ?? "", outputs.formatOf(i), types);
    }),
  );
  await outputs.write(results);
  times.end("write results");
  if (options.time === true) process.stderr.write(times.table());
  if (options.profile === true) process.stderr.write(profileTable(await fut.report()));
}

const THREADED: readonly string[] = ["multicore", "ispc"];

/** Opens the module; on a terminal, shows the progress of compiling a program. */
async function opened(module: string, options: RunOptions): Promise<FutharkModule> {
  const { backend, threads, tuning, profile } = options;
  const isSource = module.endsWith(".fut");
  if (backend !== undefined && !isSource) {
    throw new UsageError(`--backend: ${module} is compiled already; only a .fut is compiled here`);
  }
  const progress = new Progress(process.stderr.isTTY && isSource ? process.stderr : null);
  return await progress.step(`open ${module}`, () =>
    open(module, {
      ...(backend === undefined ? {} : { backend }),
      ...(threads === undefined ? {} : { numThreads: threads }),
      ...(tuning === undefined ? {} : { tuning }),
      ...(profile === undefined ? {} : { profiling: true }),
    }),
  );
}
