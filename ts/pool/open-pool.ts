import { got } from "../arguments/describe.ts";
import { ArgumentError } from "../errors.ts";
import type { FutharkModule } from "../module/module.ts";
import { openModule } from "../module/open.ts";
import { checkOptions, OPEN_OPTIONS, type OpenOptions } from "../module/options.ts";
import { isPlainObject } from "../plain-object.ts";
import { LocalWorkers } from "./local-workers.ts";
import { FutharkPool } from "./pool.ts";
import { CLUSTER_OPTIONS, type ClusterOptions } from "./ray/cluster-options.ts";

/**
 * Options for opening a pool: those of `open`, for every worker, and the size of the pool; with
 * `on: "ray"` those of a cluster.
 */
export interface PoolOptions extends OpenOptions, Partial<ClusterOptions> {
  /** Number of workers, each with its own program and memory; default 2. */
  readonly workers?: number;
  /** How many times a task is retried after its worker ended; default 1. */
  readonly retries?: number;
}

/**
 * Opens a program in several workers, or with `on: "ray"` in several actors of a Ray cluster.
 * @throws {BuildError | ArgumentError} Like `open`; workers that were started are ended.
 */
export async function openPool(
  module: string | URL,
  options: PoolOptions = {},
): Promise<FutharkPool> {
  if (!isPlainObject(options as unknown)) {
    throw new ArgumentError(`openPool: expected an object of options, got ${got(options)}`);
  }
  if (options.on !== undefined) return await openOnCluster(module, options);
  const { workers = 2, retries = 1, ...rest } = options;
  const other = CLUSTER_OPTIONS.find((name) => name !== "retries" && name in options);
  if (other !== undefined && options[other] !== undefined) {
    throw new ArgumentError(
      `openPool: the option ${other} is for a pool on a cluster, with on: "ray"; here there is workers`,
    );
  }
  const settled = checkOptions(rest, "openPool", [...OPEN_OPTIONS, "workers", "retries", "on"]);
  checkCount("workers", workers, 1);
  checkCount("retries", retries, 0);
  // The queue decides how long to wait after early deaths.
  const openOne = (): Promise<FutharkModule> =>
    openModule(module, settled, Number.POSITIVE_INFINITY);
  // The first one builds a .fut file; the others reuse the build.
  const first = await openOne();
  const others = await Promise.allSettled(Array.from({ length: workers - 1 }, openOne));
  const modules: FutharkModule[] = [first];
  for (const result of others) if (result.status === "fulfilled") modules.push(result.value);
  const failed = others.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await Promise.all(modules.map((fut) => fut.close()));
    throw failed.reason;
  }
  return new FutharkPool(new LocalWorkers(modules, retries));
}

async function openOnCluster(module: string | URL, options: PoolOptions): Promise<FutharkPool> {
  const { on, workers } = options;
  if (workers !== undefined) {
    throw new ArgumentError(
      'openPool on "ray": the option workers is for this machine: use actors',
    );
  }
  if (on !== "ray") {
    throw new ArgumentError(`openPool: expected option on to be "ray", got ${got(on)}`);
  }
  // Loaded only when requested.
  const { openCluster } = await import("./ray/open-cluster.ts");
  const entries = Object.entries(options);
  const isCluster = ([name]: [string, unknown]): boolean =>
    (CLUSTER_OPTIONS as readonly string[]).includes(name);
  const rest = Object.fromEntries(entries.filter((entry) => !isCluster(entry)));
  const known = [...OPEN_OPTIONS.filter((name) => name !== "restart"), ...CLUSTER_OPTIONS];
  const settled = checkOptions(rest, 'openPool on "ray"', known);
  const cluster = Object.fromEntries(entries.filter(isCluster)) as unknown as ClusterOptions;
  return new FutharkPool(await openCluster(module, settled, cluster));
}

function checkCount(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new ArgumentError(
    `openPool: expected option ${name} to be an integer of ${least} or more, got ${String(value)}`,
  );
}
