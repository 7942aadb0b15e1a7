import { fileURLToPath } from "node:url";

/** The back ends that need no device: what is tested on one is tested on both. */
export const BACKENDS = ["c", "multicore"] as const;

/** Path of a test program, by its name: built on first use, and kept. */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`programs/${name}.fut`, import.meta.url));
}
