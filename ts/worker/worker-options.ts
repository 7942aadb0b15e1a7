import { delimiter, join } from "node:path";
import { packageRoot } from "../setup/places.ts";

/** How a worker process is started. */
export interface WorkerOptions {
  readonly python?: string | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A worker's environment: ours, what the user adds, and where its own code is. */
export function workerEnv(more: WorkerOptions["env"]): NodeJS.ProcessEnv {
  const env = { ...process.env, ...more };
  const path = [join(packageRoot, "py"), env.PYTHONPATH].filter(Boolean).join(delimiter);
  return { ...env, PYTHONPATH: path };
}
