import { fileURLToPath } from "node:url";
import type { Contestant, Name } from "./contestant.ts";
import type { PackageForm } from "./package-form.ts";
import { inChild } from "./peers/child.ts";
import { compileWasm } from "./peers/wasm.ts";

const PYTHON_PEER = fileURLToPath(new URL("futhark_ffi_peer.py", import.meta.url));
const NODE_PEER = fileURLToPath(new URL("peers/main.ts", import.meta.url));

/** Starts all that can be had here, and says what cannot. */
export async function openContestants(
  { entry }: PackageForm,
  python: string,
  { module, library }: { module: string; library: string | null },
  backend: string,
): Promise<{ contestants: Contestant[]; absent: string[] }> {
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
  else {
    const wasm = node("wasm", compiled.folder);
    // What a version of emcc writes does not run in every version of Node.
    if (await runs(wasm)) contestants.push(wasm);
    else absent.push("futhark wasm: left out, what emcc made of it does not run");
  }
  return { contestants, absent };
}

async function runs(contestant: Contestant): Promise<boolean> {
  try {
    return (await contestant.prepare("call", 1)) !== undefined;
  } catch {
    return false;
  }
}
