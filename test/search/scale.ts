import { appendFileSync } from "node:fs";
import { basename } from "node:path";
import type { SearchRecord } from "../runner/search-summary.ts";

/**
 * The extent of a search: the tests in this folder look for unexpected faults with random
 * input. `npm test` runs their short form, `npm run test:slow` the long one.
 */
export const slow: boolean = process.env.TEST_SLOW === "1";

const { TEST_RECORD, FUTHARK_BRIDGE_SHARED_MEMORY } = process.env;
const sockets = FUTHARK_BRIDGE_SHARED_MEMORY === "0";
const allSteps: Set<number> = new Set();

/**
 * The number of steps of a search: `short` in `npm test`, `long` in `npm run test:slow`. On sockets
 * a quarter of that: only the transport is another.
 */
export function steps(short: number, long: number): number {
  const chosen = slow ? Math.ceil(sockets ? long / 4 : long) : short;
  allSteps.add(chosen);
  return chosen;
}

const chosenSeed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** The seed of a search: TEST_SEED, or a new one each time. A search prints it. */
export function seed(): number {
  return chosenSeed;
}

if (TEST_RECORD !== undefined) {
  process.once("exit", (status) => {
    const record: SearchRecord = {
      search: basename(process.argv[1] as string),
      on: sockets ? "sockets" : "pipes",
      steps: [...allSteps],
      seed: chosenSeed,
      seconds: performance.now() / 1000,
      failed: status !== 0,
    };
    appendFileSync(TEST_RECORD, `${JSON.stringify(record)}\n`);
  });
}
