import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../ts/setup/run-command.ts";
import type { PackageForm } from "./package-form.ts";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "memory-child.mjs");

/** Bytes that Node holds beyond the user's own two arrays while one goes through. */
export interface Memory {
  readonly arrayBytes: number;
  readonly typedArrays: number;
  readonly zeroCopy: number;
}

/** Each is measured in a separate process; Linux only. */
export async function measureMemory(
  { entry, nodeArgs }: PackageForm,
  module: string,
  elements: number,
): Promise<Memory | undefined> {
  if (process.platform !== "linux") return undefined;
  const extra = async (way: string): Promise<number> =>
    Number(
      await run(process.execPath, [...nodeArgs, SCRIPT, entry, module, way, String(elements)]),
    );
  return {
    arrayBytes: 4 * elements,
    typedArrays: await extra("typedArrays"),
    zeroCopy: await extra("zeroCopy"),
  };
}
