import type { Case, Contestant, Name } from "./contestant.ts";
import { CHAIN, time } from "./goals.ts";
import { type Effort, interleave, median } from "./interleave.ts";
import type { Measured } from "./results.ts";

const FULL: Effort = { rounds: 25, turnMs: 40, warmMs: 500, patienceMs: 1500 };
const QUICK: Effort = { rounds: 3, turnMs: 20, warmMs: 0, patienceMs: 100 };
const LARGEST = 1e8;
const QUICK_LARGEST = 1e5;

/** Measures each case, at each size that it has. */
export async function measureCases(
  contestants: readonly Contestant[],
  cases: readonly Case[],
  { quick, sizes }: { readonly quick: boolean; readonly sizes?: readonly number[] },
  log: (text: string) => void,
): Promise<Measured[]> {
  const effort = quick ? QUICK : FULL;
  const measured: Measured[] = [];
  const tired = new Set<Name>();
  for (const what of cases) {
    for (const size of what === "array" ? (sizes ?? powersOfTen(quick)) : [SIZES[what]]) {
      const able = contestants.filter(({ name }) => !tired.has(name));
      const samples = await interleave(able, what, size, rounds(effort, size));
      measured.push({ what, size, samples });
      for (const [name, values] of Object.entries(samples) as [Name, number[]][]) {
        // The next size takes ten times as long.
        if (median(values) * 10 > effort.patienceMs * 1000 && OPTIONAL.has(name)) tired.add(name);
      }
      log(`· ${line(what, size, samples)}`);
    }
  }
  return measured;
}

const SIZES = { call: 1, chain: CHAIN } as const;

function powersOfTen(quick: boolean): number[] {
  const largest = quick ? QUICK_LARGEST : LARGEST;
  return Array.from({ length: Math.log10(largest) + 1 }, (_, i) => 10 ** i);
}

/** Large arrays take long: fewer rounds say as much. */
function rounds(effort: Effort, size: number): Effort {
  return size < 1e8 ? effort : { ...effort, rounds: Math.min(effort.rounds, 5) };
}

function line(what: Case, size: number, samples: Measured["samples"]): string {
  const times = Object.entries(samples).map(([name, values]) => `${name} ${time(median(values))}`);
  return `${what}${what === "array" ? ` of ${size}` : ""}: ${times.join(", ")}`;
}

/** Those that give up at sizes that take them too long. */
const OPTIONAL: ReadonlySet<Name> = new Set(["pythonia", "pythoniaBase64", "wasm"]);
