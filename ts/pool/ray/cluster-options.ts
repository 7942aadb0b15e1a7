import { ArgumentError } from "../../errors.ts";

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

/** What a driver is asked for, as it names it. */
interface Demand {
  readonly address: string | null;
  readonly actors: number | null;
  readonly cpus: number;
  readonly gpus: number;
  readonly in_flight: number;
  readonly retries: number;
  readonly lost_after: number;
}

/** Checks options and names them as the driver does. */
export function demandOf(options: ClusterOptions): Demand {
  const { address, actors, cpusPerActor = 1, gpusPerActor = 0 } = options;
  const { inFlight = 2, retries = 1, lostAfterMs = 30_000 } = options;
  if (address !== undefined && !(typeof address === "string" && ADDRESS.test(address))) {
    throw refused("address", `"auto" or "host:port" of the head${noClient(address)}`, address);
  }
  if (actors !== undefined) checkInteger("actors", actors, 1);
  checkInteger("inFlight", inFlight, 1);
  checkInteger("retries", retries, 0);
  checkAmount("cpusPerActor", cpusPerActor);
  checkAmount("gpusPerActor", gpusPerActor);
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

function checkAmount(name: string, value: unknown): void {
  checkNumber(name, value, 0);
  if ((value as number) <= 1 || Number.isInteger(value)) return;
  throw refused(
    name,
    "a whole number or a fraction below 1, as Ray divides no more than one",
    value,
  );
}

function noClient(address: unknown): string {
  if (!String(address).startsWith("ray://")) return "";
  return " (arrays do not go through Ray's client: run 'ray start --address=HOST:PORT --num-cpus=0' on this machine to make it a node of the cluster)";
}

function refused(name: string, expected: string, value: unknown): ArgumentError {
  return new ArgumentError(
    `openPool: expected option ${name} to be ${expected}, got ${String(value)}`,
  );
}

/** Any other address would start a cluster without a token. */
const ADDRESS = /^(auto|(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):[0-9]{1,5})$/;
