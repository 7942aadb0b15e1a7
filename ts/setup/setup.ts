import { BuildError } from "../errors.ts";
import { findCCompiler, NO_C_COMPILER } from "./c-compiler.ts";
import { ensureCompiler, type RunningCompiler } from "./compiler.ts";
import type { DebianRelease } from "./debian-package.ts";
import { missingHeaders } from "./interpreter.ts";
import { cacheError } from "./places.ts";
import { Progress } from "./progress.ts";
import { type DependencyGroup, ensurePythonEnv, type PythonEnv } from "./python-env.ts";
import { SetupLock } from "./setup-lock.ts";

/** What to set up, and from what. */
export interface SetupOptions {
  /** The interpreter to make the environment from; default: the first fit one. */
  readonly python?: string | undefined;
  /** Debian release to take the compiler from, even when there is another one. */
  readonly release?: DebianRelease | undefined;
  /** Packages beyond what users need. */
  readonly groups?: readonly DependencyGroup[];
  /** `false` leaves the compiler out. */
  readonly compiler?: boolean;
  readonly progress?: Progress;
}

/** What is there after set-up. */
export interface SetupResult {
  readonly python: PythonEnv;
  /** `undefined` only when it was not asked for. */
  readonly compiler: RunningCompiler | undefined;
  /** What is missing for building modules; nothing of it is needed to run built ones. */
  readonly warnings: readonly string[];
}

/**
 * Sets up the Python environment and the Futhark compiler; what is there already costs milliseconds.
 * Both are made at the same time, and one that fails does not stop the other.
 * @throws {BuildError} naming what is missing and how to get it.
 */
export async function setup(options: SetupOptions = {}): Promise<SetupResult> {
  const { python, release, groups = [], compiler = true, progress = new Progress() } = options;
  const lock = new SetupLock(progress);
  const [environment, futhark] = await Promise.allSettled([
    ensurePythonEnv(groups, python, progress, lock),
    compiler ? ensureCompiler(release, progress, lock) : undefined,
  ]);
  await lock.release();
  const failed = [environment, futhark].filter((part) => part.status === "rejected");
  if (failed.length > 1)
    throw new BuildError(failed.map(({ reason }) => message(reason)).join("\n"));
  if (environment.status === "rejected") throw cacheError(environment.reason);
  if (futhark.status === "rejected") throw cacheError(futhark.reason);
  return {
    python: environment.value,
    compiler: futhark.value,
    warnings: buildWarnings(environment.value),
  };
}

/** One line on what is used. */
export function describeSetup({ python, compiler }: SetupResult): string {
  const parts = [`Python ${python.version} (${python.python})`];
  if (compiler !== undefined) parts.push(`Futhark ${compiler.version} (${compiler.path})`);
  return parts.join(", ");
}

function buildWarnings(python: PythonEnv): string[] {
  const warnings = findCCompiler() === undefined ? [NO_C_COMPILER] : [];
  const headers = missingHeaders(python);
  return headers === undefined ? warnings : [...warnings, headers];
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
