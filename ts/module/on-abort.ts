import { AbortError } from "../errors.ts";

/** The error of what a signal has aborted; `what` names it in the message. */
export function aborted(what: string, signal: AbortSignal): AbortError {
  return new AbortError(`${what}: aborted`, { cause: signal.reason });
}

/**
 * Calls `run` when a signal is aborted. Many calls may watch one signal: it has one listener of
 * ours, as Node warns of more than a few.
 * @returns Takes that back.
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
    // One of its own: the same function may be given twice.
    const own = (): void => run();
    this.#runs.add(own);
    return () => {
      this.#runs.delete(own);
      if (this.#runs.size === 0) this.#signal.removeEventListener("abort", this.#onAbort);
    };
  }
}
