import type { Contestant, Name } from "../contestant.ts";
import { availableMemory, type Budget } from "../effort.ts";
import { calibrate } from "../interleave.ts";
import { type Log, line, type Measured } from "../results.ts";
import { type Peak, watchMemory } from "../watch-memory.ts";

const NAMES: readonly Name[] = ["ffi", "bridge", "forgotten"];
const LARGEST = 1e7;

/** Consecutive calls whose results are not freed, and the memory of both processes. */
export interface Forgotten {
  readonly size: number;
  readonly calls: number;
  readonly peak: Peak;
}

/** Repeats each size with many consecutive calls, as garbage is collected only after a while. */
export async function measureForgotten(
  contestants: readonly Contestant[],
  budget: Budget,
  log: Log,
): Promise<{ measured: Measured[]; forgotten: Forgotten[] }> {
  const measured: Measured[] = [];
  const forgotten: Forgotten[] = [];
  const able = contestants.filter(({ name }) => NAMES.includes(name));
  for (const size of budget.sizes.filter((each) => each <= LARGEST)) {
    const turns = [];
    for (const contestant of able) {
      const run = await contestant.prepare("array", size);
      if (run === undefined) continue;
      const { calls, ms } = budget.forgotten;
      // Nothing may come back at all: then both sides hold every result.
      const room = Math.floor(availableMemory() / 3 / (8 * size));
      const count = Math.max(1, Math.min(calls, room, (await calibrate(run, ms / 10)) * 10));
      turns.push({ ...contestant, run, count, samples: [] as number[] });
    }
    for (let round = 0; round < budget.forgotten.rounds; round++) {
      for (const { name, pid, run, count, samples } of turns) {
        const watch = name === "forgotten" && pid !== undefined ? watchMemory(pid) : undefined;
        samples.push(((await run(count)) / count) * 1000);
        if (watch !== undefined) forgotten.push({ size, calls: count, peak: watch.stop() });
      }
    }
    const samples = Object.fromEntries(turns.map((turn) => [turn.name, turn.samples]));
    measured.push({ part: "forgotten", what: "array", size, state: "onEnd", samples });
    log(line({ what: "array", size, samples }));
  }
  return { measured, forgotten: peaks(forgotten) };
}

/** The worst of the rounds at each size. */
function peaks(all: readonly Forgotten[]): Forgotten[] {
  const worst = new Map<number, Forgotten>();
  for (const each of all) {
    const { node, worker } = worst.get(each.size)?.peak ?? { node: 0, worker: 0 };
    const peak = {
      node: Math.max(node, each.peak.node),
      worker: Math.max(worker, each.peak.worker),
    };
    worst.set(each.size, { ...each, peak });
  }
  return [...worst.values()];
}
