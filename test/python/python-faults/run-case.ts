// Runs one case in a process of its own, because some end it: `run-case.ts plain|ours CODE`.

import { inspect } from "node:util";
import { open } from "../../../ts/index.ts";
import { programPath } from "../../support/programs.ts";

// biome-ignore lint/suspicious/noExplicitAny: proxies of Python objects
type Py = any;
type Import = (name: string) => Promise<Py>;

const [, , which, code = ""] = process.argv;
let leaves = true;

async function importer(): Promise<Import> {
  if (which === "plain") {
    const { python } = (await import("pythonia")) as unknown as { python: Import };
    return python;
  }
  const fut = await open(programPath("errors"), { backend: "c" });
  return (name) => fut.python(name);
}

const python = await importer();
const builtins = await python("builtins");
const np = await python("numpy");
const end = (): void => {
  leaves = false;
};
const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...args: unknown[]) => Promise<unknown>;
const run = new AsyncFunction("python", "builtins", "np", "end", code);
let said: string;
try {
  said = inspect(await run(python, builtins, np, end), { breakLength: Number.POSITIVE_INFINITY });
} catch (error) {
  said = error instanceof Error ? `${error.name}: ${error.message}` : `threw ${inspect(error)}`;
}
process.stdout.write(`\n@@${JSON.stringify(said)}\n`);
if (leaves) process.exit();
