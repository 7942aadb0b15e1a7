import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Contestant, checkScaled, ramp, timed } from "../contestant.ts";

const SOURCE = fileURLToPath(new URL("../bench.fut", import.meta.url));

/** What `futhark wasm` writes; see "JavaScript API Generation" in Futhark's manual. */
interface WasmContext {
  add_one(x: number): number;
  scale(k: number, xs: unknown): WasmArray;
  step(xs: unknown): WasmArray;
  new_f32_1d_from_jsarray(data: Float32Array): WasmArray;
  free(): void;
}

interface WasmArray {
  toTypedArray(): Float32Array;
  free(): void;
}

/** @returns The module's folder, or why there is none. */
export function compileWasm(): { folder: string } | string {
  if (spawnSync("emcc", ["--version"]).status !== 0) {
    return "futhark wasm: left out, emcc is not installed";
  }
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-bench-"));
  const args = ["wasm", "--library", "-o", join(folder, "bench"), SOURCE];
  const { status, stderr } = spawnSync(process.env.FUTHARK ?? "futhark", args);
  if (status === 0) return { folder };
  rmSync(folder, { recursive: true });
  return `futhark wasm: left out, it does not compile: ${stderr}`;
}

/** The program as WebAssembly in Node's own process. */
export async function wasm(folder: string): Promise<Contestant> {
  // What emcc writes as a module takes Node for one that has only CommonJS.
  Object.assign(globalThis, { __dirname: folder, require: createRequire(import.meta.url) });
  const { default: load, FutharkContext } = (await import(
    pathToFileURL(join(folder, "bench.mjs")).href
  )) as {
    default: (options: { wasmBinary: Uint8Array }) => Promise<object>;
    FutharkContext: new (wasm: object) => WasmContext;
  };
  // It would look for a file whose name is a URL.
  const wasmBinary = readFileSync(join(folder, "bench.wasm"));
  const fut = new FutharkContext(await load({ wasmBinary }));
  const roundTrip = (input: Float32Array): Float32Array => {
    const array = fut.new_f32_1d_from_jsarray(input);
    const result = fut.scale(2, array);
    const values = result.toTypedArray().slice(); // it is a view of what is freed next
    result.free();
    array.free();
    return values;
  };
  const chain = (input: Float32Array, count: number): void => {
    let value = fut.new_f32_1d_from_jsarray(input);
    for (let i = 0; i < count; i++) {
      const next = fut.step(value);
      value.free();
      value = next;
    }
    value.free();
  };
  return {
    name: "wasm",
    close: () => {
      fut.free();
      rmSync(folder, { recursive: true });
    },
    prepare: (what, size) => {
      if (what === "call") return (count) => timed(count, () => fut.add_one(41));
      if (what !== "chain" && what !== "array") return undefined;
      if (size > 1e5) return undefined; // its heap is 16 MiB and does not grow
      const input = ramp(size);
      if (what === "chain") return (count) => timed(1, () => chain(input, count));
      checkScaled("wasm", roundTrip(input), size);
      return (count) => timed(count, () => roundTrip(input));
    },
  };
}
