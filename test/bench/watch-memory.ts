import { readdirSync, readFileSync } from "node:fs";

const EVERY_MS = 20;

/** The most memory of a process and its worker in any sample, in bytes. */
export type Peak = { readonly node: number; readonly worker: number };

/**
 * Samples what a process has in memory, shared memory included, and what its child has; Linux only.
 * @param limit Called once either has more than `bytes`.
 */
export function watchMemory(
  pid: number,
  limit?: { readonly bytes: number; readonly exceeded: () => void },
): { stop(): Peak } {
  const peak = { node: 0, worker: 0 };
  const sample = (): void => {
    peak.node = Math.max(peak.node, residentBytes(pid));
    for (const child of childrenOf(pid)) peak.worker = Math.max(peak.worker, residentBytes(child));
    if (limit !== undefined && Math.max(peak.node, peak.worker) > limit.bytes) limit.exceeded();
  };
  sample();
  const timer = setInterval(sample, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      sample();
      return peak;
    },
  };
}

function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`));
  return Number(found?.[1] ?? 0) * 1024;
}

/** Of any of its threads: the one that starts a child is its parent. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return []; // it has ended
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // not Linux, or the process has ended
  }
}
