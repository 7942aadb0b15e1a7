import { availableParallelism } from "node:os";
import type { FutharkModule, FutharkPool } from "../../../ts/index.ts";
import { median } from "../interleave.ts";
import type { PackageForm } from "../package-form.ts";
import type { Log } from "../results.ts";
import { makeLargeProgram } from "./large-program.ts";

type Api = typeof import("../../../ts/index.ts");

/** Calls of a pool that keeps all its workers busy. */
export interface PoolScale {
  readonly workers: number;
  readonly callMs: number;
  readonly perSecond: number;
  /** The fraction of the cores' capacity that was used. */
  readonly share: number;
}

/** The time of a chained call while `values` other values are alive. */
export interface LiveScale {
  readonly values: number;
  readonly us: number;
}

/** A program of many entry points and types. */
export interface LargeScale {
  readonly entries: number;
  readonly openMs: number;
  readonly nodeBytes: number;
}

export interface Scale {
  readonly pools: readonly PoolScale[];
  readonly live: readonly LiveScale[];
  readonly large: readonly LargeScale[];
}

const CALL_MS = [0.1, 1, 10];
const WORKERS = [1, 2, 4, 8];
const TURN_MS = 1000;

/** How throughput, calls and opening grow: with workers, live values and entry points. */
export async function measureScale(
  { entry }: PackageForm,
  module: string,
  quick: boolean,
  log: Log,
): Promise<Scale> {
  const api: Api = await import(entry);
  const pools = await measurePools(api, module, quick, log);
  const live = await measureLive(api, module, quick ? [0, 1e3] : [0, 1e5, 1e6], log);
  const large: LargeScale[] = [];
  for (const entries of quick ? [10] : [10, 1000]) {
    large.push(await measureLarge(api, entries));
    log(`· ${entries} entry points: ${large.at(-1)?.openMs.toFixed(0)} ms`);
  }
  return { pools, live, large };
}

async function measurePools(
  api: Api,
  module: string,
  quick: boolean,
  log: Log,
): Promise<PoolScale[]> {
  const pools: PoolScale[] = [];
  for (const workers of quick ? [1, 2] : WORKERS) {
    await using pool = await api.openPool(module, { workers });
    const turnsPerMs = await calibrate(pool);
    for (const callMs of CALL_MS) {
      const turns = BigInt(Math.max(1, Math.round(callMs * turnsPerMs)));
      const perSecond = await throughput(pool, turns, quick ? 100 : TURN_MS);
      const share = (perSecond * callMs) / 1000 / Math.min(workers, availableParallelism());
      pools.push({ workers, callMs, perSecond, share });
      log(`· ${workers} workers, ${callMs} ms: ${perSecond.toFixed(0)} calls/s`);
    }
  }
  return pools;
}

/** How many iterations of the loop take a millisecond on an idle machine. */
async function calibrate(pool: FutharkPool): Promise<number> {
  const turns = 10_000_000n;
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await pool.entry.spin(turns, i);
    times.push(performance.now() - start);
  }
  return Number(turns) / Math.min(...times);
}

async function throughput(pool: FutharkPool, turns: bigint, ms: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - start < ms) {
      await pool.entry.spin(turns, calls);
      calls++;
    }
  };
  // Two for each worker, so that the next one is queued when one ends.
  await Promise.all(Array.from({ length: 2 * pool.size }, lane));
  return (calls * 1000) / (performance.now() - start);
}

async function measureLive(
  api: Api,
  module: string,
  counts: readonly number[],
  log: Log,
): Promise<LiveScale[]> {
  await using fut = await api.open(module);
  const kept: unknown[] = [];
  const live: LiveScale[] = [];
  for (const values of counts) {
    while (kept.length < values) {
      // In batches, as unanswered requests take memory, too.
      const more = Array.from({ length: Math.min(1000, values - kept.length) }, () =>
        fut.entry.step(new Float32Array(1)),
      );
      kept.push(...(await Promise.all(more)));
    }
    const us = await chainedCall(fut);
    live.push({ values, us });
    log(`· ${values} live values: ${us.toFixed(2)} µs a call`);
  }
  return live;
}

async function chainedCall(fut: FutharkModule): Promise<number> {
  const samples: number[] = [];
  for (let turn = 0; turn < 15; turn++) {
    let value = fut.entry.step(new Float32Array(16));
    const start = performance.now();
    for (let i = 0; i < 1000; i++) {
      const next = fut.entry.step(value);
      value.free();
      value = next;
    }
    await value;
    samples.push(performance.now() - start); // of 1000 calls: ms are µs of one
    value.free();
  }
  return median(samples);
}

async function measureLarge(api: Api, entries: number): Promise<LargeScale> {
  const program = makeLargeProgram(entries);
  try {
    await (await api.open(program.path, { backend: "c" })).close(); // builds it
    const before = process.memoryUsage.rss();
    const start = performance.now();
    const fut = await api.open(program.path, { backend: "c" });
    const openMs = performance.now() - start;
    const nodeBytes = process.memoryUsage.rss() - before;
    await fut.close();
    return { entries, openMs, nodeBytes };
  } finally {
    program.remove();
  }
}
