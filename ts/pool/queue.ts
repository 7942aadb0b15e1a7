import { rejectWhereAwaited } from "../client/call-site.ts";
import { type FutharkError, isFutharkError, TimeoutError, ValueStateError } from "../errors.ts";
import type { FutharkModule } from "../module/module.ts";
import { aborted, onAbort } from "../module/on-abort.ts";
import { startTimer } from "../module/timer.ts";
import { PoolWorker } from "./worker.ts";

/** Limits for a task of a pool. */
export interface TaskOptions {
  /** Aborts the task: the worker of a running task is ended, a queued task does not start. */
  readonly signal?: AbortSignal | undefined;
  /** Limit in milliseconds from submission, including the time in the queue; default none. */
  readonly timeoutMs?: number | undefined;
}

interface Job {
  readonly what: string;
  readonly run: (fut: FutharkModule) => Promise<unknown>;
  /** Settles the caller's promise and removes timers and listeners; later calls have no effect. */
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  retries: number;
}

/**
 * A queue shared by all workers of a pool. Each worker runs one task at a time; the first task in
 * the queue goes to the next idle worker. A task whose worker ends goes back to the head of the
 * queue while it has retries left. Another worker is started while a task waits; the task
 * runs on the first one that is ready. While no worker runs and none may be started, tasks are
 * rejected with the reason.
 */
export class PoolQueue {
  /** Idle workers; the one that has been idle longest comes first, so that all are used. */
  readonly #workers: PoolWorker<Job>[];
  readonly #retries: number;
  #waiting: Set<Job> = new Set();
  #idle: (() => void)[] = [];
  #closed = false;
  /** Fires at the end of a worker's pause; set only while tasks wait. */
  #wake: NodeJS.Timeout | undefined;
  /** How many times a task was run again because its worker ended. */
  retried = 0;

  constructor(modules: readonly FutharkModule[], retries: number) {
    this.#workers = modules.map((fut) => new PoolWorker<Job>(fut));
    this.#retries = retries;
  }

  get idle(): number {
    return this.#workers.filter(({ job, refusal }) => job === undefined && refusal === undefined)
      .length;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  /**
   * Runs a task on the next idle worker.
   * @param what Name of the task, for messages.
   * @throws {AbortError | TimeoutError} By rejection; the worker of a running task is ended.
   * @throws {ValueStateError} By rejection, if the pool was closed before the task started.
   */
  submit<R>(
    what: string,
    run: (fut: FutharkModule) => Promise<R>,
    { signal, timeoutMs }: TaskOptions = {},
  ): Promise<R> {
    if (this.#closed) return Promise.reject(closed(what));
    if (signal?.aborted) return Promise.reject(aborted(what, signal));
    return new Promise<R>((resolve) => {
      let stopTimer: (() => void) | undefined;
      let unwatch: (() => void) | undefined;
      const settled = (): void => {
        stopTimer?.();
        unwatch?.();
      };
      const job: Job = {
        what,
        run,
        retries: this.#retries,
        resolve: (value) => {
          settled();
          resolve(value as R); // the result of this job's `run`
        },
        reject: (error) => {
          settled();
          rejectWhereAwaited(resolve, error, false);
        },
      };
      if (signal !== undefined) {
        unwatch = onAbort(signal, () => this.#stop(job, aborted(what, signal)));
      }
      if (timeoutMs !== undefined) {
        stopTimer = startTimer(timeoutMs, () => this.#stop(job, late(what, timeoutMs)));
      }
      this.#waiting.add(job);
      this.#dispatch();
    });
  }

  /** Rejects queued tasks, and resolves when the running ones have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#wake);
    for (const job of this.#waiting) job.reject(closed(job.what));
    this.#waiting.clear();
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Rejects the tasks that are still running, because their modules are about to be closed. */
  abandon(timeoutMs: number): void {
    for (const worker of this.#workers) {
      worker.job?.reject(closed(worker.job.what, ` while it ran, for more than ${timeoutMs} ms`));
      worker.job = undefined;
    }
    this.#dispatch();
  }

  get #busy(): boolean {
    return this.#workers.some(({ job }) => job !== undefined);
  }

  #dispatch(): void {
    clearTimeout(this.#wake);
    for (const job of this.#waiting) {
      const at = this.#workers.findIndex(({ isReady }) => isReady);
      if (at < 0) break;
      const [worker] = this.#workers.splice(at, 1) as [PoolWorker<Job>];
      this.#workers.push(worker);
      this.#waiting.delete(job);
      void this.#run(worker, job);
    }
    if (this.#waiting.size > 0) this.#startOthers();
    if (!this.#busy) for (const done of this.#idle.splice(0)) done();
  }

  /** Starts workers for waiting tasks, or rejects these if no worker can run. */
  #startOthers(): void {
    let starting = this.#workers.filter(({ isStarting }) => isStarting).length;
    for (const worker of this.#workers) {
      if (starting >= this.#waiting.size) return;
      if (!worker.canStart) continue;
      starting++;
      void worker.start().then(() => this.#dispatch());
    }
    const refusals = this.#workers.map(({ refusal }) => refusal);
    if (refusals.includes(undefined)) {
      this.#wakeAfterPause();
      return;
    }
    for (const job of this.#waiting) job.reject(refusals[0]);
    this.#waiting.clear();
  }

  #wakeAfterPause(): void {
    // A pause may have ended since the workers to start were chosen: that one can start at once.
    const ends = this.#workers.flatMap(({ pause, canStart }) =>
      canStart ? 0 : (pause?.until ?? []),
    );
    if (ends.length === 0) return;
    const ms = Math.ceil(Math.min(...ends) - performance.now());
    this.#wake = setTimeout(() => this.#dispatch(), ms);
  }

  async #run(worker: PoolWorker<Job>, job: Job): Promise<void> {
    worker.job = job;
    try {
      job.resolve(await job.run(worker.fut));
    } catch (error) {
      // A stopped task is already settled, and its worker may be running another one.
      if (worker.job === job) this.#failed(job, error);
    }
    if (worker.job !== job) return;
    worker.job = undefined;
    this.#dispatch();
  }

  #failed(job: Job, error: unknown): void {
    if (this.#closed || job.retries === 0 || !isFutharkError(error, "worker-exit")) {
      job.reject(error);
      return;
    }
    job.retries--;
    this.retried++;
    this.#waiting = new Set([job, ...this.#waiting]);
  }

  #stop(job: Job, error: FutharkError): void {
    job.reject(error);
    if (this.#waiting.delete(job)) {
      this.#dispatch();
      return;
    }
    const worker = this.#workers.find((each) => each.job === job);
    if (worker === undefined) return;
    worker.fut.kill();
    worker.job = undefined;
    this.#dispatch();
  }
}

function closed(what: string, when = ""): ValueStateError {
  return new ValueStateError("freed", `${what}: the pool was closed${when}`);
}

function late(what: string, timeoutMs: number): TimeoutError {
  return new TimeoutError(`${what}: took longer than ${timeoutMs} ms`);
}
