import { rejectWhereAwaited } from "../../client/call-site.ts";
import { type FutharkError, isFutharkError, TimeoutError, ValueStateError } from "../../errors.ts";
import { aborted, onAbort } from "../../module/on-abort.ts";
import { startTimer } from "../../module/timer.ts";
import type { TaskOptions } from "../queue.ts";

/** A task, ready to be sent. */
export interface ClusterTask {
  /** Its name, for messages. */
  readonly what: string;
  /** Whether its result would be discarded, so that it need not be sent. */
  dropped?(): boolean;
  /**
   * Sends it, possibly again; it is settled through {@link ClusterQueue.finish}.
   * @param retries How often it may be run again on the cluster.
   */
  send(number: number, retries: number): void;
  /** Called once, when it is settled. */
  end(): void;
}

/** What the tasks of a queue are sent to. */
export interface Cluster {
  /** How many tasks it takes at a time. */
  readonly room: number;
  readonly isUp: boolean;
  /** Starts it unless it is starting; returns why it must not be started yet. */
  start(): unknown;
  /** Ends a task that was sent; it will not be settled. */
  stop(number: number): void;
}

interface Job {
  readonly task: ClusterTask;
  /** Settle the caller's promise and remove timers and listeners; later calls have no effect. */
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  retries: number;
}

/** The tasks of a pool: at most `room` of them are in the cluster, the others wait here. */
export class ClusterQueue {
  readonly #cluster: Cluster;
  readonly #retries: number;
  #waiting: Map<number, Job> = new Map();
  readonly #sent: Map<number, Job> = new Map();
  /** Those whose results are being read. */
  readonly #reading: Map<number, Job> = new Map();
  #last = 0;
  #closed = false;
  #idle: (() => void)[] = [];
  /** How often a task was sent again because the driver was lost. */
  retried = 0;

  constructor(retries: number, cluster: Cluster) {
    this.#retries = retries;
    this.#cluster = cluster;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  get running(): number {
    return this.#sent.size;
  }

  /** @throws {AbortError | TimeoutError | ValueStateError | WorkerExitError} By rejection. */
  submit(task: ClusterTask, { signal, timeoutMs }: TaskOptions): Promise<unknown> {
    const { what } = task;
    const refusal = this.#closed
      ? closed(what)
      : signal?.aborted
        ? aborted(what, signal)
        : undefined;
    if (refusal !== undefined) {
      task.end();
      return Promise.reject(refusal);
    }
    this.#last = (this.#last % MAX_NUMBER) + 1;
    const number = this.#last;
    return new Promise((resolve) => {
      let stopTimer: (() => void) | undefined;
      let unwatch: (() => void) | undefined;
      let isSettled = false;
      const settled = (): void => {
        stopTimer?.();
        unwatch?.();
        if (!isSettled) task.end();
        isSettled = true;
      };
      const job: Job = {
        task,
        retries: this.#retries,
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          rejectWhereAwaited(resolve, error, false);
        },
      };
      if (signal !== undefined) {
        unwatch = onAbort(signal, () => this.#stop(number, job, aborted(what, signal)));
      }
      if (timeoutMs !== undefined) {
        stopTimer = startTimer(timeoutMs, () => this.#stop(number, job, late(what, timeoutMs)));
      }
      this.#waiting.set(number, job);
      this.dispatch();
    });
  }

  /** Settles a task with what `read` gives; it is not called if the task was stopped. */
  finish(number: number, read: () => unknown): void {
    const job = this.#sent.get(number);
    if (job === undefined) return;
    this.#sent.delete(number);
    try {
      const value = read();
      if (value instanceof Promise) this.#await(number, job, value);
      else job.resolve(value);
    } catch (error) {
      job.reject(error);
    }
    this.dispatch();
  }

  /** Waits for a result that is being read; unless it is stopped, or sent again. */
  #await(number: number, job: Job, value: Promise<unknown>): void {
    this.#reading.set(number, job);
    const settle = (run: () => void): void => {
      if (!this.#reading.delete(number)) return;
      run();
      this.dispatch();
    };
    value.then(
      (result) => settle(() => job.resolve(result)),
      (error: unknown) => settle(() => job.reject(error)),
    );
  }

  /** Sends the tasks again that were in the cluster, or rejects those without a retry. */
  lose(error: FutharkError): void {
    const jobs = [...this.#reading, ...this.#sent].sort(([a], [b]) => a - b);
    this.#reading.clear();
    this.#sent.clear();
    const again: [number, Job][] = [];
    for (const [number, job] of jobs) {
      if (this.#closed || job.retries === 0 || !isFutharkError(error, "worker-exit")) {
        job.reject(error);
        continue;
      }
      job.retries--;
      this.retried++;
      again.push([number, job]);
    }
    this.#waiting = new Map([...again, ...this.#waiting]);
    this.dispatch();
  }

  /** Rejects the tasks that wait, and resolves when the others have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dropWaiting(closed);
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Rejects the tasks that have not ended, as their actors are about to be. */
  abandon(timeoutMs: number): void {
    for (const { task, reject } of [...this.#sent.values(), ...this.#reading.values()]) {
      reject(closed(task.what, ` while it ran, for more than ${timeoutMs} ms`));
    }
    this.#sent.clear();
    this.#reading.clear();
    this.dispatch();
  }

  /** Sends tasks that wait as far as there is room. */
  dispatch(): void {
    const cluster = this.#cluster;
    if (this.#waiting.size > 0 && !cluster.isUp) {
      const refusal = cluster.start();
      if (refusal !== undefined) this.#dropWaiting(() => refusal);
    }
    for (const [number, job] of this.#waiting) {
      if (!cluster.isUp || this.#sent.size >= cluster.room) break;
      this.#waiting.delete(number);
      this.#send(number, job);
    }
    if (!this.#busy) for (const done of this.#idle.splice(0)) done();
  }

  get #busy(): boolean {
    return this.#sent.size + this.#reading.size > 0;
  }

  #dropWaiting(error: (what: string) => unknown): void {
    for (const { task, reject } of this.#waiting.values()) reject(error(task.what));
    this.#waiting.clear();
  }

  #send(number: number, job: Job): void {
    if (job.task.dropped?.()) {
      job.resolve(undefined);
      return;
    }
    this.#sent.set(number, job);
    try {
      job.task.send(number, job.retries);
    } catch (error) {
      this.#sent.delete(number);
      job.reject(error);
    }
  }

  #stop(number: number, job: Job, error: FutharkError): void {
    job.reject(error);
    this.#waiting.delete(number);
    this.#reading.delete(number);
    if (this.#sent.delete(number)) this.#cluster.stop(number);
    this.dispatch();
  }
}

const MAX_NUMBER = 2 ** 31 - 1;

function closed(what: string, when = ""): ValueStateError {
  return new ValueStateError("freed", `${what}: the pool was closed${when}`);
}

function late(what: string, timeoutMs: number): TimeoutError {
  return new TimeoutError(`${what}: took longer than ${timeoutMs} ms`);
}
