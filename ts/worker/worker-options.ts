import { statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ArgumentError } from "../errors.ts";
import { packageRoot } from "../setup/places.ts";

/** How a worker process is started. */
export interface WorkerOptions {
  readonly python?: string | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A worker's environment: ours, what the user adds, and where its own code is. */
export function workerEnv(more: WorkerOptions["env"]): NodeJS.ProcessEnv {
  const env = { ...process.env, ...more };
  const path = [join(packageRoot, "py"), env.PYTHONPATH].filter(Boolean).join(delimiter);
  return { ...env, PYTHONPATH: path };
}

/** @throws {ArgumentError} The folder is none: a process that cannot start there tells of the program instead. */
export function checkFolder(cwd: string | undefined): void {
  if (cwd === undefined || statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new ArgumentError(`open: expected option cwd to be a folder, got ${cwd}`);
}
