import { rejectWhereAwaited } from "../../client/call-site.ts";
import { type FutharkError, TimeoutError, ValueStateError } from "../../errors.ts";
import { aborted, onAbort } from "../../module/on-abort.ts";
import { startTimer } from "../../module/timer.ts";
import type { TaskOptions } from "../queue.ts";

/** A task, ready to be sent. */
export interface ClusterTask {
  /** Its name, for messages. */
  readonly what: string;
  /** Whether its result would be discarded, so that it need not be sent. */
  dropped?(): boolean;
  /** Sends it; it is settled through {@link ClusterQueue.finish}. */
  send(number: number): void;
  /** Called instead of `send` if it will not be sent. */
  drop(): void;
}

interface Job {
  readonly task: ClusterTask;
  /** Settle the caller's promise and remove timers and listeners; later calls have no effect. */
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The tasks of a pool: at most `room` of them are in the cluster, the others wait here. */
export class ClusterQueue {
  readonly #room: number;
  readonly #stopSent: (number: number) => void;
  readonly #waiting: Map<number, Job> = new Map();
  readonly #sent: Map<number, Job> = new Map();
  #last = 0;
  #refusal: ((what: string) => FutharkError) | undefined;
  #idle: (() => void)[] = [];

  /** @param stop Ends a task that was sent; it will not be settled. */
  constructor(room: number, stop: (number: number) => void) {
    this.#room = room;
    this.#stopSent = stop;
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
    const refusal = this.#refusal?.(what) ?? (signal?.aborted ? aborted(what, signal) : undefined);
    if (refusal !== undefined) {
      task.drop();
      return Promise.reject(refusal);
    }
    this.#last = (this.#last % MAX_NUMBER) + 1;
    const number = this.#last;
    return new Promise((resolve) => {
      let stopTimer: (() => void) | undefined;
      let unwatch: (() => void) | undefined;
      const settled = (): void => {
        stopTimer?.();
        unwatch?.();
      };
      const job: Job = {
        task,
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
      this.#dispatch();
    });
  }

  /** Settles a task; `read` is not called if it was stopped. */
  finish(number: number, read: () => unknown): void {
    const job = this.#sent.get(number);
    if (job === undefined) return;
    this.#sent.delete(number);
    try {
      job.resolve(read());
    } catch (error) {
      job.reject(error);
    }
    this.#dispatch();
  }

  /** Rejects all tasks, now and later: the driver has ended. */
  fail(error: FutharkError): void {
    this.#refusal ??= () => error;
    this.#dropWaiting(() => error);
    for (const { reject } of this.#sent.values()) reject(error);
    this.#sent.clear();
    this.#dispatch();
  }

  /** Rejects the tasks that wait, and resolves when the others have ended. */
  async close(): Promise<void> {
    this.#refusal = (what) => closed(what);
    this.#dropWaiting(closed);
    if (this.#sent.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Rejects the tasks that have not ended, as their actors are about to be. */
  abandon(timeoutMs: number): void {
    for (const { task, reject } of this.#sent.values()) {
      reject(closed(task.what, ` while it ran, for more than ${timeoutMs} ms`));
    }
    this.#sent.clear();
    this.#dispatch();
  }

  #dropWaiting(error: (what: string) => FutharkError): void {
    for (const { task, reject } of this.#waiting.values()) {
      task.drop();
      reject(error(task.what));
    }
    this.#waiting.clear();
  }

  #dispatch(): void {
    for (const [number, job] of this.#waiting) {
      if (this.#sent.size >= this.#room) break;
      this.#waiting.delete(number);
      this.#send(number, job);
    }
    if (this.#sent.size === 0) for (const done of this.#idle.splice(0)) done();
  }

  #send(number: number, { task, resolve, reject }: Job): void {
    if (task.dropped?.()) {
      task.drop();
      resolve(undefined);
      return;
    }
    this.#sent.set(number, { task, resolve, reject });
    try {
      task.send(number);
    } catch (error) {
      this.#sent.delete(number);
      task.drop();
      reject(error);
    }
  }

  #stop(number: number, job: Job, error: FutharkError): void {
    job.reject(error);
    if (this.#waiting.delete(number)) job.task.drop();
    else if (this.#sent.delete(number)) this.#stopSent(number);
    this.#dispatch();
  }
}

const MAX_NUMBER = 2 ** 31 - 1;

function closed(what: string, when = ""): ValueStateError {
  return new ValueStateError("freed", `${what}: the pool was closed${when}`);
}

function late(what: string, timeoutMs: number): TimeoutError {
  return new TimeoutError(`${what}: took longer than ${timeoutMs} ms`);
}
