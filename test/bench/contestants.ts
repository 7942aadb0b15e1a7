import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import type { Contestant, Name } from "./contestant.ts";
import type { PackageForm } from "./package-form.ts";
import { inChild } from "./peers/child.ts";
import { compileWasm } from "./peers/wasm.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const NODE_PEER = here("peers/main.ts");

/** What `build_program.py` made. */
export interface Built {
  readonly module: string;
  readonly library: string | null;
  readonly server: string | null;
}

/** The contestant that `peers/main.ts` knows by this name. */
export function nodePeer(name: Name, ...args: string[]): Contestant {
  return inChild(name, process.execPath, ["--import", "tsx", NODE_PEER, name, ...args]);
}

/** A script that knows the programs' Python package. */
export function pythonPeer(
  name: Name,
  python: string,
  script: string,
  ...args: string[]
): Contestant {
  const path = [here("../../py"), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  return inChild(name, python, [here(script), ...args], { PYTHONPATH: path });
}

/** Starts all contestants that are available here, and reports the others. */
export async function openContestants(
  { entry }: PackageForm,
  python: string,
  { module, library, server }: Built,
  backend: string,
  wanted: readonly Name[] | undefined,
): Promise<{ contestants: Contestant[]; absent: string[] }> {
  const absent: string[] = [];
  const contestants: Contestant[] = [];
  const add = (name: Name, open: () => Contestant): void => {
    if (wanted?.includes(name) !== false) contestants.push(open());
  };
  for (const name of ["bridge", "fromFuthark", "forgotten", "zeroCopy", "blocking"] as const) {
    add(name, () => nodePeer(name, entry, module));
  }
  add("python", () => pythonPeer("python", python, "futhark_bridge_peer.py", module));
  add("ffi", () => pythonPeer("ffi", python, "futhark_ffi_peer.py", module));
  for (const name of ["pythonia", "pythoniaBase64"] as const) {
    add(name, () => nodePeer(name, python, module));
  }
  add("memcpy", () => nodePeer("memcpy"));
  if (library === null) absent.push(`koffi: left out, the ${backend} back end needs more than C`);
  else add("koffi", () => nodePeer("koffi", library));
  if (server !== null) add("server", () => nodePeer("server", server));
  if (wanted?.includes("wasm") === false) return { contestants, absent };
  const compiled = compileWasm();
  if (typeof compiled === "string") absent.push(compiled);
  else {
    const wasm = nodePeer("wasm", compiled.folder);
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
