import { type FutharkError, WorkerExitError } from "../errors.ts";
import type { FutharkModule } from "../module/module.ts";
import { type Pause, pauseAfterDeaths, pauseAfterFailure, stillOn } from "./pause.ts";

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
    return stillOn(this.#failed ?? pauseAfterDeaths(this.fut.control?.earlyDeaths));
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
      this.#failed = count === 0 ? undefined : { count, ...pauseAfterFailure(error, count) };
    } finally {
      this.#starting = false;
    }
  }
}
