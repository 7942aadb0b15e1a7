// The process of one contestant: `peers/main.ts NAME ARGUMENTS`, see child.ts.

import { createInterface } from "node:readline";
import type { Case, Contestant, Run } from "../contestant.ts";
import type { Api } from "../package-form.ts";

/** The requirements of each, loaded separately, as those of one would disturb another. */
const MAKERS: Readonly<Record<string, (...args: string[]) => Promise<Contestant>>> = {
  bridge: async (entry, module) =>
    (await import("./bridge.ts")).bridge(await load(entry), module as string),
  zeroCopy: async (entry, module) =>
    (await import("./bridge.ts")).zeroCopy(await load(entry), module as string),
  blocking: async (entry, module) =>
    (await import("./bridge.ts")).blocking(await load(entry), module as string),
  pythonia: async (python, module) =>
    (await import("./pythonia.ts")).pythonia(python as string, module as string),
  pythoniaBase64: async (python, module) =>
    (await import("./pythonia.ts")).pythoniaBase64(python as string, module as string),
  koffi: async (library) => (await import("./koffi.ts")).inProcess(library as string),
  memcpy: async () => (await import("./koffi.ts")).memcpy(),
  wasm: async (folder) => (await import("./wasm.ts")).wasm(folder as string),
};

async function load(entry: string | undefined): Promise<Api> {
  return (await import(entry as string)) as Api;
}

const [name, ...args] = process.argv.slice(2);
const contestant = (await MAKERS[name as string]?.(...args)) as Contestant;
let prepared = "";
let run: Run | undefined;
for await (const line of createInterface(process.stdin)) {
  const { what, size, count } = JSON.parse(line) as { what: Case; size: number; count: number };
  if (prepared !== `${what} ${size}`) run = await contestant.prepare(what, size);
  prepared = `${what} ${size}`;
  const ms = run === undefined ? null : count === 0 ? 0 : await run(count);
  process.stdout.write(`${JSON.stringify(ms)}\n`);
}
await contestant.close();
// pythonia leaves things behind that would keep the process.
process.exit();
