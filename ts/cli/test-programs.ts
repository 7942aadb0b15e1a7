import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ArgumentError, BuildError } from "../errors.ts";
import { Progress } from "../setup/progress.ts";
import {
  type Outcome,
  type ProgramOutcome,
  type TestOptions,
  testProgram,
} from "./test-program.ts";

/**
 * Finds programs: files, and all `.fut` files in folders.
 * @throws {BuildError} One does not exist.
 */
export function findPrograms(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new BuildError(`no such file: ${path}`);
    if (stat.isDirectory()) {
      const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
      return names.filter((name) => name.endsWith(".fut")).map((name) => join(path, name));
    }
    if (!path.endsWith(".fut")) {
      throw new ArgumentError(`expected a program (.fut) or a folder, got ${path}`);
    }
    return [path];
  });
}

/** Tests programs, several at once, and calls `report` for each in order. */
export async function testPrograms(
  programs: readonly string[],
  options: TestOptions & { readonly concurrency?: number },
  report: (outcome: ProgramOutcome) => void,
): Promise<ProgramOutcome[]> {
  const progress = new Progress(process.stderr.isTTY ? process.stderr : null);
  const waiting = [...programs.entries()];
  const results: ProgramOutcome[] = [];
  let reported = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [i, program] = next;
      results[i] = await progress.step(program, () => testProgram(program, options), passed);
      for (let ready = results[reported]; ready !== undefined; ready = results[reported]) {
        report(ready);
        reported++;
      }
    }
  };
  const workers = Math.min(programs.length, options.concurrency ?? availableParallelism());
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

/** Whether all tests of a program passed. */
export function passed({ outcomes }: ProgramOutcome): boolean {
  return outcomes.every(({ failure }) => failure === undefined);
}

/** Describes the failures in a program, a line for each. */
export function describeFailures(result: ProgramOutcome): string {
  const failed = result.outcomes.filter(({ failure }) => failure !== undefined);
  if (failed.length === 0) return "";
  return [`${result.program}:`, ...failed.map((one) => `  ${indented(lineOf(one))}`), ""].join(
    "\n",
  );
}

function lineOf({ entry, name, failure }: Outcome): string {
  if (name === "program") return failure ?? "";
  return `${[entry, name].filter(Boolean).join(", ")}: ${failure}`;
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n    ");
}

/** Returns the number of passed tests in one line. */
export function summary(results: readonly ProgramOutcome[]): string {
  const run = results.filter(({ excluded }) => !excluded);
  const outcomes = run.flatMap((result) => result.outcomes);
  const good = outcomes.filter(({ failure }) => failure === undefined).length;
  const excluded = results.length - run.length;
  const more = excluded === 0 ? "" : `; ${count(excluded, "program")} excluded`;
  return `${good} of ${count(outcomes.length, "test")} passed in ${count(run.length, "program")}${more}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
