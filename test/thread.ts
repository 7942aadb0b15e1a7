import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Starts a worker thread that runs the body of an async function, which has `bridge` (all that
 * this package exports), `parentPort` and `workerData`.
 */
export function startThread(code: string, workerData: unknown = {}): Worker {
  // tsx does not see to threads in all versions of Node: it is asked to.
  const text = `
const { parentPort, workerData } = require("node:worker_threads");
import("tsx/esm/api").then(({ tsImport }) => tsImport("./ts/index.ts", ${JSON.stringify(`file://${root}`)})).then(async (bridge) => {
${code}
});`;
  return new Worker(text, { eval: true, workerData });
}
