import { type FutharkError, WorkerExitError } from "../errors.ts";
import type { FutharkModule } from "../module/module.ts";
import { type EarlyDeaths, MAX_EARLY_DEATHS } from "../module/worker-restart.ts";

/** A pause before a worker of a pool is started again. */
export interface Pause {
  /** When it ends, on the clock of `performance.now()`. */
  readonly until: number;
  /** The reason, for tasks that no other worker can take. */
  readonly error: unknown;
}

/**
 * A slot of a pool: a module, which may be between two workers, and the task that it runs.
 *
 * Unlike a call of a module, a task never starts a worker: the queue does, and uses the other
 * workers in the meantime. Workers that die right after their start, or cannot be started, are
 * replaced after pauses that double, because the cause may be temporary.
 */
export class PoolWorker<Job> {
  readonly fut: FutharkModule;
  job: Job | undefined;
  #starting = false;
  /** The pause after `count` failed starts in a row; deaths of workers are counted elsewhere. */
  #failed: (Pause & { readonly count: number }) | undefined;

  constructor(fut: FutharkModule) {
    this.fut = fut;
  }

  /** Whether a task can run now. */
  get isReady(): boolean {
    return this.job === undefined && !this.#starting && this.fut.pid !== undefined;
  }

  get isStarting(): boolean {
    return this.#starting;
  }

  /** Whether {@link start} may be called: there is no worker, and another one is allowed. */
  get canStart(): boolean {
    if (this.job !== undefined || this.#starting || this.fut.pid !== undefined) return false;
    return this.#down === undefined && this.pause === undefined;
  }

  /** The reason why no task can be given to this worker, now or when it is idle again. */
  get refusal(): unknown {
    if (this.job !== undefined || this.#starting || this.isReady) return undefined;
    return this.#down ?? this.pause?.error;
  }

  /** The current pause. */
  get pause(): Pause | undefined {
    const found = this.#failed ?? pauseAfterDeaths(this.fut.control?.earlyDeaths);
    return found !== undefined && found.until > performance.now() ? found : undefined;
  }

  /** The reason why the module will never have a worker again. */
  get #down(): FutharkError | undefined {
    return this.fut.control?.down;
  }

  /** Starts another worker; a failure is the reason of a {@link pause}. Never rejects. */
  async start(): Promise<void> {
    this.#starting = true;
    try {
      await this.fut.sync();
      this.#failed = undefined;
    } catch (error) {
      // The module counts deaths.
      const count = error instanceof WorkerExitError ? 0 : (this.#failed?.count ?? 0) + 1;
      const until = performance.now() + pauseMs(count);
      this.#failed = count === 0 ? undefined : { count, until, error };
    } finally {
      this.#starting = false;
    }
  }
}

function pauseAfterDeaths(deaths: EarlyDeaths | undefined): Pause | undefined {
  if (deaths === undefined || deaths.count < MAX_EARLY_DEATHS) return undefined;
  const { count, at, error } = deaths;
  const ms = pauseMs(count - MAX_EARLY_DEATHS + 1);
  const why = `workers have ended ${count} times within a second of their start, so another is started only after ${ms} ms`;
  return {
    until: at + ms,
    error: new WorkerExitError(`${why}: ${error.message}`, error, { cause: error }),
  };
}

/** Returns the length of a pause in milliseconds, given how many preceded it. */
function pauseMs(count: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS);
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
