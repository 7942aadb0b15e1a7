import { lower } from "../arguments/lower.ts";
import type { Operation } from "../client/operation.ts";
import type { Session } from "../client/session.ts";
import { ArgumentError, TimeoutError } from "../errors.ts";

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
  (...args: any[]): Promise<any>;
  /**
   * The same call with a limit. Futhark cannot stop a running entry point, so the worker
   * is ended and started afresh: all values that it held are lost, and say so.
   */
  with(options: CallOptions): EntryFunction;
}

/** What a call needs of the module: its present session, and a way to end it. */
export interface CallContext {
  session(): Session;
  /** Ends the worker and starts another; what is pending is rejected with `error`. */
  restart(error: TimeoutError): void;
}

/** Makes an entry point's function. */
export function makeEntry(
  operation: Operation,
  context: CallContext,
  options?: CallOptions,
): EntryFunction {
  const call = (...args: unknown[]): Promise<unknown> => {
    const session = context.session();
    if (options?.signal?.aborted)
      return session.channel.rejected(aborted(operation, options.signal));
    try {
      const { words, temporaries } = lower(session, operation, args);
      const own = options?.timeoutMs !== undefined && session.channel.limitNext(options.timeoutMs);
      const result = session.invoke(operation, words, temporaries);
      if (options !== undefined && !own) limit(operation, context, session, result, options);
      return result;
    } catch (error) {
      if (error instanceof TimeoutError) context.restart(error);
      return session.channel.rejected(error);
    }
  };
  const withOptions = (more: CallOptions): EntryFunction => {
    checkCallOptions(operation, more);
    return makeEntry(operation, context, { ...options, ...more });
  };
  Object.defineProperty(call, "name", { value: operation.label });
  return Object.assign(call, { with: withOptions });
}

function limit(
  operation: Operation,
  context: CallContext,
  session: Session,
  result: Promise<unknown>,
  { signal, timeoutMs }: CallOptions,
): void {
  let timer: NodeJS.Timeout | undefined;
  const stop = (error: TimeoutError): void => {
    done();
    // A later session means that this call is over already.
    if (context.session() === session) context.restart(error);
  };
  const onAbort = (): void => stop(aborted(operation, signal as AbortSignal));
  const done = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
  if (timeoutMs !== undefined) {
    const message = `${operation.label}: took longer than ${timeoutMs} ms; its worker was ended`;
    timer = setTimeout(() => stop(new TimeoutError(message)), timeoutMs);
  }
  signal?.addEventListener("abort", onAbort, { once: true });
  result.then(done, done);
}

function aborted(operation: Operation, signal: AbortSignal): TimeoutError {
  return new TimeoutError(`${operation.label}: aborted; its worker was ended`, {
    cause: signal.reason,
  });
}

function checkCallOptions(operation: Operation, options: CallOptions): void {
  const { timeoutMs, signal } = options;
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs >= 0)) {
    throw new ArgumentError(
      `${operation.label}: expected timeoutMs to be a number of 0 or more, got ${String(timeoutMs)}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new ArgumentError(`${operation.label}: expected signal to be an AbortSignal`);
  }
}
