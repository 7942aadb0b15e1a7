import type { FutharkError, WorkerExitError } from "../errors.ts";
import type { Look } from "./spin-wait.ts";

/** A stream of bytes to a worker and back. */
export interface Transport {
  /** Sends bytes, in order. They stay unchanged. */
  write(bytes: Uint8Array): void;
  /** Whether a wait for the worker keeps Node running: true while a request is unanswered. */
  hold(yes: boolean): void;
  /**
   * Sets who takes the worker's bytes, each chunk valid until it returns, who learns of its end,
   * and who knows what it is at.
   */
  listen(
    onData: (chunk: Uint8Array) => void,
    onEnd: (error: FutharkError) => void,
    running: () => string | undefined,
  ): void;
  /**
   * Calls `run` when the other side can no longer reach memory of ours; or, where that will not
   * be known, with `reachable`.
   */
  whenGone(run: (reachable: boolean) => void): void;
  /** Ends the worker at once. */
  kill(): void;
  /** How to look for the worker's bytes without waiting. */
  readonly look: Look;
  /** Bytes that wait to be sent. */
  readonly queuedBytes: number;
  /** Resolves when the worker is gone; keeps Node running until then. */
  gone(): Promise<void>;
}

/** Two pipes to a worker, read and written while this thread waits. */
export interface BlockingTransport {
  readonly requests: number;
  /**
   * Waits for bytes, and reads some.
   * @returns How many; 0 where no more will come.
   * @throws {TimeoutError} The worker takes too long to start.
   */
  read(into: Uint8Array, at: number): number;
  /** Waits a moment for a reply, before the system is asked to. */
  readonly spinWait: { wait(): void };
  /** Why the worker ended, asked when its pipes have; `call` is what it was at. */
  exitError(call?: string): WorkerExitError;
  /** Closes the pipes. */
  close(): void;
}
