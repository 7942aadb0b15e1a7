import type { PendingMethod } from "./pending-method-names.ts";
import { exposeSlots, hasSlots, SLOTS, type Slot } from "./slot.ts";

/**
 * The result of a call: a Promise that can be passed as an argument before it settles. As an
 * argument, it refers to the value that the worker will hold; the call is sent without waiting.
 */
export class PendingCall<T> extends Promise<T> {
  // `then`, `catch` and `finally` return plain promises: their results are not Futhark values.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static {
    exposeSlots(PendingCall.prototype, (pending) => pending.#slots);
  }

  /** The slots of the call's results; empty for scalars. */
  readonly #slots: readonly Slot[];

  constructor(
    executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
    slots: readonly Slot[],
  ) {
    super(executor);
    this.#slots = slots;
  }

  /**
   * Frees the result without waiting for it. Calls already made with it still run; using it later
   * throws a `ValueStateError`. Does nothing for scalars. If the call fails, the error is reported
   * to its awaiters and to calls that took the result, but not as an unhandled rejection.
   */
  free(): void {
    const single = this.#slots.length > 0;
    if (single) freeAll(this);
    // Without slots, the results to free are known only once the promise resolves.
    this.then(single ? ignore : freeEach, ignore);
  }

  [Symbol.dispose](): void {
    this.free();
  }
}

/**
 * The result of a call: a Promise that can be passed as an argument before it settles. It also has
 * the methods of the handle it resolves to, callable without awaiting it: `await
 * fut.entry.f(x).values()`. Unused results are freed like any other value. A tuple can be
 * destructured before it resolves: `const [a, b] = fut.entry.two(x)`.
 */
export type Pending<T> = 0 extends 1 & T ? PendingAny : PendingCall<T> & PartsOf<T>;

type PartsOf<T> = [T] extends [readonly unknown[]]
  ? { readonly [I in keyof T]: Pending<T[I]> }
  : Pick<T, Extract<keyof T, PendingMethod>>;

/** The result of a call whose type is only known at run time. */
export interface PendingAny extends PendingCallAny, Record<PendingMethod, AnyFunction> {
  readonly [index: number]: PendingAny;
  [Symbol.iterator](): IterableIterator<PendingAny>;
}

// biome-ignore lint/suspicious/noExplicitAny: bindings type it
type PendingCallAny = PendingCall<any>;
// biome-ignore lint/suspicious/noExplicitAny: bindings type it
type AnyFunction = (...args: any[]) => any;

function freeAll(value: unknown): void {
  if (hasSlots(value)) for (const slot of value[SLOTS]) slot.free();
}

function freeEach(results: unknown): void {
  if (Array.isArray(results)) for (const result of results) freeAll(result);
}

function ignore(): void {}
