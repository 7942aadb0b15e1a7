import { exposeSlots, hasSlots, SLOTS, type Slot } from "./slot.ts";

/**
 * The result of a call: a Promise that may also be passed as an argument before it settles.
 * Passed on, it names the value that the worker will have by then; nothing waits in between.
 */
export class Pending<T> extends Promise<T> {
  // `then`, `catch` and `finally` give plain promises: what they make is not a value of Futhark.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static {
    exposeSlots(Pending.prototype, (pending) => pending.#slots);
  }

  /** The values that the call makes: empty for scalars. */
  readonly #slots: readonly Slot[];

  constructor(
    executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
    slots: readonly Slot[],
  ) {
    super(executor);
    this.#slots = slots;
  }

  /**
   * Frees what the call gives, without waiting for it. Calls that were made with it before still
   * run; to use it later is a `ValueStateError`. It does nothing for scalars. Should the call fail,
   * that is told to whoever awaits it, or what was called with it, and is else no unhandled rejection.
   */
  free(): void {
    const single = this.#slots.length > 0;
    if (single) freeAll(this);
    // Of several results nothing is known before they are there.
    this.then(single ? ignore : freeEach, ignore);
  }

  [Symbol.dispose](): void {
    this.free();
  }
}

function freeAll(value: unknown): void {
  if (hasSlots(value)) for (const slot of value[SLOTS]) slot.free();
}

function freeEach(results: unknown): void {
  if (Array.isArray(results)) for (const result of results) freeAll(result);
}

function ignore(): void {}
