import { BuildError } from "../errors.ts";
import { findCCompiler, NO_C_COMPILER } from "./c-compiler.ts";
import { ensureCompiler, type RunningCompiler } from "./compiler.ts";
import type { DebianRelease } from "./debian-package.ts";
import { missingHeaders } from "./interpreter.ts";
import { cacheError } from "./places.ts";
import { Progress } from "./progress.ts";
import { type DependencyGroup, ensurePythonEnv, type PythonEnv } from "./python-env.ts";
import { SetupLock } from "./setup-lock.ts";

/** Options of {@link setup}. */
export interface SetupOptions {
  /** The interpreter to create the environment with; default: the first suitable one. */
  readonly python?: string | undefined;
  /** Debian release to fetch the compiler from, even if another compiler is installed. */
  readonly release?: DebianRelease | undefined;
  /** Additional packages, which users do not need. */
  readonly groups?: readonly DependencyGroup[];
  /** `false` skips the compiler. */
  readonly compiler?: boolean;
  readonly progress?: Progress;
}

/** The result of {@link setup}. */
export interface SetupResult {
  readonly python: PythonEnv;
  /** `undefined` only if it was skipped. */
  readonly compiler: RunningCompiler | undefined;
  /** What is missing for building modules; running built modules does not need it. */
  readonly warnings: readonly string[];
}

/**
 * Sets up the Python environment and the Futhark compiler, unless they are up to date.
 * Both are set up at the same time; a failure of one does not stop the other.
 * @throws {BuildError} The message names what is missing and how to install it.
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

/** Describes in one line what is used. */
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
