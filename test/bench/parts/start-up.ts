import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../../ts/setup/run-command.ts";
import type { PackageForm } from "../package-form.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));

/** Milliseconds until there is a first result, pair by pair. */
export interface StartUp {
  /** `open()` to the first result, in a fresh Node process that is up. */
  readonly bridge: number[];
  /** A whole Python script with futhark_ffi, from its start to its end. */
  readonly ffi: number[];
}

/** Starts both in turn. */
export async function measureStartUp(
  { entry, nodeArgs }: PackageForm,
  python: string,
  module: string,
  rounds: number,
): Promise<StartUp> {
  const times: StartUp = { bridge: [], ffi: [] };
  for (let round = -1; round < rounds; round++) {
    const script = [...nodeArgs, join(FOLDER, "first-result.mjs"), entry, module];
    const bridge = Number(await run(process.execPath, script));
    const start = performance.now();
    await run(python, [join(FOLDER, "first_result.py"), module]);
    const ffi = performance.now() - start;
    if (round < 0) continue; // loads the files into the system's cache
    times.bridge.push(bridge);
    times.ffi.push(ffi);
  }
  return times;
}
