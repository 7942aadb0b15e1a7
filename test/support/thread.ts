import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Starts a worker thread that runs the body of an async function. It has `bridge` (all that this
 * package exports), `load`, which imports a file of this checkout, `parentPort` and `workerData`.
 */
export function startThread(code: string, workerData: unknown = {}): Worker {
  // tsx does not see to threads in all versions of Node: it is asked to.
  const text = `
const { parentPort, workerData } = require("node:worker_threads");
import("tsx/esm/api").then(async ({ tsImport }) => {
const load = (path) => tsImport(path, ${JSON.stringify(`file://${root}`)});
const bridge = await load("./ts/index.ts");
${code}
});`;
  return new Worker(text, { eval: true, workerData });
}
