// The process of one contestant: `peers/main.ts NAME ARGUMENTS`, see child.ts.

import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Case, Contestant, Run } from "../contestant.ts";
import type { Api } from "../package-form.ts";
import type { Reading } from "./bridge.ts";

const QUIET_MS = 5;

/** The requirements of each, loaded separately, as those of one would disturb another. */
const MAKERS: Readonly<Record<string, (...args: string[]) => Promise<Contestant>>> = {
  bridge: (entry, module) => awaited("bridge", entry, module),
  fromFuthark: (entry, module) => awaited("fromFuthark", entry, module),
  forgotten: (entry, module) => awaited("forgotten", entry, module),
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
  server: async (program) => (await import("./server.ts")).server(program as string),
};

async function awaited(name: Reading, entry?: string, module?: string): Promise<Contestant> {
  return (await import("./bridge.ts")).awaited(name, await load(entry), module as string);
}

async function load(entry: string | undefined): Promise<Api> {
  return (await import(entry as string)) as Api;
}

/** Lets both sides fall asleep before each call. */
async function afterQuiet(run: Run, count: number): Promise<number> {
  let ms = 0;
  for (let i = 0; i < count; i++) {
    await delay(QUIET_MS);
    ms += await run(1);
  }
  return ms;
}

const [name, ...args] = process.argv.slice(2);
const contestant = (await MAKERS[name as string]?.(...args)) as Contestant;
let prepared = "";
let run: Run | undefined;
for await (const line of createInterface(process.stdin)) {
  const { what, size, count, quiet } = JSON.parse(line) as {
    what: Case;
    size: number;
    count: number;
    quiet: boolean;
  };
  if (prepared !== `${what} ${size}`) run = await contestant.prepare(what, size);
  prepared = `${what} ${size}`;
  const ms = run && count > 0 ? await (quiet ? afterQuiet(run, count) : run(count)) : 0;
  process.stdout.write(`${JSON.stringify(run === undefined ? null : ms)}\n`);
}
await contestant.close();
// pythonia leaves things behind that would keep the process.
process.exit();
