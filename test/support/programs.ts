import { fileURLToPath } from "node:url";
import type { Backend } from "../../ts/index.ts";

/** Each test runs on all back ends; TEST_BACKENDS names others, of devices. */
export const BACKENDS = (process.env.TEST_BACKENDS ?? "c,multicore").split(
  ",",
) as readonly Backend[];

/** Path of a test program, by its name: built on first use, and kept. */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}.fut`, import.meta.url));
}

/** Why a compiler cannot have the program; its errors proper are thrown. */
export function refusedByCompiler(error: Error): string {
  if (!error.message.includes("addOpaques: multiple incompatible definitions")) throw error;
  return "an internal error of the compiler (0.25.27): arrays of one record, some of them unique";
}
