import type { FutharkError } from "../errors.ts";

/** The facts about the end of a worker. */
export interface WorkerEnd {
  /** Process ID of the worker. */
  readonly pid: number;
  /** Exit status; `null` if the worker was ended by a signal. */
  readonly exitCode: number | null;
  /** Name of the signal that ended the worker; `null` if it exited by itself. */
  readonly signal: string | null;
  /** The last lines that the worker wrote to stderr. */
  readonly stderr: string;
  /**
   * The error of its pending calls: a `WorkerExitError` after a crash, a limit or `kill()`; a
   * `ValueStateError` if the module was closed.
   */
  readonly reason: FutharkError;
}
