import type { Contestant } from "./contestant.ts";
import type { Api } from "./package-form.ts";
import { blocking, bridge, zeroCopy } from "./peers/bridge.ts";
import { futharkFfi } from "./peers/futhark-ffi.ts";
import { inProcess, memcpy } from "./peers/koffi.ts";
import { pythonia } from "./peers/pythonia.ts";
import { compileWasm, wasm } from "./peers/wasm.ts";

/** Opens all that can be had here, and says what cannot. */
export async function openContestants(
  api: Api,
  python: string,
  { module, library }: { module: string; library: string | null },
  backend: string,
): Promise<{ contestants: Contestant[]; absent: string[] }> {
  const absent: string[] = [];
  const contestants = [
    await bridge(api, module),
    await zeroCopy(api, module),
    blocking(api, module),
    futharkFfi(python, module),
    ...(await pythonia(python, module)),
    memcpy(),
  ];
  if (library === null) absent.push(`koffi: left out, the ${backend} back end needs more than C`);
  else contestants.push(inProcess(library));
  const compiled = compileWasm();
  if (typeof compiled === "string") absent.push(compiled);
  else contestants.push(await wasm(compiled));
  return { contestants, absent };
}
