import { WorkerExitError } from "../errors.ts";
import { type EarlyDeaths, MAX_EARLY_DEATHS } from "../module/worker-restart.ts";

/** A pause before a worker of a pool is started again. */
export interface Pause {
  /** Its end, on the clock of `performance.now()`. */
  readonly until: number;
  /** The reason, for tasks that no other worker can take. */
  readonly error: unknown;
}

/** Returns the pause after early deaths, from a number of them on. */
export function pauseAfterDeaths(
  deaths: EarlyDeaths | undefined,
  who = "workers",
): Pause | undefined {
  if (deaths === undefined || deaths.count < MAX_EARLY_DEATHS) return undefined;
  const { count, at, error } = deaths;
  const ms = pauseMs(count - MAX_EARLY_DEATHS + 1);
  const why = `${who} have ended ${count} times within a second of their start, so another is started only after ${ms} ms`;
  return {
    until: at + ms,
    error: new WorkerExitError(`${why}: ${error.message}`, error, { cause: error }),
  };
}

/** Returns the pause after a start that failed, by how many did in a row. */
export function pauseAfterFailure(error: unknown, count: number): Pause {
  return { until: performance.now() + pauseMs(count), error };
}

/** Returns the pause if it is not over yet. */
export function stillOn(pause: Pause | undefined): Pause | undefined {
  return pause !== undefined && pause.until > performance.now() ? pause : undefined;
}

/** Returns the length of a pause in milliseconds, by how many there were in a row. */
function pauseMs(count: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS);
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
