import type { FutharkError } from "../errors.ts";
import type { Packer } from "../wire/packer.ts";
import type { Unpacker } from "../wire/unpacker.ts";
import type { Results } from "./pending-tuple.ts";

/**
 * What the layers above know of the worker: requests in, replies out.
 * Two kinds exist: one answers by promises, one blocks and answers at once. The types
 * here are those of the first; code that serves both combines results by {@link after}
 * and {@link all} only, and never awaits.
 */
export interface Channel {
  /**
   * Sends one request; requests are answered in the order in which they were sent.
   * @param write Writes the body; what it throws rejects the request, and nothing is sent.
   * @param results What the request gives, for a {@link PendingCall} that can be passed on.
   * @param failed Learns of a failure before anybody else does.
   * @param label Whose call it is, for messages about the worker's end.
   */
  request<T>(
    kind: number,
    write: (body: Packer) => void,
    decode: (reply: Unpacker) => T,
    results?: Results,
    failed?: (error: unknown) => void,
    label?: string,
  ): Promise<T>;

  /** Sends a request that is not answered: its failure shows in the values that it should have made. */
  post(kind: number, write: (body: Packer) => void): void;

  /**
   * Calls `done` when the next request that is sent has been answered, and its answer used; or
   * will not be answered. Memory that was lent for it may then still be `reachable` to the other
   * side, for nobody knows how long.
   */
  afterNext(done: (reachable: boolean) => void): void;

  /**
   * Sends a request for what {@link afterNext} waits for, where no other is to come. Not to be
   * called while a request is being made.
   */
  acknowledge(): void;

  /** Calls `run` when the next request is sent, while the worker does it: it may come too late, or not at all. */
  whileNext(run: () => void): void;

  /**
   * Limits how long the next request may take; `undefined` takes that back.
   * @returns Whether the channel sees to that; else the caller has to.
   */
  limitNext(timeoutMs: number | undefined): boolean;

  /** What the worker is at, for messages. */
  readonly running: string | undefined;

  /** Why the channel can no longer be used. */
  readonly failure: FutharkError | undefined;

  /** A result that is known without asking, in the channel's own manner. */
  resolved<T>(value: T): Promise<T>;

  /** A failure, in the channel's own manner: as a {@link PendingCall}, it fails what it is passed to. */
  rejected(error: unknown): Promise<never>;

  /**
   * Checks before data are copied into a message.
   * @throws {ArgumentError} A message of `bytes` would be over the limit.
   * @throws {OutOfMemoryError} Too much is unsent already.
   */
  checkLength(bytes: number, what: string): void;
}

/** Goes on with a result, now or when it comes. */
export function after<T, U>(result: Promise<T>, next: (value: T) => U | Promise<U>): Promise<U> {
  if (result instanceof Promise) return result.then(next);
  // A blocking channel: the result is here already, and so is what follows from it.
  return next(result as T) as Promise<U>;
}

/** Joins results, in order; the channel tells in what manner where there are none. */
export function all<T>(channel: Channel, results: readonly Promise<T>[]): Promise<T[]> {
  if (results.some((result) => result instanceof Promise)) return Promise.all(results);
  return channel.resolved(results as unknown as T[]);
}

/** Runs what may throw: its error comes in the channel's own manner too, a rejection where there are promises. */
export function attempt<P extends Promise<unknown>>(channel: Channel, run: () => P): P {
  try {
    return run();
  } catch (error) {
    // It never gives a result, of whatever type.
    return channel.rejected(error) as Promise<unknown> as P;
  }
}
