import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import type { Effort } from "./interleave.ts";

/** How long the parts of a run may take. */
export interface Budget {
  readonly small: Effort;
  /** From a megabyte on: one operation may fill a turn. */
  readonly large: Effort;
  /** If one operation takes longer, larger sizes may be left out. */
  readonly patienceMs: number;
  /** Consecutive calls without a free, and how long they may take. */
  readonly forgotten: { readonly calls: number; readonly rounds: number; readonly ms: number };
  readonly sizes: readonly number[];
}

const SIZES = [1, 10, 100, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 1e8];

export const FULL: Budget = {
  small: { rounds: 15, turnMs: 20, warmMs: 250 },
  large: { rounds: 9, turnMs: 20, warmMs: 60 },
  patienceMs: 120,
  forgotten: { calls: 1000, rounds: 3, ms: 1500 },
  sizes: SIZES,
};

export const QUICK: Budget = {
  small: { rounds: 3, turnMs: 5, warmMs: 0 },
  large: { rounds: 3, turnMs: 5, warmMs: 0 },
  patienceMs: 30,
  forgotten: { calls: 20, rounds: 1, ms: 100 },
  sizes: [1, 1000, 100_000],
};

/** @param size Elements of 4 bytes. */
export function effortAt({ small, large }: Budget, size: number): Effort {
  if (size < 2.5e5) return small;
  return size < 1e8 ? large : { ...large, rounds: Math.min(large.rounds, 3) };
}

/** Bytes of memory that are available without swapping. */
export function availableMemory(): number {
  if (process.platform !== "linux") return freemem();
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"));
  return Number(found?.[1]) * 1024;
}
