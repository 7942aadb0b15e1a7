// How long promises take to settle after the death of who should have kept them.

import assert from "node:assert/strict";
import { isFutharkError } from "../../ts/index.ts";

/** Longer than any promise takes to settle, however busy the machine is and many wait before it. */
const SETTLED_MS = 120_000;
/** Longer than it takes until a death is reported. */
const REPORTED_MS = 10_000;

/** Milliseconds on the clock that Python's `time.monotonic` has too. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Times of many deaths. */
export class Settling {
  readonly #times: { ms: number; what: string }[] = [];
  deaths = 0;

  /** Watches the promises around a death. */
  scene(): Scene {
    return new Scene(this, (ms, what) => this.#times.push({ ms, what }));
  }

  toString(): string {
    const times = this.#times.toSorted((a, b) => a.ms - b.ms);
    const at = (part: number): string =>
      (times[Math.floor(part * (times.length - 1))]?.ms ?? 0).toFixed(1);
    const late = times.filter(({ ms }) => ms > 100).length;
    return (
      `${this.deaths} deaths, ${times.length} promises rejected: median ${at(0.5)} ms, ` +
      `90 % ${at(0.9)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms (${times.at(-1)?.what}), ` +
      `${late} after 100 ms`
    );
  }
}

/** The promises that were made before a death, or just after it. */
export class Scene {
  readonly #all: Settling;
  readonly #add: (ms: number, what: string) => void;
  readonly #rejected: { what: string; issued: number; settled: number }[] = [];

  constructor(all: Settling, add: (ms: number, what: string) => void) {
    this.#all = all;
    this.#add = add;
  }

  /** What a promise, or a blocking call, fails with, which it does soon; `undefined`: it does not. */
  async watch(run: () => unknown, what: string): Promise<unknown> {
    const issued = now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not settled: ${what}`)), SETTLED_MS);
    });
    const settled = (async () => run())().then(
      () => undefined,
      (error: unknown) => {
        const gone = isFutharkError(error, "worker-exit");
        if (gone) this.#rejected.push({ what, issued, settled: now() });
        return error;
      },
    );
    try {
      return await Promise.race([settled, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * To be called when all is settled, with the time of a death, from {@link now}.
   * Of several deaths a promise is rejected by the last one before.
   */
  died(...at: readonly number[]): void {
    this.#all.deaths += at.length;
    for (const { what, issued, settled } of this.#rejected.splice(0)) {
      const death = Math.max(...at.filter((time) => time < settled));
      if (!Number.isFinite(death)) continue;
      const ms = settled - Math.max(issued, death);
      assert.ok(ms < REPORTED_MS, `${what}: reported ${ms} ms after the death`);
      this.#add(ms, what);
    }
  }
}

/** An error, if it is one, has one of these codes. */
export function assertTyped(error: unknown, codes: readonly string[]): void {
  if (error === undefined) return;
  assert.ok(isFutharkError(error), String((error as Error).stack ?? error));
  assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
}
