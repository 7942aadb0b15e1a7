import type { FutharkError } from "../errors.ts";

/** The end of a worker, whatever ended it. */
export interface WorkerEnd {
  /** The process that has ended. */
  readonly pid: number;
  /** Exit status, `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, `null` when it exited by itself. */
  readonly signal: string | null;
  /** The last lines that it wrote to stderr. */
  readonly stderr: string;
  /**
   * What its pending calls were told: a `WorkerExitError` of a crash, a limit or `kill()`; a
   * `ValueStateError` where the module was closed.
   */
  readonly reason: FutharkError;
}
