import { got } from "../arguments/got.ts";
import { leaveFailures } from "../arguments/leave-failures.ts";
import { lower } from "../arguments/lower.ts";
import { isPlainObject } from "../arguments/structure.ts";
import type { Operation } from "../client/operation.ts";
import { Pending } from "../client/pending.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, SLOTS } from "../client/slot.ts";
import { ArgumentError, TimeoutError } from "../errors.ts";
import { Handle } from "../values/handle.ts";
import { MAX_TIMER_MS } from "./options.ts";

/** Limits of one call. */
export interface CallOptions {
  /** Aborts the call. */
  readonly signal?: AbortSignal;
  /** How long the call may take, from now on: waiting for earlier calls counts. */
  readonly timeoutMs?: number;
}

/** An entry point as a function. */
export interface EntryFunction {
  /** @throws {ArgumentError | ValueStateError} By rejection. */
  // biome-ignore lint/suspicious/noExplicitAny: what it takes and gives is known to the program's manifest only; bindings type it
  (...args: any[]): Pending<any>;
  /**
   * The same call with a limit. Futhark cannot stop a running entry point, so the worker
   * is ended and started afresh: all values that it held are lost, and say so. In a module
   * that was attached to, the call alone is given up: it goes on in the other process, where
   * later calls wait for it, and its result is freed.
   */
  with(options: CallOptions): EntryFunction;
}

/** What a call needs of the module: its present session, and a way to end it. */
export interface CallContext {
  session(): Session;
  /** Ends the worker and starts another; what is pending is rejected with `error`. */
  restart(error: TimeoutError): void;
  /** The process that runs the calls is another's: it cannot be ended. */
  readonly attached?: boolean;
}

/** Makes an entry point's function. */
export function makeEntry(
  operation: Operation,
  context: CallContext,
  options?: CallOptions,
): EntryFunction {
  const call = (...args: unknown[]): Promise<unknown> => {
    const session = context.session();
    if (options?.signal?.aborted) {
      const { reason } = options.signal;
      const error = new TimeoutError(`${operation.label}: aborted`, { cause: reason });
      leaveFailures(args);
      return session.channel.rejected(error);
    }
    try {
      const { words, temporaries } = lower(session, operation, args);
      const own = options?.timeoutMs !== undefined && session.channel.limitNext(options.timeoutMs);
      let result: Promise<unknown>;
      try {
        result = session.invoke(operation, words, temporaries);
      } finally {
        // A call that was refused leaves its limit to no other.
        if (own) session.channel.limitNext(undefined);
      }
      // While a call blocks nothing can abort it.
      const waits = result instanceof Promise;
      if (options === undefined || !waits || own) return result;
      if (context.attached === true) return abandonable(operation, result, options);
      limit(operation, result, options, "its worker was ended", (error) => {
        // A later session means that this call is over already.
        if (context.session() === session) context.restart(error);
      });
      return result;
    } catch (cause) {
      if (!(cause instanceof TimeoutError)) return session.channel.rejected(cause);
      const error = tookTooLong(operation, options?.timeoutMs, "its worker was ended", cause);
      context.restart(error);
      return session.channel.rejected(error);
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
  // Channels that answer by promises give a Pending.
  return Object.assign(call, { with: withOptions }) as EntryFunction;
}

/** A call that can be given up: then what it gives, some day, is freed. */
function abandonable(
  operation: Operation,
  result: Promise<unknown>,
  options: CallOptions,
): Promise<unknown> {
  const slots = hasSlots(result) ? result[SLOTS] : [];
  return new Pending((resolve, reject) => {
    result.then(resolve, reject);
    limit(operation, result, options, "it goes on where it runs", (error) => {
      reject(error);
      result.then(freeAll, () => {});
    });
  }, slots);
}

function freeAll(results: unknown): void {
  for (const value of Array.isArray(results) ? results : [results]) {
    if (value instanceof Handle) value.free();
  }
}

/**
 * Watches a call.
 * @param fate What becomes of it when it is stopped, for the message.
 * @param onStop Takes the error when the call is aborted, or takes too long.
 */
function limit(
  operation: Operation,
  result: Promise<unknown>,
  { signal, timeoutMs }: CallOptions,
  fate: string,
  onStop: (error: TimeoutError) => void,
): void {
  let timer: NodeJS.Timeout | undefined;
  const stop = (error: TimeoutError): void => {
    done();
    onStop(error);
  };
  const onAbort = (): void =>
    stop(
      new TimeoutError(`${operation.label}: aborted; ${fate}`, {
        cause: (signal as AbortSignal).reason,
      }),
    );
  const done = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
  // A timer of more fires at once.
  if (timeoutMs !== undefined && timeoutMs <= MAX_TIMER_MS) {
    timer = setTimeout(() => stop(tookTooLong(operation, timeoutMs, fate)), timeoutMs);
  }
  signal?.addEventListener("abort", onAbort, { once: true });
  result.then(done, done);
}

function tookTooLong(
  operation: Operation,
  timeoutMs: number | undefined,
  fate: string,
  cause?: unknown,
): TimeoutError {
  const message = `${operation.label}: took longer than ${timeoutMs} ms; ${fate}`;
  return new TimeoutError(message, cause === undefined ? undefined : { cause });
}

function checkCallOptions(operation: Operation, options: CallOptions): void {
  if (!isPlainObject(options)) {
    throw new ArgumentError(
      `${operation.label}: expected with() to get an object of signal and timeoutMs, got ${got(options)}`,
    );
  }
  const { timeoutMs, signal, ...others } = options as CallOptions;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ArgumentError(
      `${operation.label}: unknown option ${unknown}; known are signal, timeoutMs`,
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
