import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Contestant, checkScaled, ramp, timed } from "../contestant.ts";

const FOLDER = dirname(dirname(fileURLToPath(import.meta.url)));

// biome-ignore lint/suspicious/noExplicitAny: pythonia's objects have no types
async function loadPeer(python: string, module: string): Promise<{ peer: any; close(): void }> {
  process.env.PYTHON_BIN = python; // it starts Python when it is imported
  const { python: load } = await import("pythonia");
  const sys = await load("sys");
  await sys.path.append(FOLDER);
  const peer = await (await load("futhark_ffi_peer")).Peer(module);
  return { peer, close: () => load.exit() };
}

/** pythonia calling futhark_ffi: arrays as lists of numbers. */
export async function pythonia(python: string, module: string): Promise<Contestant> {
  const { peer, close } = await loadPeer(python, module);
  return {
    name: "pythonia",
    close,
    prepare: async (what, size) => {
      if (what === "call") return (count) => timed(count, () => peer.add_one(41));
      if (what !== "array") return undefined;
      const input = ramp(size);
      const turn = async (): Promise<Float32Array> => {
        const list = await peer.scale_list(Array.from(input));
        return Float32Array.from(await list.valueOf());
      };
      checkScaled("pythonia", await turn(), size);
      return (count) => timed(count, turn);
    },
  };
}

/** The same, with arrays as base64 text. */
export async function pythoniaBase64(python: string, module: string): Promise<Contestant> {
  const { peer, close } = await loadPeer(python, module);
  return {
    name: "pythoniaBase64",
    close,
    prepare: async (what, size) => {
      if (what !== "array") return undefined;
      const input = ramp(size);
      const turn = async (): Promise<Float32Array> => {
        const text = await peer.scale_base64(Buffer.from(input.buffer).toString("base64"));
        const bytes = Buffer.from(text, "base64");
        return new Float32Array(
          bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
        );
      };
      checkScaled("pythoniaBase64", await turn(), size);
      return (count) => timed(count, turn);
    },
  };
}
