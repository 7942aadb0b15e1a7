import { lower } from "../arguments/lower.ts";
import { markHandled } from "../arguments/mark-handled.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { locateAtCall, rejectWhereAwaited } from "../client/call-site.ts";
import type { Channel } from "../client/channel.ts";
import type { Operation } from "../client/operation.ts";
import { type Pending, PendingCall } from "../client/pending.ts";
import { failedParts, pendingLike } from "../client/pending-tuple.ts";
import type { Session } from "../client/session.ts";
import { calls } from "../client/tracing.ts";
import { readAhead } from "../transfer/read-ahead.ts";
import { addMethods } from "../values/pending-methods.ts";
import { type CallOptions, checkCallOptions, type Stoppable } from "./call-limits.ts";
import { aborted } from "./on-abort.ts";

// Added here because the class of pending calls does not know about handles.
addMethods(PendingCall.prototype);

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
      markHandled(args);
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
      markHandled(more);
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
