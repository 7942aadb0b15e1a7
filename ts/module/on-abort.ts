import { AbortError } from "../errors.ts";

/** Returns the error for an operation that a signal aborted; `what` names it in the message. */
export function aborted(what: string, signal: AbortSignal): AbortError {
  return new AbortError(`${what}: aborted`, { cause: signal.reason });
}

/**
 * Calls `run` when a signal is aborted. All watchers of a signal share one listener, because Node
 * warns about more than a few.
 * @returns A function that stops watching.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  let watchers = watched.get(signal);
  if (watchers === undefined) {
    watchers = new Watchers(signal);
    watched.set(signal, watchers);
  }
  return watchers.add(run);
}

const watched: WeakMap<AbortSignal, Watchers> = new WeakMap();

class Watchers {
  readonly #signal: AbortSignal;
  readonly #runs: Set<() => void> = new Set();
  readonly #onAbort: () => void = () => {
    for (const run of this.#runs) run();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(run: () => void): () => void {
    if (this.#runs.size === 0) this.#signal.addEventListener("abort", this.#onAbort);
    // A unique wrapper, because the same function may be added twice.
    const own = (): void => run();
    this.#runs.add(own);
    return () => {
      this.#runs.delete(own);
      if (this.#runs.size === 0) this.#signal.removeEventListener("abort", this.#onAbort);
    };
  }
}
