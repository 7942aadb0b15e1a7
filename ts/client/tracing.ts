import * as diagnostics from "node:diagnostics_channel";

/** The trace of a call of an entry point. */
export interface CallTrace extends Trace {
  readonly entry: string;
  /** The Futhark names of the parameter and result types. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The id of the worker process, if this process started it. */
  readonly pid: number | undefined;
}

/** The trace of an array that is copied or shared into or out of Futhark's memory. */
export interface TransferTrace extends Trace {
  readonly direction: "in" | "out";
  /** The Futhark name of the type. */
  readonly type: string;
  /** The size of the elements in bytes; unknown until a small result arrives. */
  bytes: number | undefined;
}

/** The trace of a worker's start, until it has loaded its program. */
export interface WorkerTrace extends Trace {
  readonly module: string;
  readonly pid: number | undefined;
}

/** Fields common to all traces, following the conventions of `TracingChannel`. */
export interface Trace {
  result?: unknown;
  error?: unknown;
  /** The duration in milliseconds; for an asynchronous operation, until its promise settled. */
  durationMs?: number;
}

/** A tracing channel with a cheap check for subscribers. */
export class Tracer<T extends Trace> {
  readonly #channel: diagnostics.TracingChannel<unknown, T> | undefined;

  constructor(name: string) {
    // Runtimes other than Node may lack tracing channels.
    this.#channel = diagnostics.tracingChannel?.<unknown, T>(name);
  }

  /** Whether the channel has subscribers. */
  get on(): boolean {
    const channel = this.#channel;
    if (channel === undefined) return false;
    return (
      channel.start.hasSubscribers ||
      channel.end.hasSubscribers ||
      channel.asyncStart.hasSubscribers ||
      channel.asyncEnd.hasSubscribers ||
      channel.error.hasSubscribers
    );
  }

  /**
   * Runs an operation and publishes its trace.
   * @param follow Creates the promise that is returned instead of the operation's own; it settles
   *   the same way, after publishing the trace.
   */
  trace<R>(trace: T, run: () => R, follow: Follow = plainly): R {
    const channel = this.#channel as diagnostics.TracingChannel<unknown, T>; // checked by `on`
    const started = performance.now();
    const ended = (fields: Trace): void => {
      Object.assign(trace, fields, { durationMs: performance.now() - started });
      if ("error" in fields) channel.error.publish(trace);
    };
    return channel.start.runStores(trace, () => {
      let result: R;
      try {
        result = run();
        if (!(result instanceof Promise)) ended({ result });
      } catch (error) {
        ended({ error });
        throw error;
      } finally {
        channel.end.publish(trace);
      }
      if (!(result instanceof Promise)) return result;
      const settled = (fields: Trace): void => {
        ended(fields);
        channel.asyncStart.publish(trace);
        channel.asyncEnd.publish(trace);
      };
      return follow(result, settled) as R;
    });
  }
}

/** Returns a promise that settles like `result`, after calling `settled`. */
export type Follow = (
  result: Promise<unknown>,
  settled: (fields: Trace) => void,
) => Promise<unknown>;

const plainly: Follow = (result, settled) =>
  result.then(
    (value) => {
      settled({ result: value });
      return value;
    },
    (error: unknown) => {
      settled({ error });
      throw error;
    },
  );

export const calls: Tracer<CallTrace> = new Tracer("futhark-bridge:call");
export const transfers: Tracer<TransferTrace> = new Tracer("futhark-bridge:transfer");
export const workers: Tracer<WorkerTrace> = new Tracer("futhark-bridge:worker");
/** Published when a worker exits, with a `WorkerEnd` and the name of the module. */
export const workerEnds: diagnostics.Channel = diagnostics.channel("futhark-bridge:worker-end");
