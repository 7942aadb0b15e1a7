import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Backend } from "../backends.ts";
import { ArgumentError, FutharkError } from "../errors.ts";
import type { FutharkModule } from "../module/module.ts";
import { open } from "../module/open.ts";
import { didYouMean } from "../spelling.ts";
import { firstDifference } from "./compare.ts";
import { requireCompiler } from "./program-manifest.ts";
import { type ExpectedError, parseSpec, type Spec, type TestRun } from "./spec.ts";
import { expectedValues, inputsOf } from "./spec-inputs.ts";
import { callEntry, errorText, resultsOf } from "./spec-results.ts";
import { typeTable } from "./type-table.ts";

/** Options for running tests. */
export interface TestOptions {
  readonly backend: Backend;
  readonly entry?: readonly string[];
  readonly exclude: readonly string[];
  readonly tolerance: number;
}

/** The result of one test. */
export interface Outcome {
  readonly entry?: string;
  /** Its name, as `futhark test` prints it, or the name of another check. */
  readonly name: string;
  /** Why it failed; absent if it passed. */
  readonly failure?: string;
}

/** The results of a program's tests. */
export interface ProgramOutcome {
  readonly program: string;
  /** Whether a tag of the program excludes it. */
  readonly excluded: boolean;
  readonly outcomes: readonly Outcome[];
}

/** Runs the tests of a program. */
export async function testProgram(program: string, options: TestOptions): Promise<ProgramOutcome> {
  try {
    const spec = parseSpec(await readFile(program, "utf8"), program);
    if (isExcluded(spec.tags, options)) return { program, excluded: true, outcomes: [] };
    return { program, excluded: false, outcomes: await outcomesOf(program, spec, options) };
  } catch (error) {
    const failure = (error as Error).message;
    return { program, excluded: false, outcomes: [{ name: "program", failure }] };
  }
}

/** Whether a test with these tags is skipped. */
export function isExcluded(tags: readonly string[], { exclude, backend }: TestOptions): boolean {
  return tags.some((tag) => exclude.includes(tag) || tag === `no_${backend}`);
}

async function outcomesOf(program: string, spec: Spec, options: TestOptions): Promise<Outcome[]> {
  const { compileError, warnings, properties } = spec;
  const runs = spec.runs.filter(
    ({ entry, tags }) => !isExcluded(tags, options) && (options.entry?.includes(entry) ?? true),
  );
  const checks: Outcome[] = [];
  if (compileError !== undefined || warnings.length > 0) {
    const { status, output } = await check(program);
    if (compileError !== undefined) {
      return [outcome("compile error", compileFailure(status, output, compileError))];
    }
    if (status !== 0) return [outcome("program", `${program} does not compile:\n${output.trim()}`)];
    for (const warning of warnings) {
      checks.push(outcome(`warning ${warning.text}`, mismatch(warning, output, "warning")));
    }
  }
  for (const name of properties) {
    const failure = "properties are not supported: test them with futhark test";
    checks.push({ entry: name, name: "property", failure });
  }
  if (checks.some(({ failure }) => failure !== undefined)) return checks;
  // A program without tests is also started, because its constants may fail.
  return [...checks, ...(await runAll(program, runs, options))];
}

async function runAll(
  program: string,
  runs: readonly TestRun[],
  options: TestOptions,
): Promise<Outcome[]> {
  const tuning = `${program}.tuning`;
  const backend = { backend: options.backend };
  const outcomes: Outcome[] = [];
  await using fut = await open(program, existsSync(tuning) ? { ...backend, tuning } : backend);
  for (const run of runs) {
    const failure = await failureOf(fut, program, run, options);
    outcomes.push({ entry: run.entry, ...outcome(run.name, failure) });
  }
  return outcomes;
}

function outcome(name: string, failure: string | undefined): Outcome {
  return failure === undefined ? { name } : { name, failure };
}

/**
 * Runs one test.
 * @returns Why it failed; `undefined` if it passed.
 */
export async function failureOf(
  fut: FutharkModule,
  program: string,
  { entry, input, expected }: TestRun,
  options: TestOptions,
): Promise<string | undefined> {
  const names = fut.entryPoints.map(({ name }) => name);
  const info = fut.entryPoints.find(({ name }) => name === entry);
  if (info === undefined) return `no entry point ${entry}${didYouMean(entry, names)}`;
  const inputs = () => inputsOf(input, info, typeTable(fut), program);
  let text: string | undefined;
  try {
    const args = await inputs();
    const wanted =
      expected.kind === "values" ? await expectedValues(expected.values, program) : undefined;
    try {
      if (expected.kind === "ends" || expected.kind === "error") {
        (await callEntry(fut, entry, args)).free();
        return expected.kind === "ends"
          ? undefined
          : `expected ${described(expected.error)}, got results`;
      }
      const results = await resultsOf(fut, entry, args);
      const known = wanted ?? (await reference(program, fut, entry, inputs));
      return firstDifference(results, known, options.tolerance);
    } catch (error) {
      text = errorText(error, entry);
      if (text === undefined) throw error;
    }
  } catch (error) {
    if (error instanceof FutharkError) return error.message;
    throw error;
  }
  return expected.kind === "error"
    ? mismatch(expected.error, text, "error")
    : `failed: ${text.trim()}`;
}

/** Returns the results of the program on back end c. */
async function reference(
  program: string,
  fut: FutharkModule,
  entry: string,
  inputs: () => Promise<unknown[]>,
): ReturnType<typeof resultsOf> {
  if (fut.backend === "c") return await resultsOf(fut, entry, await inputs());
  await using plain = await open(program, { backend: "c" });
  return await resultsOf(plain, entry, await inputs());
}

function mismatch({ text, pattern }: ExpectedError, got: string, what: string): string | undefined {
  if (pattern === undefined || pattern.test(got)) return undefined;
  return `expected ${what === "error" ? "an error" : "a warning"} with ${text}, got ${got.trim() || "none"}`;
}

function compileFailure(status: number, output: string, error: ExpectedError): string | undefined {
  if (status === 0)
    return `expected an error${error.text && ` with ${error.text}`}, but it compiled`;
  if (status === 1) return `the compiler failed: ${output.trim()}`;
  return mismatch(error, output, "error");
}

function described({ text }: ExpectedError): string {
  return text === "" ? "an error" : `an error with ${text}`;
}

/** Runs `futhark check`, which writes errors and warnings to stderr. */
function check(program: string): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(requireCompiler(), ["check", program], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (status, signal) => {
      if (status === null) reject(new ArgumentError(`futhark check was killed by ${signal}`));
      else resolve({ status, output });
    });
  });
}
