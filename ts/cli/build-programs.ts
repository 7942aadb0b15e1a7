import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Backend } from "../backends.ts";
import { readSources } from "../bindings/sources.ts";
import { ArgumentError } from "../errors.ts";
import { Progress } from "../setup/progress.ts";
import { buildProgram } from "./build-program.ts";

/** How programs are built. */
export interface BuildOptions {
  readonly backend: Backend;
  readonly output: string;
  readonly bindings: string;
}

/** Where results go. */
export interface BuildReport {
  built(files: readonly string[]): void;
  failed(error: Error): void;
}

/** @throws {ArgumentError} Two programs have the same name, so that one would replace the other. */
export function checkNames(programs: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const program of programs) {
    const name = basename(program);
    const other = seen.get(name);
    if (other !== undefined) {
      throw new ArgumentError(
        `${other} and ${program} have the same name: build each with its own -o`,
      );
    }
    seen.set(name, program);
  }
}

/**
 * Builds programs, all at once, and reports the files of each in order.
 * @returns Whether all were built.
 */
export async function buildPrograms(
  programs: readonly string[],
  { backend, output, bindings }: BuildOptions,
  { built, failed }: BuildReport,
): Promise<boolean> {
  const progress = new Progress();
  const results = await Promise.allSettled(
    programs.map((program) => buildProgram(program, backend, output, progress, bindings)),
  );
  for (const result of results) {
    if (result.status === "fulfilled") built(result.value);
    else failed(result.reason);
  }
  return results.every(({ status }) => status === "fulfilled");
}

// Editors write a file in several steps.
const QUIET_MS = 100;

/** Builds programs, and rebuilds each when it or a file that it imports changes. Never returns. */
export async function watchPrograms(
  programs: readonly string[],
  options: BuildOptions,
  report: BuildReport,
): Promise<void> {
  // Watch files before they are read, so that no change is missed.
  const changes = programs.map(nextChange);
  await buildPrograms(programs, options, report);
  process.stderr.write("watching; end with Ctrl-C\n");
  const again = async (program: string, first: Promise<void> | undefined): Promise<void> => {
    for (let change = first; ; ) {
      await change;
      change = nextChange(program);
      await buildPrograms([program], options, report);
    }
  };
  await Promise.all(programs.map((program, i) => again(program, changes[i])));
}

/** Waits until the program's files have changed, and no further change follows. */
function nextChange(program: string): Promise<void> {
  const files = existsSync(program) ? readSources(program).paths : [program];
  const paths = new Set(files.map((path) => resolve(path)));
  // A replaced file is a new one to the system, so the folders are watched.
  const folders = new Set([...paths].map((path) => dirname(path)));
  return new Promise((done, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const watchers: FSWatcher[] = [];
    const end = () => {
      for (const watcher of watchers) watcher.close();
      done();
    };
    for (const folder of folders) {
      const watcher = watch(folder, (_, name) => {
        if (name !== null && !paths.has(resolve(folder, name))) return;
        clearTimeout(timer);
        timer = setTimeout(end, QUIET_MS);
      });
      watcher.on("error", reject);
      watchers.push(watcher);
    }
  });
}
