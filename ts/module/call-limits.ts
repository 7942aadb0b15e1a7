import { got } from "../arguments/describe.ts";
import { rejectWhereAwaited } from "../client/call-site.ts";
import type { Channel } from "../client/channel.ts";
import type { Operation } from "../client/operation.ts";
import type { PendingCall } from "../client/pending.ts";
import { pendingLike } from "../client/pending-tuple.ts";
import { hasSlots, SLOTS } from "../client/slot.ts";
import {
  AbortError,
  ArgumentError,
  type FutharkError,
  KILLED,
  TimeoutError,
  WorkerExitError,
} from "../errors.ts";
import { isPlainObject } from "../plain-object.ts";
import { didYouMean } from "../spelling.ts";
import { Handle } from "../values/handle.ts";
import { onAbort } from "./on-abort.ts";
import { startTimer } from "./timer.ts";

// The limits of calls that do not block. Blocking calls are limited by the worker itself
// (worker/limits.py), and calls of Python functions in python/python-client.ts.

/** Limits for a call. */
export interface CallOptions {
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
  /** Limit in milliseconds from the call on, including the wait for earlier calls; default none. */
  readonly timeoutMs?: number | undefined;
}

/** A worker that can be ended. */
export interface Stoppable {
  readonly pid: number | undefined;
  stop(error: FutharkError): void;
}

/**
 * Wraps a call with limits. When stopped, only this call reports its limit; the other calls of its
 * worker report that the worker was ended, and which call caused it.
 */
export function limitedCall(
  operation: Operation,
  result: Promise<unknown>,
  options: CallOptions,
  channel: Channel,
  worker: Stoppable | undefined,
): PendingCall<unknown> {
  return pendingLike(result, (resolve) => {
    let isStopped = false;
    const unwatch = watch(operation, options, channel, (stopped, cause) => {
      isStopped = true;
      if (worker === undefined) {
        const error = stopped(`${cause}; it continues in the attached process`);
        if (hasSlots(result)) for (const slot of result[SLOTS]) slot.giveUp(error);
        rejectWhereAwaited(resolve, error, false);
        // Nothing else frees its eventual results.
        result.then(freeAll, () => {});
        return;
      }
      const error = stopped(`${cause}; its worker was ended`);
      rejectWhereAwaited(resolve, error, false);
      // The worker of this call has ended; the current one runs other calls.
      if (channel.failure !== undefined) return;
      worker.stop(new WorkerExitError(`the worker was ended: ${cause}`, KILLED, { cause: error }));
    });
    result.then(
      (value) => {
        unwatch();
        resolve(value);
      },
      (error: unknown) => {
        unwatch();
        // A stopped call has been rejected already.
        if (!isStopped) rejectWhereAwaited(resolve, error, false);
      },
    );
  });
}

function freeAll(results: unknown): void {
  for (const value of Array.isArray(results) ? results : [results]) {
    if (value instanceof Handle) value.free();
  }
}

/**
 * Watches the limits of a call.
 * @param onStop Called with a function that makes the error, and the cause.
 * @returns A function that stops watching.
 */
function watch(
  { label }: Operation,
  { signal, timeoutMs }: CallOptions,
  channel: Channel,
  onStop: (stopped: (message: string) => FutharkError, cause: string) => void,
): () => void {
  const onTime = (): void => {
    done();
    const { running } = channel;
    const behind = running === undefined || running === label ? "" : ` (${running} was running)`;
    const cause = `${label}: took longer than ${timeoutMs} ms${behind}`;
    onStop((message) => new TimeoutError(message), cause);
  };
  const stopTimer = timeoutMs === undefined ? undefined : startTimer(timeoutMs, onTime);
  const unwatch =
    signal &&
    onAbort(signal, () => {
      done();
      const { reason } = signal;
      onStop((message) => new AbortError(message, { cause: reason }), `${label}: aborted`);
    });
  const done = (): void => {
    stopTimer?.();
    unwatch?.();
  };
  return done;
}

export function checkCallOptions(operation: { label: string }, options: CallOptions): void {
  if (!isPlainObject(options)) {
    throw new ArgumentError(
      `${operation.label}: expected with() to be called with an object of signal and timeoutMs, got ${got(options)}`,
    );
  }
  const { timeoutMs, signal, ...others } = options as CallOptions;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ArgumentError(
      `${operation.label}: unknown option ${unknown}; known are signal, timeoutMs${didYouMean(unknown, ["signal", "timeoutMs"])}`,
    );
  }
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs >= 0)) {
    throw new ArgumentError(
      `${operation.label}: expected timeoutMs to be a number of 0 or more, got ${String(timeoutMs)}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new ArgumentError(`${operation.label}: expected signal to be an AbortSignal`);
  }
}
