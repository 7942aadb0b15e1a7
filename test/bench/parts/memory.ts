import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../../ts/setup/run-command.ts";
import { availableMemory } from "../effort.ts";
import type { PackageForm } from "../package-form.ts";
import { type Peak, watchMemory } from "../watch-memory.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const ELEMENTS = 1e6;

/** Bytes that Node holds beyond the user's own two arrays while one goes through. */
export interface Memory {
  readonly arrayBytes: number;
  readonly typedArrays: number;
  readonly zeroCopy: number;
  readonly made: Made;
}

/** Results that are neither read nor freed. */
export interface Made {
  readonly bytesEach: number;
  readonly wanted: number;
  /** Fewer than wanted: it was ended, as it took too much memory. */
  readonly results: number;
  readonly peak: Peak;
}

/** Each is measured in a separate process; Linux only. */
export async function measureMemory(
  { entry, nodeArgs }: PackageForm,
  module: string,
  { elements, results }: { readonly elements: number; readonly results: number },
): Promise<Memory | undefined> {
  if (process.platform !== "linux") return undefined;
  const script = [...nodeArgs, join(FOLDER, "memory-child.mjs"), entry, module];
  const extra = async (way: string): Promise<number> =>
    Number(await run(process.execPath, [...script, way, String(elements)]));
  return {
    arrayBytes: 4 * elements,
    typedArrays: await extra("typedArrays"),
    zeroCopy: await extra("zeroCopy"),
    made: await makeResults(
      [...nodeArgs, join(FOLDER, "results-child.mjs"), entry, module],
      results,
    ),
  };
}

async function makeResults(script: readonly string[], wanted: number): Promise<Made> {
  const child = spawn(process.execPath, [...script, String(ELEMENTS), String(wanted)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let results = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    results = Number(text.trim().split("\n").at(-1));
  });
  const bytes = availableMemory() / 3;
  const watch = watchMemory(child.pid as number, { bytes, exceeded: () => void child.kill() });
  await once(child, "close");
  return { bytesEach: 4 * ELEMENTS, wanted, results, peak: watch.stop() };
}
