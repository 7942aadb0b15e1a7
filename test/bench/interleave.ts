// Contestants take turns, A B C A B C: disturbances of the machine affect all of them, and a
// ratio is the median of the ratios of turns that ran next to each other. Each has a process of
// its own, like a separate program, so that garbage and compiled code are not shared.

import type { Case, Contestant, Name, Run, State } from "./contestant.ts";

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** How long one turn should take at least. */
  readonly turnMs: number;
  /** How long each runs before it is measured: compilers at run time take their time. */
  readonly warmMs: number;
  readonly state?: State;
}

/** Microseconds per operation, turn by turn. */
export type Samples = Partial<Record<Name, number[]>>;

/** Measures one case at one size. */
export async function interleave(
  contestants: readonly Contestant[],
  what: Case,
  size: number,
  { rounds, turnMs, warmMs, state = "onEnd" }: Effort,
): Promise<Samples> {
  const turns: { name: Name; run: Run; count: number; samples: number[] }[] = [];
  for (const contestant of contestants) {
    const run = await contestant.prepare(what, size);
    if (run === undefined) continue;
    const { name } = contestant;
    const count = await calibrate(run, turnMs);
    for (let spent = 0; spent < warmMs; ) spent += await run(count);
    const again = warmMs > 0 ? await calibrate(run, turnMs, count) : count;
    turns.push({ name, run, count: state === "quiet" ? QUIET_CALLS : again, samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { run, count, samples } of turns) {
      samples.push(((await run(count, state === "quiet")) / count) * 1000);
    }
  }
  return Object.fromEntries(turns.map(({ name, samples }) => [name, samples]));
}

/** How many operations fill a turn, found by running `first` or more of them. */
export async function calibrate(run: Run, turnMs: number, first = 1): Promise<number> {
  for (let count = first; ; count *= 4) {
    const ms = await run(count);
    if (ms < turnMs / 4 && count < MAX_COUNT) continue;
    return Math.max(1, Math.min(MAX_COUNT, Math.round((count * turnMs) / ms)));
  }
}

const MAX_COUNT = 20_000;
/** Each comes after some milliseconds in which nothing is called. */
const QUIET_CALLS = 10;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** How many times as long `a` takes as `limit` of `b`, turn by turn. */
export function ratio(
  a: readonly number[] = [],
  b: readonly number[] = [],
  limit: (value: number) => number = (value) => value,
): number | undefined {
  const ratios = a.slice(0, b.length).map((value, i) => value / limit(b[i] ?? Number.NaN));
  return ratios.length === 0 ? undefined : median(ratios);
}
