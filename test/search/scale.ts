/**
 * How far a search goes: the tests in this folder look for faults that nobody has thought of, with
 * random input. `npm test` runs their short form, `npm run test:slow` the long one.
 */
export const slow: boolean = process.env.TEST_SLOW === "1";

/** The number of steps of a search: `short` in `npm test`, `long` in `npm run test:slow`. */
export function steps(short: number, long: number): number {
  return slow ? long : short;
}

/** The seed of a search: TEST_SEED, or a new one each time. A search prints it. */
export function seed(): number {
  return Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
}
