import { totalmem } from "node:os";

/** Memory that this process may use at most: the machine's, or what its container is allowed. */
export function memoryLimit(): number {
  // Where nothing limits it that is 0, or more than there is.
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}
