import { existsSync } from "node:fs";
import { readSources } from "../bindings/sources.ts";
import { ArgumentError } from "../errors.ts";

/** Options of the plugins for bundlers. */
export interface ProgramOptions {
  /** Back end that programs are compiled for; default `multicore`. */
  readonly backend?: string;
  /** `true`: write `dct.d.fut.ts` beside `dct.fut`, and again when that has changed. */
  readonly types?: boolean;
}

/** @throws {ArgumentError} An unknown option, or a value of another type. */
export function checkProgramOptions(options: ProgramOptions): Required<ProgramOptions> {
  const { backend = "multicore", types = false, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ArgumentError(`futhark: unknown option ${unknown}; known are backend, types`);
  }
  if (typeof backend !== "string" || typeof types !== "boolean") {
    throw new ArgumentError(
      `futhark: expected backend to be a string and types a boolean, got ${String(backend)} and ${String(types)}`,
    );
  }
  return { backend, types };
}

/** The files to watch of a program: its own, and those that it imports. */
export function watchedFiles(program: string): string[] {
  return readSources(program).paths.filter((path) => existsSync(path));
}
