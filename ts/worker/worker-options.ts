import { statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { ArgumentError } from "../errors.ts";
import { pythonFolder } from "../setup/places.ts";
import type { Output } from "./output.ts";

/** Options for starting a worker process. */
export interface WorkerOptions {
  readonly python?: string | undefined;
  readonly pythonFolder?: string | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly output?: Output | undefined;
}

/** Returns a worker's environment: this process's, the user's additions and the Python path. */
export function workerEnv(
  more: WorkerOptions["env"],
  folder: string = pythonFolder(),
): NodeJS.ProcessEnv {
  const env = { ...process.env, ...more };
  const path = [folder, env.PYTHONPATH].filter(Boolean).join(delimiter);
  return { ...env, PYTHONPATH: path, GLIBC_TUNABLES: withTunables(env.GLIBC_TUNABLES) };
}

/** Adds our settings to the given glibc tunables, without overriding any. */
function withTunables(given = ""): string {
  const open = TUNABLES.filter((tunable) => !given.includes(tunable.split("=")[0] as string));
  return [given, ...open].filter(Boolean).join(":");
}

/**
 * Lets large copies bypass the cache, for which the default threshold is too high where many
 * processors share a cache, as on virtual machines; and uses huge pages for large blocks, which
 * speeds up loops over them. The heap then grows by huge pages, and by default each call whose
 * result reaches into the next one would get it from the system and give it back: up to 1 MB,
 * Futhark frees what it does not use. So the heap keeps its end, of up to 64 MiB. Other C libraries
 * ignore all this.
 */
const TUNABLES = [
  `glibc.cpu.x86_non_temporal_threshold=${1 << 22}`,
  "glibc.malloc.hugetlb=1",
  `glibc.malloc.trim_threshold=${1 << 26}`,
  // The largest, to which it would adapt if the other were not set.
  `glibc.malloc.mmap_threshold=${1 << 25}`,
] as const;

/**
 * Returns the absolute path of a worker's working directory.
 * @throws {ArgumentError} It is not a folder. `spawn` would blame the program instead.
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
  if (cwd === ".") return "open: the current folder of this process no longer exists";
  return `open: expected option cwd to be a folder, got ${cwd}`;
}
