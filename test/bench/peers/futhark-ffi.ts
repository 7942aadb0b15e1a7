import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Contestant } from "../contestant.ts";

const SCRIPT = fileURLToPath(new URL("../futhark_ffi_peer.py", import.meta.url));

/** futhark_ffi in a Python process, which times itself. */
export function futharkFfi(python: string, module: string): Contestant {
  const child = spawn(python, [SCRIPT, module], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (request: object): Promise<number> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("futhark_ffi_peer.py ended early");
    return Number(value);
  };
  return {
    name: "ffi",
    prepare: (what, size) => (count) => ask({ what, size, count }),
    close: () => {
      child.stdin.end();
    },
  };
}
