import type { FutharkError, WorkerExitError } from "../errors.ts";
import type { Look } from "./spin-wait.ts";

/** A bidirectional byte stream to a worker. */
export interface Transport {
  /** Sends bytes, in order. The caller must not modify them before they have been sent. */
  write(bytes: Uint8Array): void;
  /** Sets whether the transport keeps Node running: true while a request is unanswered. */
  hold(yes: boolean): void;
  /**
   * Sets the callbacks for received bytes, where each chunk is valid only during the call; for the
   * end of the stream; and for the name of the current request.
   */
  listen(
    onData: (chunk: Uint8Array) => void,
    onEnd: (error: FutharkError) => void,
    running: () => string | undefined,
  ): void;
  /**
   * Calls `run(false)` once the worker can no longer access shared memory, or `run(true)` if that
   * cannot be determined.
   */
  whenGone(run: (reachable: boolean) => void): void;
  /** Kills the worker immediately. */
  kill(): void;
  /** A non-blocking check for bytes from the worker. */
  readonly look: Look;
  /** The number of bytes waiting to be sent. */
  readonly queuedBytes: number;
  /** Resolves when the worker has exited. Keeps Node running until then. */
  gone(): Promise<void>;
}

/** A pair of pipes to a worker with blocking reads and writes. */
export interface BlockingTransport {
  readonly requests: number;
  /**
   * Waits for bytes and reads some into `into`, starting at offset `at`.
   * @returns The number of bytes read, or 0 at the end of the stream.
   * @throws {TimeoutError} The worker takes too long to start.
   */
  read(into: Uint8Array, at: number): number;
  /**
   * Waits before another attempt to write, where a pipe is full and waiting has a limit.
   * @throws {FutharkError} The worker has exited, or the limit has passed.
   */
  pause(): void;
  /** Spins briefly for a reply before a blocking read. */
  readonly spinWait: { wait(): void };
  /** Returns why the worker exited, once its pipes are closed; `call` is what it was doing. */
  exitError(call?: string): WorkerExitError;
  /** Closes the pipes. */
  close(): void;
}
