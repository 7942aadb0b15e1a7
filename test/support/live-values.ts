import { SLOTS } from "../../ts/client/slot.ts";
import type { FutharkModule } from "../../ts/index.ts";

/** More than a worker holds for fluids at any time. */
const MANY = 300;

/**
 * Counts the values that a module's handles hold in its worker: numbers of freed values serve
 * again, so that MANY new values have the numbers up to MANY, and those held beside have more.
 * It may say too many where more were held when it was last asked.
 */
export async function liveValues(fut: FutharkModule): Promise<number> {
  await numbers(fut); // frees that were put off are written with so many others
  return Math.max(...(await numbers(fut))) - MANY;
}

async function numbers(fut: FutharkModule): Promise<number[]> {
  const values = Array.from({ length: MANY }, () => fut.entry.start(1n, 1n));
  await Promise.all(values);
  const ids = values.map((value) => value[SLOTS][0].id);
  for (const value of values) value.free();
  await fut.sync();
  return ids;
}
