import * as diagnostics from "node:diagnostics_channel";

/** What is told of a call of an entry point. */
export interface CallTrace extends Trace {
  readonly entry: string;
  /** Futhark's names of the types of its parameters and results. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The worker's process, where it is ours. */
  readonly pid: number | undefined;
}

/** What is told of an array that is copied or lent into Futhark's memory, or out of it. */
export interface TransferTrace extends Trace {
  readonly direction: "in" | "out";
  /** Futhark's name of the type. */
  readonly type: string;
  /** Of the elements; not known before a small result is there. */
  bytes: number | undefined;
}

/** What is told of the start of a worker, until it has loaded its program. */
export interface WorkerTrace extends Trace {
  readonly module: string;
  readonly pid: number | undefined;
}

/** What all have, by the conventions of `TracingChannel`. */
export interface Trace {
  result?: unknown;
  error?: unknown;
  /** From start to end: until a promise was settled, where there is one. */
  durationMs?: number;
}

/** A tracing channel, and whether anybody listens: the one question where nobody does. */
export class Tracer<T extends Trace> {
  readonly #channel: diagnostics.TracingChannel<unknown, T> | undefined;

  constructor(name: string) {
    // Engines other than Node may have no such channels.
    this.#channel = diagnostics.tracingChannel?.<unknown, T>(name);
  }

  /** Whether somebody listens. */
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
   * Runs what is traced.
   * @param follow Makes the promise that is given instead: it settles as the first one does, when
   *   that has been told.
   */
  trace<R>(trace: T, run: () => R, follow: Follow = plainly): R {
    const channel = this.#channel as diagnostics.TracingChannel<unknown, T>; // it is on
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

/** Gives a promise that settles as another does, after that was told. */
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
/** Told when a worker has ended, with a `WorkerEnd` and the module's name. */
export const workerEnds: diagnostics.Channel = diagnostics.channel("futhark-bridge:worker-end");
