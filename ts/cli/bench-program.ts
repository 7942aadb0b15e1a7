import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import { BuildError } from "../errors.ts";
import type { FutharkModule } from "../module/module.ts";
import { open } from "../module/open.ts";
import { Handle } from "../values/handle.ts";
import { parseSpec, type TestRun } from "./spec.ts";
import { inputsOf } from "./spec-inputs.ts";
import { callEntry } from "./spec-results.ts";
import { failureOf, isExcluded, type TestOptions } from "./test-program.ts";
import { typeTable } from "./type-table.ts";

/** What is measured, and how often. */
export interface BenchOptions extends TestOptions {
  /** Number of runs; by default at least 10, and as many as fit into half a second. */
  readonly runs?: number;
}

/** The measured times of one test, in microseconds, or why it could not be run. */
export type Measured = { readonly entry: string; readonly name: string } & (
  | { readonly runtimes: readonly number[] }
  | { readonly failure: string }
);

const MIN_RUNS = 10;
const MIN_TIME_US = 500_000;

/**
 * Measures the tests of a program that return results. Each runs once first, to compare its results
 * with the expected ones.
 * @param report Called with each result.
 * @throws {FutharkError} The program cannot be built, or its tests are not valid.
 */
export async function benchProgram(
  program: string,
  options: BenchOptions,
  report: (measured: Measured) => void,
): Promise<Measured[]> {
  const { tags, compileError, runs: all } = parseSpec(await readFile(program, "utf8"), program);
  const runs = all.filter(
    ({ entry, tags: own, expected }) =>
      expected.kind !== "error" &&
      !isExcluded(own, options) &&
      (options.entry?.includes(entry) ?? true),
  );
  if (compileError !== undefined || isExcluded(tags, options) || runs.length === 0) return [];
  const tuning = `${program}.tuning`;
  const backend = { backend: options.backend };
  await using fut = await open(program, existsSync(tuning) ? { ...backend, tuning } : backend);
  const results: Measured[] = [];
  for (const run of runs) {
    const { entry, name } = run;
    const failure = await failureOf(fut, program, run, options);
    const measured: Measured =
      failure === undefined
        ? { entry, name, runtimes: await measure(fut, program, run, options.runs) }
        : { entry, name, failure };
    report(measured);
    results.push(measured);
  }
  return results;
}

/**
 * Measures calls with arguments that are already in Futhark. A call ends when its results are
 * complete, also on a GPU.
 */
async function measure(
  fut: FutharkModule,
  program: string,
  { entry, input }: TestRun,
  count: number | undefined,
): Promise<number[]> {
  const info = fut.entryPoints.find(({ name }) => name === entry);
  if (info === undefined) throw new BuildError(`${program} has no entry point ${entry}`);
  const values = await inputsOf(input, info, typeTable(fut), program);
  const consumes = info.inputs.some(({ unique }) => unique);
  const isDevice = ["opencl", "cuda", "hip"].includes(fut.backend);
  let args = await uploaded(fut, info, values);
  const runtimes: number[] = [];
  let total = 0;
  while (
    count === undefined
      ? runtimes.length < MIN_RUNS || total < MIN_TIME_US
      : runtimes.length < count
  ) {
    if (consumes && runtimes.length > 0) args = await uploaded(fut, info, values);
    const start = performance.now();
    const called = await callEntry(fut, entry, args);
    if (isDevice) await fut.sync();
    const microseconds = (performance.now() - start) * 1000;
    called.free();
    runtimes.push(microseconds);
    total += microseconds;
    if (consumes) free(args);
  }
  free(args);
  return runtimes;
}

/** Copies arrays and other values into Futhark; scalars are part of each call. */
async function uploaded(
  fut: FutharkModule,
  { inputs }: EntryPointInfo,
  values: readonly unknown[],
): Promise<unknown[]> {
  return await Promise.all(
    values.map((value, i) => {
      if (typeof value !== "object" || value === null || value instanceof Handle) return value;
      return fut.toFuthark(inputs[i]?.type ?? "", value);
    }),
  );
}

function free(args: readonly unknown[]): void {
  for (const arg of args) if (arg instanceof Handle) arg.free();
}
