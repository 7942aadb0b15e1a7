/** Numbers that look random, the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number of 0 to `limit`, without that. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** One of them. */
  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }

  /** Removes one of them, and gives it; `undefined` where there is none. */
  take<T>(all: T[]): T | undefined {
    return all.splice(this.below(all.length), 1)[0];
  }
}
