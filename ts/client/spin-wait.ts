import { availableParallelism } from "node:os";

/** A non-blocking check for input; `undefined` if unsupported or not yet loaded. */
export type Look = (() => boolean) | undefined;

/**
 * Keeps the event loop turning briefly after a request is sent, so that a quick reply finds this
 * thread awake.
 *
 * Waking both sides dominates the time of a small call on a virtual machine, whose idle processors
 * are returned to the host. The event loop processes other events in the meantime.
 */
export class SpinWait {
  readonly #turn: () => void;
  #until = 0;
  #turning = false;

  /**
   * @param waiting Returns whether a reply is pending.
   * @param look Returns a check for input that is faster than the event loop, if there is one.
   * @param rest Called when spinning ends.
   */
  constructor(waiting: () => boolean, look: () => Look, rest: () => void) {
    this.#turn = (): void => {
      this.#turning = waiting() && performance.now() < this.#until;
      if (!this.#turning) {
        rest();
        return;
      }
      // A turn creates as much garbage as a small call; a few checks save several turns.
      const hasInput = look();
      if (hasInput !== undefined) for (let i = 0; i < LOOKS && !hasInput(); i++);
      // With an immediate scheduled, the event loop polls for input without blocking.
      setImmediate(this.#turn);
    };
  }

  /** Whether the event loop is kept turning. */
  get turning(): boolean {
    return this.#turning;
  }

  /** Starts or extends the spin. Call this after sending a request. */
  start(): void {
    if (ALONE) return;
    this.#until = performance.now() + SPIN_MS;
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(this.#turn);
  }
}

/** The number of input checks per turn of the event loop. */
const LOOKS = 16;
/** On a single processor, the worker cannot run while this thread spins. */
export const ALONE: boolean = availableParallelism() === 1;
/** Must match the worker's spin time. */
export const SPIN_MS = 0.1;
