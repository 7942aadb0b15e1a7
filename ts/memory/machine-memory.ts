import { totalmem } from "node:os";

/** Returns the memory limit of this process in bytes: its container's or the machine's. */
export function memoryLimit(): number {
  // 0, or more than the machine has, if there is no limit.
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}
