import { ArgumentError } from "../../errors.ts";
import type { OwnConnection } from "../../module/close-worker.ts";
import { connectOver, limited, type OpeningLimits } from "../../module/connection.ts";
import { helloRequest } from "../../module/hello.ts";
import { aborted } from "../../module/on-abort.ts";
import { maxMessageBytes, type OpenOptions } from "../../module/options.ts";
import { pathOf } from "../../module/program-path.ts";
import { isPlainObject } from "../../plain-object.ts";
import { workerPlace } from "../../worker/child.ts";
import { CLUSTER_DRIVER, spawnWorker } from "../../worker/process.ts";
import { type ClusterInfo, checkSameProgram } from "./cluster-info.ts";
import { ClusterWorkers } from "./cluster-workers.ts";
import type { Opening } from "./drivers.ts";

/** Options for a pool on a cluster, besides those for opening the program. */
export interface ClusterOptions {
  /** Where the tasks run: on a Ray cluster. */
  readonly on: "ray";
  /**
   * The cluster to join: `"auto"`, or `host:port` of its head. This machine must be a node of it
   * (`ray start --address=HOST:PORT --num-cpus=0`). Default: a cluster of this machine alone, which
   * ends with the pool.
   */
  readonly address?: string;
  /** Number of actors, each with its own program and memory; default as many as there is room for. */
  readonly actors?: number;
  /** CPUs for each actor, and its `numThreads` unless that is given; default 1. */
  readonly cpusPerActor?: number;
  /** GPUs for each actor, possibly a fraction; default 0. */
  readonly gpusPerActor?: number;
  /** Tasks that an actor has at a time: one runs, the others are on their way; default 2. */
  readonly inFlight?: number;
  /** How many times a task is run again after its actor was lost; default 1. */
  readonly retries?: number;
  /** Milliseconds after which an actor that does not answer counts as lost; default 30 s. */
  readonly lostAfterMs?: number;
}

/** The names of {@link ClusterOptions}. */
export const CLUSTER_OPTIONS: readonly (keyof ClusterOptions)[] = [
  ...(["on", "address", "actors", "cpusPerActor", "gpusPerActor"] as const),
  ...(["inFlight", "retries", "lostAfterMs"] as const),
];

/** Starts a driver, and actors that load a program. */
export async function openCluster(
  program: string | URL,
  options: OpenOptions,
  cluster: ClusterOptions,
): Promise<ClusterWorkers> {
  const module = pathOf(program, "openPool: expected the name or path of a module");
  const demand = demandOf(cluster);
  const { signal, startTimeoutMs = DEFAULT_START_MS } = options;
  const what = `openPool ${module}`;
  if (signal?.aborted) throw aborted(what, signal);
  const place = workerPlace(options);
  const { python: _, pythonFolder: _f, env: _e, signal: _s, output: _o, ...rest } = options;
  const said = {
    module,
    options: rest,
    cluster: { ...demand, start_seconds: startTimeoutMs / 1000 },
  };
  const start = (limits: OpeningLimits, check: (info: ClusterInfo) => void): Opening => {
    const transport = spawnWorker(place, CLUSTER_DRIVER);
    const connection: OwnConnection = {
      ...connectOver(transport, options),
      pid: transport.pid,
      ended: transport.ended,
    };
    const answer = connection.channel.request(helloRequest(said, options, check));
    return { connection, info: limited(what, limits, connection, answer) };
  };
  // The driver keeps the limit itself, and leaves nothing behind; this one is for a driver that
  // hangs.
  const limitMs = startTimeoutMs + GRACE_MS;
  const first = start({ signal, limitMs }, () => {});
  const info = await first.info;
  const another = (): Opening =>
    start({ limitMs }, (next) => checkSameProgram(module, info, next));
  const limits = {
    inFlight: demand.in_flight,
    retries: demand.retries,
    maxMessageBytes: maxMessageBytes(options),
  };
  return new ClusterWorkers(first.connection, info, limits, another);
}

/** Checks options and names them as the driver does. */
function demandOf(options: ClusterOptions) {
  if (!isPlainObject(options as unknown)) throw new ArgumentError("openPool: expected options");
  const { address, actors, cpusPerActor = 1, gpusPerActor = 0 } = options;
  const { inFlight = 2, retries = 1, lostAfterMs = 30_000 } = options;
  if (address !== undefined && typeof address !== "string") {
    throw refused("address", 'a string: "auto" or "host:port"', address);
  }
  if (actors !== undefined) checkInteger("actors", actors, 1);
  checkInteger("inFlight", inFlight, 1);
  checkInteger("retries", retries, 0);
  checkNumber("cpusPerActor", cpusPerActor, 0);
  checkNumber("gpusPerActor", gpusPerActor, 0);
  checkNumber("lostAfterMs", lostAfterMs, 100);
  return {
    address: address ?? null,
    actors: actors ?? null,
    cpus: cpusPerActor,
    gpus: gpusPerActor,
    in_flight: inFlight,
    retries,
    lost_after: lostAfterMs / 1000,
  };
}

function checkInteger(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw refused(name, `an integer of ${least} or more`, value);
}

function checkNumber(name: string, value: unknown, least: number): void {
  if (Number.isFinite(value) && (value as number) >= least) return;
  throw refused(name, `a number of ${least} or more`, value);
}

function refused(name: string, expected: string, value: unknown): ArgumentError {
  return new ArgumentError(
    `openPool: expected option ${name} to be ${expected}, got ${String(value)}`,
  );
}

/** Starting a cluster takes about 10 s, and each actor's process some. */
const DEFAULT_START_MS = 120_000;
const GRACE_MS = 60_000;
