import type { FutharkError } from "../errors.ts";
import type { Packer } from "../wire/packer.ts";
import type { Answer, Manner } from "./answer.ts";
import type { Request } from "./request.ts";
import type { Results } from "./results.ts";

/**
 * The connection to a worker as seen by higher layers. One implementation returns promises, the
 * other blocks. Code that supports both describes requests and uses the methods of {@link Results}
 * to process their results.
 */
export interface Channel<M extends Manner = Manner> extends Results<M> {
  /** Sends a request. Replies arrive in the order in which requests were sent. */
  request<T>(request: Request<T>): Answer<M, T>;

  /** Sends a message without a reply. A failure surfaces when the values it creates are used. */
  post(kind: number, write: (body: Packer) => void): void;

  /**
   * Calls `done` once the next request has been answered and its reply processed, or once it is
   * known that it will not be. `reachable` is whether the worker may still access memory shared
   * for that request, for an unknown length of time.
   */
  afterNext(done: (reachable: boolean) => void): void;

  /** Records an array in shared memory, before the request that refers to it. */
  lends?(slab: { readonly id: number }, start: number, bytes: number): void;

  /**
   * Sends an empty request to trigger {@link afterNext} when no other request will follow.
   * Must not be called while a request is being made.
   */
  acknowledge(): void;

  /** The label of the request that the worker is processing, for error messages. */
  readonly running: string | undefined;

  /** The error that made the channel unusable, if any. */
  readonly failure: FutharkError | undefined;

  /**
   * Checks that a message of `bytes` bytes can be sent, before its data is copied.
   * @throws {ArgumentError} The message exceeds the size limit.
   * @throws {OutOfMemoryError} Too much data is waiting to be sent.
   */
  checkLength(bytes: number, what: string): void;
}

/** Calls `run` and reports an exception in the channel's manner: thrown, or as a rejection. */
export function attempt<A>(channel: Channel, run: () => A): A {
  try {
    return run();
  } catch (error) {
    // `rejected` never yields a result, so its type is irrelevant.
    return channel.rejected(error) as unknown as A;
  }
}
