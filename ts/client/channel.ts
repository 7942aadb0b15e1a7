import type { FutharkError } from "../errors.ts";
import type { Packer } from "../wire/packer.ts";
import type { Answer, Manner } from "./answer.ts";
import type { Request } from "./request.ts";
import type { Results } from "./results.ts";

/**
 * What the layers above know of the worker: requests in, replies out. One client answers by
 * promises, one blocks and answers at once; code that serves both describes requests, and leaves
 * it to the channel to go on with their results.
 */
export interface Channel<M extends Manner = Manner> extends Results<M> {
  /** Sends one request; requests are answered in the order in which they were sent. */
  request<T>(request: Request<T>): Answer<M, T>;

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

  /** What the worker is at, for messages. */
  readonly running: string | undefined;

  /** Why the channel can no longer be used. */
  readonly failure: FutharkError | undefined;

  /**
   * Checks before data are copied into a message.
   * @throws {ArgumentError} A message of `bytes` would be over the limit.
   * @throws {OutOfMemoryError} Too much is unsent already.
   */
  checkLength(bytes: number, what: string): void;
}

/** Runs what may throw: its error comes in the channel's own manner too, a rejection where there are promises. */
export function attempt<A>(channel: Channel, run: () => A): A {
  try {
    return run();
  } catch (error) {
    // It never gives a result, of whatever type.
    return channel.rejected(error) as unknown as A;
  }
}
