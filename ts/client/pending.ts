import { SLOTS, type Slot } from "./slot.ts";

/**
 * The result of a call: a Promise that may also be passed as an argument before it settles.
 * Passed on, it names the value that the worker will have by then; nothing waits in between.
 */
export class Pending<T> extends Promise<T> {
  // `then`, `catch` and `finally` give plain promises: what they make is not a value of Futhark.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The values that the call makes: empty for scalars. */
  readonly [SLOTS]: readonly Slot[];

  constructor(
    executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
    slots: readonly Slot[],
  ) {
    super(executor);
    this[SLOTS] = slots;
  }
}
