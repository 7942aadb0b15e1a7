import { got } from "../arguments/describe.ts";
import { leaveFailures } from "../arguments/leave-failures.ts";
import { lower } from "../arguments/lower.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { locateAtCall, rejectWhereAwaited } from "../client/call-site.ts";
import type { Channel } from "../client/channel.ts";
import type { Operation } from "../client/operation.ts";
import { type Pending, PendingCall } from "../client/pending.ts";
import { failedParts, pendingLike } from "../client/pending-tuple.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, SLOTS } from "../client/slot.ts";
import { calls } from "../client/tracing.ts";
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
import { readAhead } from "../transfer/read-ahead.ts";
import { Handle } from "../values/handle.ts";
import { addMethods } from "../values/pending-methods.ts";
import { aborted, onAbort } from "./on-abort.ts";
import { startTimer } from "./timer.ts";

// Added here because the class of pending calls does not know about handles.
addMethods(PendingCall.prototype);

/** Limits for a call. */
export interface CallOptions {
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
  /** Limit in milliseconds from the call on, including the wait for earlier calls; default none. */
  readonly timeoutMs?: number | undefined;
}

/** An entry point as a function. */
export interface EntryFunction {
  /** @throws {ArgumentError | ValueStateError} By rejection, if an argument is unusable. */
  // biome-ignore lint/suspicious/noExplicitAny: known only from the manifest; bindings add types
  (...args: any[]): Pending<any>;
  /**
   * Returns the same entry point with limits on its calls. Futhark cannot stop a running call, so
   * the worker is ended, and the next call starts another one: all values that it held are lost.
   * Calls that were queued behind fail with a `WorkerExitError` that names this one. In a module
   * that was attached to, only the call is abandoned: it continues in the other process, later
   * calls wait for it, and its result is freed.
   */
  with(options: CallOptions): EntryFunction;
}

/** The parts of a module that a call needs: its current session, and a way to end it. */
export interface CallContext<M extends Manner> {
  /** @param args Arguments of the call; if one is already lost, no new worker is started for it. */
  session(args?: readonly unknown[]): Session<M>;
  /** Ends the process that runs the calls; absent if that process is not ours. */
  readonly worker?: Stoppable;
  /** Applies the limits of a call, unless its channel enforces them itself. */
  limited?(
    operation: Operation,
    result: Answer<M, unknown>,
    options: CallOptions,
    channel: Channel<M>,
    worker: Stoppable | undefined,
  ): Answer<M, unknown>;
}

interface Stoppable {
  readonly pid: number | undefined;
  stop(error: FutharkError): void;
}

/** Makes the function for an entry point. */
export function makeEntry<M extends Manner>(
  operation: Operation,
  context: CallContext<M>,
  options?: CallOptions,
): EntryFunction {
  const count = operation.outputs.length;
  const call = (...args: unknown[]): Answer<M, unknown> => {
    const result = calls.on ? traced(operation, context.worker, () => run(args)) : run(args);
    return count > 1 ? failedParts(result, count) : result;
  };
  const run = (args: readonly unknown[]): Answer<M, unknown> => {
    const session = context.session(args);
    const { channel } = session;
    if (options?.signal?.aborted) {
      const error = aborted(operation.label, options.signal);
      leaveFailures(args);
      return channel.rejected(error);
    }
    try {
      const { operands, temporaries } = lower(session, operation, args);
      const result = session.invoke(operation, operands, temporaries, options?.timeoutMs);
      readAhead(session, operation, result);
      if (options === undefined || context.limited === undefined) return result;
      return context.limited(operation, result, options, channel, context.worker);
    } catch (error) {
      locateAtCall(error, call);
      return channel.rejected(error);
    }
  };
  const withOptions = (more: CallOptions): EntryFunction => {
    try {
      checkCallOptions(operation, more);
    } catch (error) {
      leaveFailures(more);
      throw error;
    }
    return makeEntry(operation, context, { ...options, ...more });
  };
  Object.defineProperty(call, "name", { value: operation.label });
  return Object.assign(call, { with: withOptions }) as EntryFunction; // the channel sets its manner
}

/** Runs a call and publishes it to the subscribers of its diagnostics channel. */
function traced<A>({ info, label }: Operation, worker: Stoppable | undefined, run: () => A): A {
  const trace = {
    entry: label,
    inputs: info.inputs.map(({ type }) => type),
    outputs: info.outputs.map(({ type }) => type),
    pid: worker?.pid,
  };
  return calls.trace(trace, run, (result, settled) =>
    pendingLike(result, (resolve) => {
      result.then(
        (value) => {
          settled({ result: value });
          resolve(value);
        },
        (error: unknown) => {
          settled({ error });
          rejectWhereAwaited(resolve, error, false);
        },
      );
    }),
  );
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
