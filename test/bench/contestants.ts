import { fileURLToPath } from "node:url";
import type { Contestant, Name } from "./contestant.ts";
import type { PackageForm } from "./package-form.ts";
import { inChild } from "./peers/child.ts";
import { compileWasm } from "./peers/wasm.ts";

const PYTHON_PEER = fileURLToPath(new URL("futhark_ffi_peer.py", import.meta.url));
const NODE_PEER = fileURLToPath(new URL("peers/main.ts", import.meta.url));

/** Starts all that can be had here, and says what cannot. */
export function openContestants(
  { entry }: PackageForm,
  python: string,
  { module, library }: { module: string; library: string | null },
  backend: string,
): { contestants: Contestant[]; absent: string[] } {
  const absent: string[] = [];
  const node = (name: Name, ...args: string[]): Contestant =>
    inChild(name, process.execPath, ["--import", "tsx", NODE_PEER, name, ...args]);
  const contestants = [
    node("bridge", entry, module),
    node("zeroCopy", entry, module),
    node("blocking", entry, module),
    inChild("ffi", python, [PYTHON_PEER, module]),
    node("pythonia", python, module),
    node("pythoniaBase64", python, module),
    node("memcpy"),
  ];
  if (library === null) absent.push(`koffi: left out, the ${backend} back end needs more than C`);
  else contestants.push(node("koffi", library));
  const compiled = compileWasm();
  if (typeof compiled === "string") absent.push(compiled);
  else contestants.push(node("wasm", compiled.folder));
  return { contestants, absent };
}
