import { BACKENDS, type Backend } from "../backends.ts";
import { ArgumentError } from "../errors.ts";

/** Options for the bundler plugins. */
export interface ProgramOptions {
  /** Backend that programs are compiled for; default `multicore`. */
  readonly backend?: Backend;
  /** Write `dct.d.fut.ts` beside `dct.fut`, and update it on changes; default `false`. */
  readonly types?: boolean;
}

/** @throws {ArgumentError} If an option is unknown or has a value of the wrong type. */
export function checkProgramOptions(options: ProgramOptions): Required<ProgramOptions> {
  const { backend = "multicore", types = false, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ArgumentError(`futhark: unknown option ${unknown}; known are backend, types`);
  }
  if (!BACKENDS.includes(backend) || typeof types !== "boolean") {
    throw new ArgumentError(
      `futhark: expected backend to be one of ${BACKENDS.join(", ")} and types a boolean, got ${String(backend)} and ${String(types)}`,
    );
  }
  return { backend, types };
}
