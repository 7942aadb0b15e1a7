import { statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { ArgumentError } from "../errors.ts";
import { pythonFolder } from "../setup/places.ts";
import type { Output } from "./output.ts";

/** How a worker process is started. */
export interface WorkerOptions {
  readonly python?: string | undefined;
  readonly pythonFolder?: string | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly output?: Output | undefined;
}

/** A worker's environment: a copy of ours, what the user adds, and the folder where its own code is. */
export function workerEnv(
  more: WorkerOptions["env"],
  folder: string = pythonFolder(),
): NodeJS.ProcessEnv {
  const env = { ...process.env, ...more };
  const path = [folder, env.PYTHONPATH].filter(Boolean).join(delimiter);
  return { ...env, PYTHONPATH: path, GLIBC_TUNABLES: withTunables(env.GLIBC_TUNABLES) };
}

/** The C library's own settings, and those of ours that were left open. */
function withTunables(given = ""): string {
  const open = TUNABLES.filter((tunable) => !given.includes(tunable.split("=")[0] as string));
  return [given, ...open].filter(Boolean).join(":");
}

/**
 * Large copies past the cache: where many processors share one, as on virtual machines, the
 * library would not do so below some 100 MB, and 40 MB take 6.0 ms instead of 3.3. Large pages
 * for large blocks: a tenth less for a loop over them (2026-11-21). Other libraries ignore both.
 */
const TUNABLES = [
  `glibc.cpu.x86_non_temporal_threshold=${1 << 22}`,
  "glibc.malloc.hugetlb=1",
] as const;

/**
 * The working directory of a worker, absolute: this process may go elsewhere.
 * @throws {ArgumentError} It is no folder: a process that cannot start there tells of the program instead.
 */
export function checkFolder(cwd = "."): string {
  try {
    const folder = resolve(cwd);
    if (statSync(folder).isDirectory()) return folder;
  } catch (cause) {
    throw new ArgumentError(notFolder(cwd), { cause });
  }
  throw new ArgumentError(notFolder(cwd));
}

function notFolder(cwd: string): string {
  if (cwd === ".") return "open: the current folder of this process is there no more";
  return `open: expected option cwd to be a folder, got ${cwd}`;
}
