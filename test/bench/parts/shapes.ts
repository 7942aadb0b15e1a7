import { type Case, CHAIN, type Contestant } from "../contestant.ts";
import type { Budget } from "../effort.ts";
import { interleave } from "../interleave.ts";
import { type Log, line, type Measured } from "../results.ts";

/** Pixels of an image; an array of this many f32 has the same size in bytes. */
export const MEGAPIXEL: number = 1024 ** 2;
export const RECORDS = 1e5;
export const LARGE = 1e7;
/** Rows of 8 numbers for the cosine transform. */
const ROWS = 4096;

/** Calls without arrays, chains, and values that are not one array of numbers. */
export async function measureShapes(
  contestants: readonly Contestant[],
  { small, large }: Budget,
  quick: boolean,
  log: Log,
): Promise<Measured[]> {
  const cases: readonly (readonly [Case, number])[] = [
    ["call", 1],
    ["chain", CHAIN],
    ["dct", ROWS * 8],
    ["records", RECORDS],
    ["image", MEGAPIXEL],
    ["numpy", quick ? RECORDS : LARGE],
  ];
  const measured: Measured[] = [];
  for (const [what, size] of cases) {
    const effort = size > RECORDS ? large : small;
    const samples = await interleave(contestants, what, size, effort);
    if (what === "image" || what === "numpy") {
      // Compared with plain arrays of the same size in bytes, and a copy of them.
      const plain = contestants.filter(({ name }) => ["bridge", "ffi", "memcpy"].includes(name));
      const same = await interleave(plain, "array", size, effort);
      measured.push({ part: "shapes", what: "array", size, state: "onEnd", samples: same });
    }
    measured.push({ part: "shapes", what, size, state: "onEnd", samples });
    log(line({ what, size, samples }));
  }
  return measured;
}
