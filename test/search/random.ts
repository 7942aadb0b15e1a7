/** Random integers below a bound, the same for the same seed everywhere (mulberry32). */
export function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Random choices, the same for the same seed. */
export class Random {
  /** A random integer from 0 up to, but not including, a bound. */
  readonly below: (limit: number) => number;

  constructor(seed: number) {
    this.below = generator(seed);
  }

  /** One of them. */
  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }

  /** Removes one of them, and returns it; `undefined` where there is none. */
  take<T>(all: T[]): T | undefined {
    return all.splice(this.below(all.length), 1)[0];
  }
}
