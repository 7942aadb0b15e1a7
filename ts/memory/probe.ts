import { openSync } from "node:fs";

/** What a worker looks at to find out whether it can reach memory of this process. */
export interface MemoryProbe {
  readonly pid: number;
  /** A file descriptor of ours that is /dev/null. */
  readonly fd: number;
}

let probe: MemoryProbe | undefined;

/**
 * Lets the worker try the way that slabs take, /proc/PID/fd: it is closed where the two run
 * under different users, or in containers with different process numbers.
 */
export function memoryProbe(): MemoryProbe | null {
  if (process.platform !== "linux") return null;
  probe ??= { pid: process.pid, fd: openSync("/dev/null", "r") };
  return probe;
}
