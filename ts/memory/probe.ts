import { openSync } from "node:fs";

/** A file by which a worker finds out whether it can open the memory of this process. */
export interface MemoryProbe {
  readonly pid: number;
  /** A file descriptor of this process, which is /dev/null. */
  readonly fd: number;
}

let probe: MemoryProbe | undefined;

/**
 * Returns a file that a worker can try to open by /proc/PID/fd, as it opens slabs. It cannot if the
 * two run as different users, or in containers with different process ids.
 */
export function memoryProbe(): MemoryProbe | null {
  if (process.platform !== "linux") return null;
  probe ??= { pid: process.pid, fd: openSync("/dev/null", "r") };
  return probe;
}
