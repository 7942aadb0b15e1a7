import type { Contestant, Name } from "../contestant.ts";
import { availableMemory, type Budget, effortAt } from "../effort.ts";
import { interleave, median } from "../interleave.ts";
import { type Log, line, type Measured } from "../results.ts";

/** Limit of a contestant's memory, including its worker's, as a multiple of its array. */
const COPIES = 5;
/** The contestants that stop at sizes that take too long. */
const OPTIONAL: ReadonlySet<Name> = new Set(["pythonia", "pythoniaBase64", "wasm", "server"]);

/** Arrays of all sizes in and out; each size with the contestants that have time for it. */
export async function measureCurve(
  contestants: readonly Contestant[],
  budget: Budget,
  log: Log,
): Promise<{ measured: Measured[]; absent: string[] }> {
  const measured: Measured[] = [];
  const absent: string[] = [];
  const slow = new Set<Name>();
  for (const size of budget.sizes) {
    const able = contestants.filter(({ name }) => name !== "forgotten" && !slow.has(name));
    const needed = able.length * COPIES * 4 * size;
    if (needed > availableMemory()) {
      absent.push(`${size} elements: left out, they need ${(needed / 2 ** 30).toFixed(0)} GiB`);
      continue;
    }
    const samples = await interleave(able, "array", size, effortAt(budget, size));
    measured.push({ part: "curve", what: "array", size, state: "onEnd", samples });
    for (const [name, values] of Object.entries(samples) as [Name, number[]][]) {
      // The next size takes some three times as long.
      if (median(values) * 3 > budget.patienceMs * 1000 && OPTIONAL.has(name)) slow.add(name);
    }
    log(line({ what: "array", size, samples }));
  }
  return { measured, absent };
}
