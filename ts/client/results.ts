import { ArgumentError } from "../errors.ts";
import type { Answer, Manner } from "./answer.ts";
import { PendingCall } from "./pending.ts";
import { pendingOf } from "./pending-tuple.ts";
import { failedSlot, hasSlots, type ResultSlots, SLOTS } from "./slot.ts";

/** Operations on results, for code that supports both promises and blocking calls. */
export interface Results<M extends Manner> {
  readonly manner: M;

  /** Applies a synchronous function to a result. */
  map<T, U>(result: Answer<M, T>, make: (value: T) => U): Answer<M, U>;

  /** Chains a function that itself returns a result. */
  after<T, U>(result: Answer<M, T>, next: (value: T) => Answer<M, U>): Answer<M, U>;

  /** Flattens a result whose decoder may have issued another request. */
  flat<T>(result: Answer<M, T | Answer<M, T>>): Answer<M, T>;

  /** Combines results into one array, in order. */
  all<T>(results: readonly Answer<M, T>[]): Answer<M, T[]>;

  /** Converts a result with a library, which is loaded asynchronously or synchronously. */
  convert<T, U>(
    result: Answer<M, T>,
    by: { readonly later: (value: T) => Promise<U>; readonly now: (value: T) => U },
  ): Answer<M, U>;

  /**
   * Continues after a promise that a result depends on has settled.
   * @param where Names the call in error messages.
   * @param start Returns the promise.
   * @param slots The slots of the result, if it can be passed on.
   * @throws {ArgumentError} The channel blocks, so the promise cannot settle during the call.
   */
  later<T, U>(
    where: string,
    start: () => Promise<T>,
    next: (value: T) => Answer<M, U>,
    slots?: ResultSlots,
  ): Answer<M, U>;

  /** Wraps a value that is already known. */
  known<T>(value: T): Answer<M, T>;

  /** Reports a failure: throws, or returns a rejected pending call that can be passed on. */
  rejected(error: unknown): Answer<M, never>;
}

/** Results delivered as promises. */
export class PromisedResults implements Results<"promise"> {
  readonly manner = "promise";

  map<T, U>(result: Promise<T>, make: (value: T) => U): Promise<U> {
    return result.then(make);
  }

  after<T, U>(result: Promise<T>, next: (value: T) => Promise<U>): Promise<U> {
    return result.then(next);
  }

  flat<T>(result: Promise<T | Promise<T>>): Promise<T> {
    return result as Promise<T>; // no promise resolves to a promise
  }

  all<T>(results: readonly Promise<T>[]): Promise<T[]> {
    return Promise.all(results);
  }

  convert<T, U>(result: Promise<T>, by: { later: (value: T) => Promise<U> }): Promise<U> {
    return result.then(by.later);
  }

  later<T, U>(
    _where: string,
    start: () => Promise<T>,
    next: (value: T) => Promise<U>,
    slots?: ResultSlots,
  ): Promise<U> {
    const result = start().then(next);
    if (slots === undefined) return result;
    return pendingOf((resolve, reject) => void result.then(resolve, reject), slots);
  }

  known<T>(value: T): Promise<T> {
    // A handle stays usable as an argument while the promise is pending.
    if (hasSlots(value)) return new PendingCall((resolve) => resolve(value), value[SLOTS]);
    return Promise.resolve(value);
  }

  rejected(error: unknown): PendingCall<never> {
    return new PendingCall((_, reject) => reject(error), [failedSlot(error)]);
  }
}

/** Results that are available immediately. */
export class ImmediateResults implements Results<"blocking"> {
  readonly manner = "blocking";

  map<T, U>(result: T, make: (value: T) => U): U {
    return make(result);
  }

  after<T, U>(result: T, next: (value: T) => U): U {
    return next(result);
  }

  flat<T>(result: T): T {
    return result;
  }

  all<T>(results: readonly T[]): T[] {
    return [...results];
  }

  convert<T, U>(result: T, by: { now: (value: T) => U }): U {
    return by.now(result);
  }

  later(where: string): never {
    throw new ArgumentError(
      `${where}: expected a value, got a pending call: a blocking call cannot wait for it, so await it first`,
    );
  }

  known<T>(value: T): T {
    return value;
  }

  rejected(error: unknown): never {
    throw error;
  }
}
